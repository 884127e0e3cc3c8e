package org.tensorlogic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the steps of an Einstein summation: diagonals are views, an index that only one operand has
 * is summed at once, then the pair whose product is smallest is contracted until one is left.
 */
final class EinsumPlanner {

  /** A term whose axes carry distinct labels. */
  private static final class Term {
    final int place;
    final int[] labels;
    final long[] dims;
    final boolean packed;

    Term(int place, int[] labels, long[] dims, boolean packed) {
      this.place = place;
      this.labels = labels;
      this.dims = dims;
      this.packed = packed;
    }

    boolean has(int label) {
      return contains(labels, label);
    }

    long dim(int label) {
      return dims[indexOf(labels, label)];
    }

    EinsumStep.Operand seen(UnaryOperator<Tensor> view) {
      return new EinsumStep.Operand(place, view);
    }
  }

  private final EinsumSpec spec;
  private final List<Term> terms = new ArrayList<>();
  private final List<EinsumStep> steps = new ArrayList<>();

  private EinsumPlanner(EinsumSpec spec) {
    this.spec = spec;
  }

  /**
   * The steps for operands of these shapes.
   *
   * @param packed which of them are packed weights
   */
  static List<EinsumStep> plan(String equation, List<Shape> shapes, List<Boolean> packed) {
    EinsumSpec spec = new EinsumSpec(equation, shapes.toArray(Shape[]::new));
    EinsumPlanner planner = new EinsumPlanner(spec);
    for (int i = 0; i < shapes.size(); i++) {
      planner.terms.add(planner.term(i, shapes.get(i), packed.get(i)));
    }
    planner.contract();
    return planner.steps;
  }

  private Term term(int place, Shape shape, boolean packed) {
    int[] labels = spec.inputs.get(place);
    int[] distinct = IntStream.of(labels).distinct().toArray();
    long[] dims =
        IntStream.of(distinct).mapToLong(label -> shape.dim(indexOf(labels, label))).toArray();
    if (distinct.length == labels.length) {
      return new Term(place, labels, dims, packed);
    }
    steps.add(EinsumStep.diagonal(place, labels, distinct));
    return new Term(place, distinct, dims, false);
  }

  private void contract() {
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
    int[] order = order(last, spec.output);
    if (last.place != 0 || order != null) {
      steps.add(EinsumStep.finish(last.seen(EinsumStep.view(order, null, null))));
    }
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
    steps.add(EinsumStep.sum(term.place, axes, terms.size() == 1));
    int[] kept =
        IntStream.of(term.labels).filter(label -> neededElsewhere(label, self, -1)).toArray();
    return new Term(term.place, kept, IntStream.of(kept).mapToLong(term::dim).toArray(), false);
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

  private double size(int... labels) {
    double size = 1;
    for (int label : labels) {
      size *= (double) spec.extent(label);
    }
    return size;
  }

  /** The product of two terms that have left the list, summed over what nobody else needs. */
  private Term multiply(Term a, Term b) {
    int[] summed = shared(a, b, false);
    if (summed.length == 0) {
      return elementwise(a, b);
    }
    return a.packed && !b.packed
        ? contraction(b, a, summed) // packed weights are read in place on the right
        : contraction(a, b, summed);
  }

  private int[] shared(Term a, Term b, boolean kept) {
    return IntStream.of(a.labels)
        .filter(label -> b.has(label) && neededElsewhere(label, -1, -1) == kept)
        .toArray();
  }

  private Term elementwise(Term a, Term b) {
    int[] labels = join(shared(a, b, true), without(a, b), without(b, a));
    steps.add(EinsumStep.multiply(aligned(a, labels), aligned(b, labels), terms.isEmpty()));
    long[] dims =
        IntStream.of(labels)
            .mapToLong(
                label ->
                    !a.has(label) || (b.has(label) && a.dim(label) == 1)
                        ? b.dim(label)
                        : a.dim(label))
            .toArray();
    return new Term(a.place, labels, dims, false);
  }

  private Term contraction(Term a, Term b, int... summed) {
    int[] batch = shared(a, b, true);
    int[] rows = without(a, b);
    int[] columns = without(b, a);
    int[] labels = join(batch, rows, columns);
    long[] dims = dims(labels);
    EinsumStep.Operand left = grouped(a, batch, rows, summed);
    EinsumStep.Operand right =
        b.packed && batch.length == 0 && Arrays.equals(b.labels, join(columns, summed))
            ? asItLies(b, columns, summed)
            : grouped(b, batch, summed, columns);
    UnaryOperator<Tensor> product =
        EinsumStep.view(null, null, ifChanged(dims, groups(batch, rows, columns)));
    steps.add(EinsumStep.contract(left, right, product, terms.isEmpty()));
    return new Term(a.place, labels, dims, false);
  }

  /** The labels of one term that another lacks. */
  private static int[] without(Term term, Term other) {
    return IntStream.of(term.labels).filter(label -> !other.has(label)).toArray();
  }

  /** Axes in the order of {@code labels}, with extent 1 where the term lacks one. */
  private static EinsumStep.Operand aligned(Term term, int... labels) {
    int[] present = IntStream.of(labels).filter(term::has).toArray();
    long[] ordered = IntStream.of(present).mapToLong(term::dim).toArray();
    long[] dims = IntStream.of(labels).mapToLong(l -> term.has(l) ? term.dim(l) : 1).toArray();
    return term.seen(EinsumStep.view(order(term, present), null, ifChanged(dims, ordered)));
  }

  /**
   * A matrix, or several along the axis {@code batch}: each group of labels joined, stretched where
   * an ellipsis broadcasts.
   */
  private EinsumStep.Operand grouped(Term term, int[] batch, int[] rows, int[] columns) {
    int[] all = join(batch, rows, columns);
    long[] dims = dims(all);
    long[] ordered = IntStream.of(all).mapToLong(term::dim).toArray();
    return term.seen(
        EinsumStep.view(
            order(term, all),
            ifChanged(dims, ordered),
            ifChanged(groups(batch, rows, columns), dims)));
  }

  /** A packed matrix stays as it is stored, seen transposed. */
  private EinsumStep.Operand asItLies(Term b, int[] columns, int[] summed) {
    long[] shape = ifChanged(groups(new int[0], columns, summed), b.dims);
    UnaryOperator<Tensor> matrix = EinsumStep.view(null, null, shape);
    return b.seen(x -> matrix.apply(x).transpose());
  }

  private long[] groups(int[] batch, int[] rows, int[] columns) {
    return batch.length == 0
        ? new long[] {product(rows), product(columns)}
        : new long[] {product(batch), product(rows), product(columns)};
  }

  private static long @Nullable [] ifChanged(long[] dims, long[] before) {
    return Arrays.equals(dims, before) ? null : dims;
  }

  /** Where the axes of a term are, in another order of their labels; null in the term's own. */
  private static int @Nullable [] order(Term term, int... labels) {
    return Arrays.equals(term.labels, labels)
        ? null
        : IntStream.of(labels).map(label -> indexOf(term.labels, label)).toArray();
  }

  private long[] dims(int... labels) {
    return IntStream.of(labels).mapToLong(spec::extent).toArray();
  }

  private long product(int... labels) {
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
