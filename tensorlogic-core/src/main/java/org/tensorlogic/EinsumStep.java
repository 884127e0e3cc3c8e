package org.tensorlogic;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;

/** A step of an Einstein summation: changes terms in their places. */
interface EinsumStep {
  /**
   * Carries the step out.
   *
   * @param dtype of the whole result, given to the last step that computes
   */
  void run(Tensor[] terms, DType dtype);

  /** Repeated labels become one axis: the diagonal. */
  static EinsumStep diagonal(int term, int[] labels, int[] distinct) {
    return (terms, dtype) -> {
      Tensor x = terms[term];
      Tensor dense = x.encoding().isPacked() ? x.copied() : x;
      terms[term] = Views.diagonal(dense, labels, distinct);
    };
  }

  /** Sums over some axes. */
  static EinsumStep sum(int term, int[] axes, boolean last) {
    return (terms, dtype) ->
        terms[term] = terms[term].reduce(ReduceOp.SUM, last ? dtype : DType.F32, false, axes);
  }

  /** A term and how it is seen. */
  record Operand(int term, UnaryOperator<Tensor> view) {
    Tensor of(Tensor... terms) {
      return view.apply(terms[term]);
    }
  }

  /** Multiplies elements, the product in the first one's place. */
  static EinsumStep multiply(Operand a, Operand b, boolean last) {
    return (terms, dtype) -> {
      Tensor x = a.of(terms);
      Tensor y = b.of(terms);
      boolean rounded = last && DType.widest(x.dtype(), y.dtype()) == dtype;
      terms[a.term] =
          rounded
              ? Elementwise.binary(BinaryOp.MUL, x, y)
              : Elementwise.binary(BinaryOp.MUL, x.to(DType.F32), y.to(DType.F32));
    };
  }

  /** Multiplies matrices, the product, seen in some way, in the first one's place. */
  static EinsumStep contract(Operand a, Operand b, UnaryOperator<Tensor> product, boolean last) {
    return (terms, dtype) -> {
      DType type = last ? dtype : DType.F32;
      terms[a.term] = product.apply(Products.matmul(a.of(terms), b.of(terms), null, null, type));
    };
  }

  /** Leaves a term in the first place. */
  static EinsumStep finish(Operand result) {
    return (terms, dtype) -> terms[0] = result.of(terms);
  }

  /**
   * Another view of a term; what is null changes nothing.
   *
   * @param order of its axes
   * @param stretched its extents where an ellipsis broadcasts
   * @param shape its axes joined or parted
   */
  static UnaryOperator<Tensor> view(
      int @Nullable [] order, long @Nullable [] stretched, long @Nullable [] shape) {
    return x -> {
      Tensor y = order == null ? x : x.permute(order);
      y = stretched == null ? y : y.broadcastTo(stretched);
      return shape == null ? y : y.reshape(shape);
    };
  }
}
