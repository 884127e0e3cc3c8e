package org.tensorlogic.lang.equation;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/** The pieces of a plan between its leaves and its result, products aside. */
final class Nodes {
  private Nodes() {}

  /** Labels reduced away. */
  static final class Reduce extends Node {
    private final ReduceOp op;
    private final Node operand;
    private final int[] axes;

    Reduce(ReduceOp op, Node operand, int... kept) {
      super(kept);
      this.op = op;
      this.operand = operand;
      this.axes =
          IntStream.range(0, operand.labels.length)
              .filter(axis -> Node.indexOf(kept, operand.labels[axis]) < 0)
              .toArray();
    }

    @Override
    Tensor tensor(Run run) {
      return operand.tensor(run).reduce(op, DType.F32, false, axes);
    }
  }

  /** An operation on each element. */
  static final class Map extends Node {
    private final Node operand;
    private final UnaryOperator<Tensor> function;

    Map(Node operand, UnaryOperator<Tensor> function) {
      super(operand.labels);
      this.operand = operand;
      this.function = function;
    }

    @Override
    Tensor tensor(Run run) {
      return function.apply(operand.tensor(run).to(DType.F32));
    }
  }

  /** An operation on pairs, broadcast over the union of the labels; one side may be a number. */
  static final class Pair extends Node {
    private final BinaryOp op;
    private final Node left;
    private final Node right;

    Pair(BinaryOp op, Node left, Node right) {
      super(
          Node.containsAll(right.labels, left.labels)
              ? right.labels
              : Node.union(left.labels, right.labels));
      this.op = op;
      this.left = left;
      this.right = right;
    }

    @Override
    Tensor tensor(Run run) {
      if (right.isNumber()) {
        return left.tensor(run).to(DType.F32).binary(op, right.number(run));
      }
      if (left.isNumber()) {
        return Tensor.binary(op, left.number(run), right.tensor(run).to(DType.F32));
      }
      Tensor x = Node.align(left.tensor(run), left.labels, labels);
      Tensor y = Node.align(right.tensor(run), right.labels, labels);
      boolean wide = x.dtype() == DType.F32 || y.dtype() == DType.F32;
      return (wide ? x : x.to(DType.F32)).binary(op, y);
    }
  }

  /** A function of the program, applied to arguments stretched to one shape. */
  static final class Custom extends Node {
    private final String function;
    private final Span span;
    private final List<Node> arguments;

    Custom(String function, Span span, List<Node> arguments) {
      super(arguments.stream().map(node -> node.labels).reduce(new int[0], Node::union));
      this.function = function;
      this.span = span;
      this.arguments = arguments;
    }

    @Override
    Tensor tensor(Run run) {
      Tensor[] values = new Tensor[arguments.size()];
      Shape shape = Shape.of();
      for (int i = 0; i < values.length; i++) {
        Node argument = arguments.get(i);
        values[i] = Node.align(argument.tensor(run).to(DType.F32), argument.labels, labels);
        shape = Shape.broadcast(function, shape, values[i].shape());
      }
      for (int i = 0; i < values.length; i++) {
        values[i] = values[i].broadcastTo(shape.dims());
      }
      Tensor result = run.host().call(function, values);
      if (!result.shape().equals(shape)) {
        throw new Fault(
                DiagnosticCode.SHAPE_MISMATCH,
                "'"
                    + function
                    + "' must keep the shape of its argument in an equation: expected "
                    + shape
                    + ", got "
                    + result.shape())
            .at(span);
      }
      return result;
    }
  }

  /** A function along some labels together, which become the last axes. */
  static final class Along extends Node {
    private final Node operand;
    private final int along;
    private final UnaryOperator<Tensor> function;

    /** The labels of the result: the others, then those that the function works along. */
    Along(Node operand, int[] along, UnaryOperator<Tensor> function) {
      super(
          IntStream.concat(
                  IntStream.of(operand.labels).filter(label -> Node.indexOf(along, label) < 0),
                  IntStream.of(along))
              .toArray());
      this.operand = operand;
      this.along = along.length;
      this.function = function;
    }

    @Override
    Tensor tensor(Run run) {
      Tensor x = Node.align(operand.tensor(run).to(DType.F32), operand.labels, labels);
      if (along == 1) {
        return function.apply(x);
      }
      Tensor joined = x.flatten(x.rank() - along, -1);
      return function.apply(joined).reshape(x.shape().dims());
    }
  }

  /** Some labels joined, in their order, into a new one. */
  static final class Join extends Node {
    private final Node operand;
    private final int[] order;

    private Join(Node operand, int[] order, int[] labels) {
      super(labels);
      this.operand = operand;
      this.order = order;
    }

    static Join of(Node operand, int[] joined, int label) {
      int[] kept =
          IntStream.of(operand.labels).filter(own -> Node.indexOf(joined, own) < 0).toArray();
      int[] order = IntStream.concat(IntStream.of(kept), IntStream.of(joined)).toArray();
      int[] labels = Arrays.copyOf(kept, kept.length + 1);
      labels[kept.length] = label;
      return new Join(operand, order, labels);
    }

    @Override
    Tensor tensor(Run run) {
      Tensor x = Node.align(operand.tensor(run), operand.labels, order);
      return x.flatten(labels.length - 1, -1);
    }
  }
}
