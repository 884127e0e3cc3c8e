package org.tensorlogic.lang.builtin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Execution;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.DeviceValue;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.ModelValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** The arguments of one call of a built-in, in the order of its parameters; null is missing. */
public final class Arguments {
  private final Execution execution;
  private final Signature signature;
  private final @Nullable Datum[] values;
  private final CallSite site;
  private @Nullable List<Tensor> temporaries;

  public Arguments(
      Execution execution, Signature signature, @Nullable Datum[] values, CallSite site) {
    this.execution = execution;
    this.signature = signature;
    this.values = values;
    this.site = site;
  }

  public Execution execution() {
    return execution;
  }

  String function() {
    return signature.name();
  }

  /** The declared element type, or the default of constructors. */
  DType typeOr(DType otherwise) {
    DType type = site.type();
    return type == null ? otherwise : type;
  }

  /** Whether the call stands as a statement: nobody gets its result. */
  boolean isStatement() {
    return site.statement();
  }

  int count() {
    int count = values.length;
    while (count > 0 && values[count - 1] == null) {
      count--;
    }
    return count;
  }

  /** Whether the gradients of an argument are being recorded. */
  boolean isTracking(int index) {
    return has(index) && execution.isTracking(get(index));
  }

  boolean has(int index) {
    return index < values.length && values[index] != null;
  }

  Datum get(int index) {
    Datum value = index < values.length ? values[index] : null;
    if (value == null) {
      throw new Fault(
          DiagnosticCode.ARGUMENT_COUNT,
          function() + ": argument '" + name(index) + "' is missing");
    }
    return value;
  }

  String name(int index) {
    return signature.parameter(index);
  }

  /** A tensor; number arrays and numbers take the type of the first tensor, else float32. */
  Tensor tensor(int index) {
    Datum value = get(index);
    if (value instanceof TensorValue tensor) {
      return tensor.tensor();
    }
    return temporary(converted(index, value, factory()));
  }

  /** A tensor whose type is at least known: arrays become {@code dtype}. */
  Tensor tensor(int index, DType dtype) {
    Datum value = get(index);
    if (value instanceof TensorValue tensor) {
      return tensor.tensor();
    }
    return temporary(converted(index, value, execution.factory(dtype)));
  }

  @Nullable Tensor tensorOrNull(int index) {
    return has(index) ? tensor(index) : null;
  }

  private Tensor converted(int index, Datum value, TensorFactory factory) {
    if (value instanceof ArrayValue array) {
      return Conversions.tensor(array, factory);
    } else if (value instanceof VectorValue vector) {
      return Conversions.tensor(vector.toArray(), factory);
    } else if (value.isNumber()) {
      return factory.full(value.toDouble());
    }
    throw wrong(index, "a tensor");
  }

  /** The factory for what stands beside the first tensor. */
  TensorFactory factory() {
    for (Datum value : values) {
      if (value instanceof TensorValue tensor) {
        return Tensor.on(tensor.tensor().backend(), tensor.tensor().dtype());
      }
    }
    return execution.factory(DType.F32);
  }

  /** The backend of a device by its name. */
  Backend device(String name) {
    return execution.host().devices().named(function(), name);
  }

  /** The backend that an argument names; null if it names none. */
  @Nullable Backend device(int index) {
    Datum value = has(index) ? get(index) : null;
    if (value instanceof DeviceValue device) {
      return device.backend();
    }
    return value instanceof StringValue name ? device(name.value()) : null;
  }

  /** Closed after the call. */
  Tensor temporary(Tensor tensor) {
    if (temporaries == null) {
      temporaries = new ArrayList<>();
    }
    temporaries.add(tensor);
    return tensor;
  }

  /** Frees what conversions made, but for the result. */
  public void close(Datum result) {
    if (temporaries != null) {
      for (Tensor tensor : temporaries) {
        if (!(result instanceof TensorValue kept) || kept.tensor() != tensor) {
          tensor.close();
        }
      }
    }
  }

  /** A result: the value that already stands for the tensor if an argument is it. */
  Datum result(Tensor tensor) {
    for (Datum value : values) {
      if (value instanceof TensorValue argument && argument.tensor() == tensor) {
        return argument;
      }
    }
    return TensorValue.of(tensor);
  }

  double number(int index) {
    Datum value = get(index);
    if (!value.isNumber()) {
      throw wrong(index, "a number");
    }
    return value.toDouble();
  }

  double number(int index, double otherwise) {
    return has(index) ? number(index) : otherwise;
  }

  long integer(int index) {
    Datum value = get(index);
    if (!value.isNumber() || value.toDouble() != Math.rint(value.toDouble())) {
      throw wrong(index, "an int");
    }
    return value.toLong();
  }

  long integer(int index, long otherwise) {
    return has(index) ? integer(index) : otherwise;
  }

  int intValue(int index) {
    long value = integer(index);
    if (value != (int) value) {
      throw wrong(index, "an int of 32 bits");
    }
    return (int) value;
  }

  int intValue(int index, int otherwise) {
    return has(index) ? intValue(index) : otherwise;
  }

  boolean bool(int index, boolean otherwise) {
    if (!has(index)) {
      return otherwise;
    }
    if (!(get(index) instanceof BoolValue value)) {
      throw wrong(index, "bool");
    }
    return value.value();
  }

  String string(int index) {
    if (!(get(index) instanceof StringValue value)) {
      throw wrong(index, "string");
    }
    return value.value();
  }

  String string(int index, String otherwise) {
    return has(index) ? string(index) : otherwise;
  }

  ModelValue model(int index) {
    if (!(get(index) instanceof ModelValue value)) {
      throw wrong(index, "a model");
    }
    return value;
  }

  /** Integers: an array, an empty list, or one number. */
  long[] integers(int index) {
    Datum value = get(index);
    if (value instanceof ListValue list && list.size() == 0) {
      return new long[0];
    } else if (value instanceof ArrayValue array) {
      return array.toLongs();
    } else if (value instanceof VectorValue vector) {
      return vector.toArray().toLongs();
    } else if (value instanceof TensorValue tensor) {
      int[] values32 = tensor.toIntArray();
      long[] longs = new long[values32.length];
      for (int i = 0; i < longs.length; i++) {
        longs[i] = values32[i];
      }
      return longs;
    } else if (value.isNumber()) {
      return new long[] {integer(index)};
    }
    throw wrong(index, "integers");
  }

  /** A shape from here on: one array, or separate ints. */
  long[] shape(int from) {
    if (count() == from + 1) {
      return nonNegative(integers(from));
    }
    long[] dims = new long[Math.max(0, count() - from)];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = integer(from + i);
    }
    return nonNegative(dims);
  }

  private long[] nonNegative(long[] dims) {
    for (long dim : dims) {
      if (dim < 0) {
        throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH, function() + ": a size cannot be negative, got " + dim);
      }
    }
    return dims;
  }

  /** Indices of any shape. */
  Indices indices(int index) {
    Datum value = get(index);
    if (value instanceof ArrayValue array) {
      return array.toIndices();
    } else if (value instanceof VectorValue vector) {
      return vector.toArray().toIndices();
    } else if (value instanceof TensorValue tensor) {
      return Indices.of(tensor.toIntArray(), tensor.tensor().shape());
    } else if (value.isNumber()) {
      return Indices.of(intValue(index));
    }
    throw wrong(index, "indices");
  }

  /** Tensors from here to {@code to}: separate arguments, or one list of them. */
  Tensor[] tensors(int from, int to) {
    if (to == from + 1 && get(from) instanceof ListValue list) {
      Tensor[] tensors = new Tensor[list.size()];
      for (int i = 0; i < tensors.length; i++) {
        Datum element = list.get(i);
        tensors[i] =
            element instanceof TensorValue value
                ? value.tensor()
                : temporary(converted(from, element, factory()));
      }
      return tensors;
    }
    Tensor[] tensors = new Tensor[to - from];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = tensor(from + i);
    }
    return tensors;
  }

  Fault wrong(int index, String wanted) {
    return new Fault(
        DiagnosticCode.ARGUMENT_TYPE,
        function() + ": '" + name(index) + "' must be " + wanted + ", got " + get(index).type());
  }

  /** Tells the host, once in a run, of something at this call. */
  void warn(Diagnostic warning) {
    execution.warnOnce(warning.at(site.span()));
  }

  Fault invalid(String message) {
    return new Fault(DiagnosticCode.INVALID_VALUE, function() + ": " + message);
  }
}
