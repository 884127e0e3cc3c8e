package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.Tensor;

/** What a plan depends on: kinds and shapes of the inputs, and numbers added to indices. */
record PlanKey(List<Object> parts) {

  static PlanKey of(
      EquationForm form, List<Operand> operands, EquationForm.Left left, EquationHost host) {
    List<Object> parts = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      Operand operand = operands.get(i);
      if (operand instanceof Operand.Array array) {
        parts.add(array.tensor().shape());
      } else if (operand instanceof Operand.Numeric && form.staticInputs().get(i)) {
        parts.add(operand);
      } else {
        parts.add(operand.getClass());
      }
    }
    for (String relation : form.relations()) {
      parts.add(host.relation(relation).shape());
    }
    Tensor tensor = left.tensor();
    if (tensor != null) {
      parts.add(tensor.shape());
      parts.add(left.declared());
    }
    return new PlanKey(parts);
  }
}
