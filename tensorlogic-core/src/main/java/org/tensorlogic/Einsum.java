package org.tensorlogic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;

/**
 * Einstein summation by matrix products: diagonals are views, an index that only one operand has is
 * summed at once, then the pair whose product is smallest is contracted until one is left.
 * Intermediate results are float32, so the result is rounded once.
 */
final class Einsum {
  /** A tensor whose axes carry distinct labels. */
  private static final class Term {
    final Tensor tensor;
    final int[] labels;

    Term(Tensor tensor, int[] labels) {
      this.tensor = tensor;
      this.labels = labels;
    }

    boolean has(int label) {
      return contains(labels, label);
    }
  }

  private final EinsumSpec spec;
  private final DType dtype;
  private final List<Term> terms = new ArrayList<>();

  private Einsum(EinsumSpec spec, DType dtype) {
    this.spec = spec;
    this.dtype = dtype;
  }

  /** The result is of the widest type of the operands if {@code type} is null. */
  static Tensor compute(@Nullable DType type, String equation, Tensor... operands) {
    if (operands.length == 0) {
      throw new ShapeException("einsum: at least one operand is needed");
    }
    EinsumSpec spec =
        new EinsumSpec(equation, Arrays.stream(operands).map(Tensor::shape).toArray(Shape[]::new));
    DType dtype =
        type != null
            ? type
            : Arrays.stream(operands).map(Tensor::dtype).reduce(DType::widest).orElse(DType.F16);
    try (Scope scope = Scope.open()) {
      Einsum einsum = new Einsum(spec, dtype);
      for (int i = 0; i < operands.length; i++) {
        einsum.terms.add(einsum.term(operands[i], spec.inputs.get(i)));
      }
      Tensor result = einsum.contract();
      return scope.keep(containsSame(operands, result) ? result.viewed(result.layout()) : result);
    }
  }

  private static boolean containsSame(Tensor[] operands, Tensor result) {
    return Arrays.stream(operands).anyMatch(operand -> operand == result);
  }

  /** Repeated labels become one axis: the diagonal. */
  private Term term(Tensor operand, int[] labels) {
    int[] distinct = IntStream.of(labels).distinct().toArray();
    if (distinct.length == labels.length) {
      return new Term(operand, labels);
    }
    Tensor dense = operand.encoding().isPacked() ? operand.copied() : operand;
    return new Term(Views.diagonal(dense, labels, distinct), distinct);
  }

  private Tensor contract() {
    while (terms.size() > 1) {
      for (int i = 0; i < terms.size(); i++) {
        terms.set(i, sumPrivate(terms.get(i), i));
      }
      int[] pair = cheapest();
      Term b = terms.remove(pair[1]);
      Term a = terms.remove(pair[0]);
      terms.add(multiply(a, b));
    }
    Term last = sumPrivate(terms.get(0), 0);
    int[] order = new int[spec.output.length];
    Arrays.setAll(order, i -> indexOf(last.labels, spec.output[i]));
    return last.tensor.permute(order).to(dtype);
  }

  /** Sums over the labels that neither the result nor another term has. */
  private Term sumPrivate(Term term, int self) {
    int[] axes =
        IntStream.range(0, term.labels.length)
            .filter(axis -> !neededElsewhere(term.labels[axis], self, -1))
            .toArray();
    if (axes.length == 0) {
      return term;
    }
    DType type = terms.size() == 1 ? dtype : DType.F32;
    Tensor sum = term.tensor.reduce(ReduceOp.SUM, type, false, axes);
    int[] kept =
        IntStream.of(term.labels).filter(label -> neededElsewhere(label, self, -1)).toArray();
    return new Term(sum, kept);
  }

  private boolean neededElsewhere(int label, int self, int partner) {
    if (contains(spec.output, label)) {
      return true;
    }
    for (int i = 0; i < terms.size(); i++) {
      if (i != self && i != partner && terms.get(i).has(label)) {
        return true;
      }
    }
    return false;
  }

  /** The pair that adds least to what must be stored. */
  private int[] cheapest() {
    int[] best = {0, 1};
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < terms.size(); i++) {
      for (int j = i + 1; j < terms.size(); j++) {
        double added =
            size(resultLabels(i, j)) - size(terms.get(i).labels) - size(terms.get(j).labels);
        if (added < least) {
          least = added;
          best = new int[] {i, j};
        }
      }
    }
    return best;
  }

  private int[] resultLabels(int i, int j) {
    return IntStream.concat(IntStream.of(terms.get(i).labels), IntStream.of(terms.get(j).labels))
        .distinct()
        .filter(label -> neededElsewhere(label, i, j))
        .toArray();
  }

  private double size(int[] labels) {
    double size = 1;
    for (int label : labels) {
      size *= (double) spec.extent(label);
    }
    return size;
  }

  /** The product of two terms that have left the list, summed over what nobody else needs. */
  private Term multiply(Term a, Term b) {
    int[] batch = shared(a, b, true);
    int[] summed = shared(a, b, false);
    int[] rows = IntStream.of(a.labels).filter(label -> !b.has(label)).toArray();
    int[] columns = IntStream.of(b.labels).filter(label -> !a.has(label)).toArray();
    int[] result = join(batch, rows, columns);
    DType type = terms.isEmpty() ? dtype : DType.F32;
    if (summed.length == 0) {
      Tensor x = aligned(a, result);
      Tensor y = aligned(b, result);
      Tensor product =
          type == dtype && DType.widest(x.dtype(), y.dtype()) == dtype
              ? Elementwise.binary(BinaryOp.MUL, x, y)
              : Elementwise.binary(BinaryOp.MUL, x.to(DType.F32), y.to(DType.F32));
      return new Term(product, result);
    }
    if (a.tensor.encoding().isPacked() && !b.tensor.encoding().isPacked()) {
      return multiply(b, a); // packed weights are read in place on the right
    }
    Tensor left = grouped(a, batch, rows, summed);
    Tensor right = groupedRight(b, batch, summed, columns);
    Tensor product = Products.matmul(left, right, null, null, type);
    return new Term(product.reshape(dims(result)), result);
  }

  private int[] shared(Term a, Term b, boolean kept) {
    return IntStream.of(a.labels)
        .filter(label -> b.has(label) && neededElsewhere(label, -1, -1) == kept)
        .toArray();
  }

  /** Axes in the order of {@code labels}, with extent 1 where the term lacks one. */
  private Tensor aligned(Term term, int[] labels) {
    int[] present = IntStream.of(labels).filter(term::has).toArray();
    Tensor ordered = ordered(term, present);
    long[] dims = new long[labels.length];
    for (int i = 0; i < labels.length; i++) {
      int axis = indexOf(present, labels[i]);
      dims[i] = axis < 0 ? 1 : ordered.shape().dim(axis);
    }
    return ordered.reshape(dims);
  }

  private Tensor ordered(Term term, int[] labels) {
    int[] order = IntStream.of(labels).map(label -> indexOf(term.labels, label)).toArray();
    return term.tensor.permute(order);
  }

  /** Three axes: each group of labels joined, stretched where an ellipsis broadcasts. */
  private Tensor grouped(Term term, int[] batch, int[] rows, int[] columns) {
    int[] all = join(batch, rows, columns);
    Tensor stretched = ordered(term, all);
    if (!stretched.shape().equals(Shape.of(dims(all)))) {
      stretched = stretched.broadcastTo(dims(all));
    }
    return stretched.reshape(product(batch), product(rows), product(columns));
  }

  /** As {@link #grouped}, but a packed matrix stays as it lies, seen transposed. */
  private Tensor groupedRight(Term b, int[] batch, int[] summed, int[] columns) {
    if (b.tensor.encoding().isPacked()
        && batch.length == 0
        && Arrays.equals(b.labels, join(columns, summed))) {
      return b.tensor.reshape(product(columns), product(summed)).transpose();
    }
    return grouped(b, batch, summed, columns);
  }

  private long[] dims(int[] labels) {
    return IntStream.of(labels).mapToLong(spec::extent).toArray();
  }

  private long product(int[] labels) {
    return IntStream.of(labels).mapToLong(spec::extent).reduce(1, (a, b) -> a * b);
  }

  private static int[] join(int[]... groups) {
    return Arrays.stream(groups).flatMapToInt(IntStream::of).toArray();
  }

  private static boolean contains(int[] labels, int label) {
    return indexOf(labels, label) >= 0;
  }

  private static int indexOf(int[] labels, int label) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == label) {
        return i;
      }
    }
    return -1;
  }
}
