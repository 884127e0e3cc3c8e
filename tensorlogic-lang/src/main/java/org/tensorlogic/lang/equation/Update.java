package org.tensorlogic.lang.equation;

import java.util.List;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.syntax.AssignOperator;

/**
 * How a value meets what is there: elements that an earlier equation of the block has written are
 * added to (or the larger or smaller wins), others are replaced.
 */
final class Update {
  private Update() {}

  /**
   * The new content of a part of a tensor.
   *
   * @param region where the part is; old and value have its shape, perhaps without axes of extent 1
   */
  static Tensor combine(
      AssignOperator operator, Tensor old, Tensor value, Box region, Written before) {
    if (operator == AssignOperator.ADD || before.covers(region)) {
      return join(operator, old, value);
    }
    List<Box> parts = before.within(region);
    if (parts.isEmpty()) {
      return value;
    }
    Tensor mask = Tensor.on(value.backend(), DType.F32).zeros(region.shape().dims());
    for (Box part : parts) {
      Tensor ones = Tensor.on(value.backend(), DType.F32).ones(part.shape().dims());
      mask = part.within(region).replace(mask, ones);
    }
    Tensor written = mask.reshape(value.shape().dims());
    return Tensor.where(written, join(operator, old, value), value);
  }

  private static Tensor join(AssignOperator operator, Tensor old, Tensor value) {
    return switch (operator) {
      case SET, ADD, AVERAGE -> old.add(value);
      case MAX -> old.maximum(value);
      case MIN -> old.minimum(value);
    };
  }
}
