package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/** Makes the plan of an equation for given kinds and shapes of its inputs. */
final class Planner implements NodeBuilder.Leaves {
  private final EquationForm form;
  private final List<Operand> operands;
  private final EquationForm.Left before;
  private final Resolver resolver;
  private final Tensors tensors;
  private LeftSide left;
  private Ranges ranges;
  private List<Occurrence> occurrences;
  private final Map<Term, Integer> targets = new HashMap<>();

  /** The single loop's axis of the left tensor, whose slices a recurrence keeps apart, or -1. */
  private int slicedAxis = -1;

  Planner(EquationForm form, List<Operand> operands, EquationForm.Left before, EquationHost host) {
    this.form = form;
    this.operands = operands;
    this.before = before;
    this.resolver = new Resolver(operands);
    this.tensors = new Tensors(form.name(), operands, before, host);
    this.left = leftSide();
    this.occurrences = tensors.in(form.right(), resolver, left.dropped());
    this.ranges = new Ranges(resolver.names());
  }

  Plan plan() {
    Occurrence target = left.occurrence();
    checkLeft(target);
    List<Occurrence> own = occurrences.stream().filter(Occurrence::self).toList();
    List<Integer> loops = Recurrence.loops(form, left.axes(), own);
    new RangeFinder(ranges, occurrences, left.dropped()).find(target, before.declared());
    NodeBuilder first = builder();
    Terms.walk(
        form.right(),
        term -> {
          if (term instanceof Term.Concatenation concatenation) {
            fixConcatenation(first, concatenation);
          }
        });
    requireRanges();
    if (target != null && (left.needsTensor() || !loops.isEmpty())) {
      Recurrence.restrict(ranges, target, List.of());
      if (!loops.isEmpty()) {
        own.forEach(occurrence -> Recurrence.restrict(ranges, occurrence, loops));
      }
    }
    loops.forEach(resolver::loop);
    List<Axis> written = left.axes();
    if (!loops.isEmpty()) {
      slicedAxis = loops.size() == 1 ? axisOf(written, loops.get(0)) : -1;
      left = leftSide();
      occurrences = tensors.in(form.right(), resolver, left.dropped());
    }
    ReduceOp op = reduction();
    Node value = builder().additive(form.right(), left.labels(), op, op != ReduceOp.SUM);
    return new Plan(form, left, ranges, value, op, loops, slicedAxis);
  }

  private LeftSide leftSide() {
    List<Axis> axes = resolver.axes(Tensors.leftRows(form.name()), form.left());
    return new LeftSide(form, axes, before.tensor());
  }

  private NodeBuilder builder() {
    return new NodeBuilder(operands, ranges, left.labels(), left.normalized(), this);
  }

  private static int axisOf(List<Axis> axes, int label) {
    return IntStream.range(0, axes.size())
        .filter(axis -> axes.get(axis).has(label))
        .findFirst()
        .orElseThrow();
  }

  private void checkLeft(@Nullable Occurrence target) {
    if (target == null) {
      if (left.needsTensor()) {
        throw Tensors.undeclared(
            form.span(), "the equation writes only a part of '" + form.name() + "'");
      }
    } else if (before.declared() || left.needsTensor()) {
      Tensors.require(form.span(), form.name(), target.shape().rank(), target.axes().size());
    }
  }

  private void requireRanges() {
    for (int label = 0; label < ranges.count(); label++) {
      if (!ranges.isKnown(label)) {
        throw withoutRange(ranges.name(label), left.isDropped(label)).at(form.span());
      }
    }
  }

  private Fault withoutRange(String index, boolean dropped) {
    String target = "'" + form.name() + "'";
    return new Fault(
        DiagnosticCode.INVALID_EQUATION,
        "index '"
            + index
            + "' has no range: "
            + (dropped
                ? "it is virtual, and no tensor but " + target + " has it"
                : "it occurs only on the left"),
        dropped
            ? "use it in another tensor, or store the steps: declare "
                + target
                + " with an axis '"
                + index
                + "'"
            : "declare the tensor with its shape: tensor " + form.name() + ": float32[n]");
  }

  private void fixConcatenation(NodeBuilder builder, Term.Concatenation term) {
    BitSet candidates = left.labels();
    IntStream.of(labels(term)).forEach(candidates::clear);
    if (candidates.cardinality() > 1) {
      occurrences.forEach(
          occurrence ->
              occurrence.axes().forEach(a -> IntStream.of(a.labels()).forEach(candidates::clear)));
    }
    if (candidates.cardinality() != 1) {
      throw new Fault(
              DiagnosticCode.INVALID_EQUATION,
              "concat: exactly one new index is needed on the left",
              "M[p, m] = concat(A[h, p, d]) joins h and d into m")
          .at(term.span());
    }
    int target = candidates.nextSetBit(0);
    targets.put(term, target);
    long size = 1;
    for (int label : builder.joined(term)) {
      size *= ranges.size(label);
    }
    ranges.fix(target, size, "concat", term.span());
  }

  private ReduceOp reduction() {
    return switch (form.operator()) {
      case SET, ADD -> ReduceOp.SUM;
      case MAX -> ReduceOp.MAX;
      case MIN -> ReduceOp.MIN;
      case AVERAGE -> ReduceOp.MEAN;
    };
  }

  @Override
  public Node leaf(Term term) {
    Occurrence occurrence = tensors.occurrence(term, resolver, left.dropped());
    String name = occurrence.name();
    if (term instanceof Term.Access access) {
      int input = access.input();
      return new Leaf(name, run -> run.tensor(input), occurrence.axes(), ranges);
    } else if (term instanceof Term.Atom) {
      return new Leaf(name, run -> view(run.host().relation(name)), occurrence.axes(), ranges);
    }
    if (slicedAxis < 0 || !occurrence.axes().get(slicedAxis).isFixed()) {
      return new Leaf(name, run -> run.steps().whole(), occurrence.axes(), ranges);
    }
    List<Axis> others = new ArrayList<>(occurrence.axes());
    Position position = others.remove(slicedAxis).offset();
    return new Leaf(name, run -> run.steps().read(position.at(run)), others, ranges);
  }

  /** The same tensor, to be closed apart. */
  private static Tensor view(Tensor tensor) {
    return tensor.reshape(tensor.shape().dims());
  }

  @Override
  public int target(Term.Concatenation term) {
    return Objects.requireNonNull(targets.get(term));
  }

  @Override
  public int[] labels(Term term) {
    return tensors.in(term, resolver, left.dropped()).stream()
        .flatMap(occurrence -> occurrence.axes().stream())
        .flatMapToInt(axis -> IntStream.of(axis.labels()))
        .distinct()
        .toArray();
  }
}
