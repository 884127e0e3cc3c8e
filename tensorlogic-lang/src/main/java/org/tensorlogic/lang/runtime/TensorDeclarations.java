package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.TypeReference;
import org.tensorlogic.lang.syntax.TypeReference.Dimension;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** {@code tensor x: T[dims] = e}: converts, reshapes, and makes parameters. */
final class TensorDeclarations {
  private static final long ANY = -1;

  private TensorDeclarations() {}

  /** The node that gives the declared tensor. */
  static Node node(
      Span span, TypeReference type, @Nullable Node value, ExpressionCompiler expressions) {
    DType dtype = DTypes.named(type.name().name());
    if (dtype == null) {
      throw new Fault(DiagnosticCode.UNKNOWN_TYPE, "unknown element type '" + type.name() + "'")
          .withHelp("tensors hold float16 or float32")
          .at(type.name().span());
    }
    return new Declared(span, type, dtype, dimensions(type, expressions), value);
  }

  /** Per dimension what gives its size; null is any. */
  private static @Nullable Node[] dimensions(TypeReference type, ExpressionCompiler expressions) {
    List<Dimension> dimensions = type.dimensions() == null ? List.of() : type.dimensions();
    @Nullable Node[] nodes = new @Nullable Node[dimensions.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] =
          dimensions.get(i) instanceof Dimension.Named named
              ? expressions.variableOrNull(named.span(), named.name())
              : null;
    }
    return nodes;
  }

  private static final class Declared extends Node {
    private final TypeReference type;
    private final DType dtype;
    private final @Nullable Node[] names;
    private final @Nullable Node value;

    Declared(
        Span span, TypeReference type, DType dtype, @Nullable Node[] names, @Nullable Node value) {
      super(span);
      this.type = type;
      this.dtype = dtype;
      this.names = names;
      this.value = value;
    }

    @Override
    public Datum evaluate(Frame frame) {
      try {
        long[] dims = sizes(frame);
        Execution execution = frame.execution();
        Datum given;
        if (value == null) {
          given = TensorValue.of(execution.factory(dtype).zeros(required(dims)));
        } else {
          execution.declare(dtype, isOpen(dims) ? null : dims);
          given = value.evaluate(frame);
          execution.declare(null, null);
        }
        Tensor tensor = shaped(converted(given, execution), dims);
        boolean learnable = type.learnable();
        if (given instanceof TensorValue source && source.tensor() == tensor) {
          if (!learnable) {
            return given;
          }
          given.escape();
        } else {
          given.discard();
        }
        return learnable ? TensorValue.learnable(tensor) : TensorValue.of(tensor);
      } catch (RuntimeException e) {
        throw Faults.locate(e, value == null ? span() : value.span());
      }
    }

    private long[] sizes(Frame frame) {
      List<Dimension> dimensions = type.dimensions() == null ? List.of() : type.dimensions();
      long[] sizes = new long[dimensions.size()];
      for (int i = 0; i < sizes.length; i++) {
        Node name = names[i];
        if (dimensions.get(i) instanceof Dimension.Fixed fixed) {
          sizes[i] = fixed.size();
        } else {
          sizes[i] = name == null ? ANY : name.evaluate(frame).toLong();
        }
      }
      return sizes;
    }

    private boolean isOpen(long[] dims) {
      return type.dimensions() == null || Arrays.stream(dims).anyMatch(d -> d == ANY);
    }

    private long[] required(long[] dims) {
      if (isOpen(dims)) {
        throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH,
            "a declaration without a value needs every size, got " + type);
      }
      return dims;
    }

    private Tensor converted(Datum given, Execution execution) {
      if (given instanceof TensorValue tensor) {
        return tensor.tensor().to(dtype);
      } else if (given instanceof ArrayValue array) {
        return execution.tensor(array, dtype).tensor();
      } else if (given instanceof VectorValue vector) {
        return execution.tensor(vector.toArray(), dtype).tensor();
      } else if (given.isNumber()) {
        return execution.factory(dtype).full(given.toDouble());
      }
      throw new Fault(
          DiagnosticCode.TYPE_MISMATCH, "expected a tensor " + type + ", got " + given.type());
    }

    private Tensor shaped(Tensor tensor, long[] dims) {
      if (type.dimensions() == null) {
        return tensor;
      }
      boolean fits = tensor.rank() == dims.length;
      for (int axis = 0; fits && axis < dims.length; axis++) {
        fits = dims[axis] == ANY || dims[axis] == tensor.dim(axis);
      }
      if (fits) {
        return tensor;
      }
      boolean known = Arrays.stream(dims).noneMatch(d -> d == ANY);
      if (known && Shape.of(dims).size() == tensor.size()) {
        return tensor.reshape(dims);
      }
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          "expected shape " + shown(dims) + ", got " + tensor.shape());
    }

    private static String shown(long[] dims) {
      StringBuilder out = new StringBuilder("[");
      for (int i = 0; i < dims.length; i++) {
        out.append(i == 0 ? "" : ", ").append(dims[i] == ANY ? "?" : Long.toString(dims[i]));
      }
      return out.append(']').toString();
    }
  }
}
