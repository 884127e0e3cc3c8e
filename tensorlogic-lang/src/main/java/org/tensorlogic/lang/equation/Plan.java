package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.lang.equation.EquationForm.Left;
import org.tensorlogic.lang.equation.EquationForm.Result;

/** An equation ready to run on inputs of known shapes. */
final class Plan {
  private final EquationForm form;
  private final LeftSide left;
  private final Ranges ranges;
  private final Node value;
  private final ReduceOp op;
  private final List<Integer> loops;
  private final int slicedAxis;
  private final int[] order;

  /**
   * @param loops the labels of the recurrence, outermost first
   * @param slicedAxis the axis of its only loop, or -1
   */
  Plan(
      EquationForm form,
      LeftSide left,
      Ranges ranges,
      Node value,
      ReduceOp op,
      List<Integer> loops,
      int slicedAxis) {
    this.form = form;
    this.left = left;
    this.ranges = ranges;
    this.value = value;
    this.op = op;
    this.loops = loops;
    this.slicedAxis = slicedAxis;
    this.order = left.axes().stream().flatMapToInt(axis -> IntStream.of(axis.labels())).toArray();
  }

  Result execute(List<Operand> operands, Left before, Written written, EquationHost host) {
    Run run = new Run(operands, host, before.names(), loops.size());
    Tensor old = before.tensor();
    if (old != null) {
      run.setSteps(new Steps.Replaced(old));
    }
    DType type = old != null && before.declared() ? old.dtype() : DType.F32;
    if (!loops.isEmpty()) {
      return recur(run, Objects.requireNonNull(old), written);
    }
    if (left.needsTensor()) {
      Box box = box(run, Objects.requireNonNull(old));
      if (box.isEmpty()) {
        return new Result(old.reshape(old.shape().dims()), written);
      }
      Tensor replaced = replace(run, old, box, written);
      return new Result(own(replaced, operands, old), written.plus(box));
    }
    Tensor result = reduced(run).to(type);
    Box whole = Box.whole(result.shape());
    if (old != null) {
      result = Update.combine(form.operator(), old, result, whole, written).to(type);
    }
    return new Result(own(result, operands, old), written.plus(whole));
  }

  /** A tensor that is none of the inputs, so that closing one does not close the other. */
  private static Tensor own(Tensor result, List<Operand> operands, @Nullable Tensor old) {
    boolean shared =
        result == old
            || operands.stream()
                .anyMatch(
                    operand -> operand instanceof Operand.Array array && array.tensor() == result);
    return shared ? result.reshape(result.shape().dims()) : result.contiguous();
  }

  /** The right side over all labels of the left, in their order. */
  private Tensor evaluate(Run run) {
    Tensor aligned = Node.align(value.tensor(run), value.labels, order);
    long[] dims = IntStream.of(order).mapToLong(ranges::size).toArray();
    return aligned.shape().equals(Shape.of(dims)) ? aligned : aligned.broadcastTo(dims);
  }

  /** As {@link #evaluate}, with the groups of divided indices reduced. */
  private Tensor reduced(Run run) {
    Tensor result = evaluate(run);
    for (int axis = 0; axis < left.axes().size(); axis++) {
      if (left.axes().get(axis).isDivided()) {
        result = Groups.reduce(result, axis, left.axes().get(axis).divisor(), op);
      }
    }
    return result;
  }

  /** Where the equation writes. */
  private Box box(Run run, Tensor tensor) {
    int axes = left.axes().size();
    long[] from = new long[axes];
    long[] to = new long[axes];
    for (int i = 0; i < axes; i++) {
      Axis axis = left.axes().get(i);
      if (axis.isDivided()) {
        to[i] = tensor.dim(i);
      } else if (axis.isFixed()) {
        long at = axis.offset().at(run);
        if (i != left.dropped()) {
          at = Leaf.position(at, tensor.dim(i), i, form.name(), axis.span());
        }
        from[i] = at;
        to[i] = at + 1;
      } else {
        long offset = axis.offset().at(run);
        from[i] = ranges.from(axis.label(0)) + offset;
        to[i] = ranges.to(axis.label(0)) + offset;
      }
    }
    return new Box(from, to);
  }

  private Tensor replace(Run run, Tensor old, Box box, Written written) {
    Tensor part = reduced(run).reshape(box.shape().dims()).to(old.dtype());
    Tensor combined = Update.combine(form.operator(), box.read(old), part, box, written);
    return box.replace(old, combined.to(old.dtype()));
  }

  private Result recur(Run run, Tensor old, Written written) {
    if (left.dropped() >= 0) {
      return recurVirtually(run, old);
    }
    List<Box> boxes = new ArrayList<>();
    Steps steps = slicedAxis >= 0 ? new Steps.Sliced(old, slicedAxis) : new Steps.Replaced(old);
    run.setSteps(steps);
    loop(
        run,
        0,
        () -> {
          Box box = box(run, old);
          if (!box.isEmpty()) {
            step(run, steps, box, written);
            boxes.add(box);
          }
        });
    Written after = written;
    if (!boxes.isEmpty()) {
      after = written.plus(hull(boxes));
    }
    return new Result(own(steps.whole(), List.of(), old), after);
  }

  private void step(Run run, Steps steps, Box box, Written written) {
    if (steps instanceof Steps.Sliced sliced) {
      long position = box.from(slicedAxis);
      Tensor slice = sliced.read(position);
      Box inner = box.drop(slicedAxis);
      Tensor part = reduced(run).reshape(inner.shape().dims()).to(slice.dtype());
      Tensor combined = Update.combine(form.operator(), inner.read(slice), part, box, written);
      sliced.write(position, inner.replace(slice, combined.to(slice.dtype())));
    } else if (steps instanceof Steps.Replaced replaced) {
      replaced.set(replace(run, replaced.whole(), box, written));
    }
  }

  /** The smallest box around all. */
  private static Box hull(List<Box> boxes) {
    int axes = boxes.get(0).shape().rank();
    long[] from = new long[axes];
    long[] to = new long[axes];
    Arrays.setAll(from, a -> boxes.stream().mapToLong(box -> box.from(a)).min().orElse(0));
    Arrays.setAll(to, a -> boxes.stream().mapToLong(box -> box.to(a)).max().orElse(0));
    return new Box(from, to);
  }

  private Result recurVirtually(Run run, Tensor old) {
    Steps.Last state = new Steps.Last(old);
    run.setSteps(state);
    loop(run, 0, () -> state.set(reduced(run).reshape(old.shape().dims()).to(old.dtype())));
    return new Result(own(state.whole(), List.of(), old), Written.NOTHING);
  }

  private void loop(Run run, int depth, Runnable body) {
    if (depth == loops.size()) {
      run.host().step();
      body.run();
      return;
    }
    int label = loops.get(depth);
    for (long value = ranges.from(label); value < ranges.to(label); value++) {
      run.setLoop(depth, value);
      loop(run, depth + 1, body);
    }
  }
}
