package org.tensorlogic.lang.runtime;

import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.TensorValue;

/** One comparison of two values. Lists that share parts can be of any size: it ends at a limit. */
final class Equality {
  private static final int MAX_ELEMENTS = 10_000_000;

  private int compared;

  /** Numbers are equal by value, tensors and arrays by shape and elements, lists by elements. */
  boolean of(Datum a, Datum b) {
    if (Operators.isPlainNumber(a) && Operators.isPlainNumber(b)) {
      boolean integers = a instanceof IntValue && b instanceof IntValue;
      return integers ? a.toLong() == b.toLong() : a.toDouble() == b.toDouble();
    }
    if (a instanceof ListValue x && b instanceof ListValue y) {
      return lists(x, y);
    }
    if (a instanceof TensorValue x && b instanceof TensorValue y) {
      return x.tensor().isClose(y.tensor(), 0, 0);
    }
    if (a instanceof TensorValue x && Operators.isArray(b)) {
      try (Tensor y = Operators.like(Operators.array(b), x.tensor())) {
        return x.tensor().isClose(y, 0, 0);
      }
    }
    if (b instanceof TensorValue) {
      return Operators.isArray(a) && of(b, a);
    }
    return a.equals(b);
  }

  private boolean lists(ListValue a, ListValue b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (++compared > MAX_ELEMENTS) {
        throw new Fault(
            DiagnosticCode.STEP_LIMIT, "'==': more than " + MAX_ELEMENTS + " elements to compare");
      }
      if (!of(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }
}
