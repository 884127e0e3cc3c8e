package org.tensorlogic;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Einstein summation by matrix products, in the steps that {@link EinsumPlanner} finds: it is asked
 * once for an equation on operands of some shapes. Intermediate results are float32, so the result
 * is rounded once.
 */
final class Einsum {
  private static final int KEPT = 1000;
  private static final Cache<Key, Einsum> PLANS =
      CacheBuilder.newBuilder().maximumSize(KEPT).build();

  private final List<EinsumStep> steps;

  /** Steps that leave the result as the first term. */
  Einsum(List<EinsumStep> steps) {
    this.steps = List.copyOf(steps);
  }

  /** What a plan depends on. */
  private record Key(String equation, List<Shape> shapes, List<Boolean> packed) {}

  /** The result is of the widest type of the operands if {@code type} is null. */
  static Tensor compute(@Nullable DType type, String equation, Tensor... operands) {
    if (operands.length == 0) {
      throw new ShapeException("einsum: at least one operand is needed");
    }
    Einsum plan = plan(equation, operands);
    DType dtype = type != null ? type : widest(operands);
    try (Scope scope = Scope.open()) {
      Tensor result = plan.run(dtype, operands);
      return scope.keep(contains(operands, result) ? result.viewed(result.layout()) : result);
    }
  }

  private static Einsum plan(String equation, Tensor... operands) {
    Shape[] shapes = new Shape[operands.length];
    Boolean[] packed = new Boolean[operands.length];
    for (int i = 0; i < operands.length; i++) {
      shapes[i] = operands[i].shape();
      packed[i] = operands[i].encoding().isPacked();
    }
    Key key = new Key(equation, List.of(shapes), List.of(packed));
    Einsum plan = PLANS.getIfPresent(key);
    if (plan == null) {
      plan = new Einsum(EinsumPlanner.plan(equation, key.shapes, key.packed));
      PLANS.put(key, plan);
    }
    return plan;
  }

  private static DType widest(Tensor... operands) {
    DType widest = operands[0].dtype();
    for (Tensor operand : operands) {
      widest = DType.widest(widest, operand.dtype());
    }
    return widest;
  }

  private static boolean contains(Tensor[] operands, Tensor result) {
    for (Tensor operand : operands) {
      if (operand == result) {
        return true;
      }
    }
    return false;
  }

  private Tensor run(DType dtype, Tensor... operands) {
    Tensor[] terms = Arrays.copyOf(operands, operands.length);
    for (EinsumStep step : steps) {
      step.run(terms, dtype);
    }
    return terms[0].to(dtype);
  }
}
