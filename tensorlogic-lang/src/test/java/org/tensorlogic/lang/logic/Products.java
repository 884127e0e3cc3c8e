package org.tensorlogic.lang.logic;

import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;

/** Products on the plain backend. */
final class Products {
  private static final TensorFactory FLOATS = Tensor.on(Backends.named("reference"), DType.F32);
  private static final long MOST_ELEMENTS = 1 << 20;

  private Products() {}

  /** Where they cost less. */
  static ProductJoins plain() {
    return new ProductJoins(FLOATS, MOST_ELEMENTS);
  }

  /** Whatever they cost. */
  static ProductJoins always() {
    return ProductJoins.always(FLOATS, MOST_ELEMENTS);
  }
}
