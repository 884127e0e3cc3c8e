package org.tensorlogic.lang.builtin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Value;
import org.tensorlogic.lang.value.ArrayLiterals;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.OpaqueValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.1: tensors, arrays and vectors from nothing or from numbers. */
final class Creation {
  private Creation() {}

  static void define(Registry registry) {
    registry.add("zeros(shape…)", a -> filled(a, 0));
    registry.add("ones(shape…)", a -> filled(a, 1));
    registry.add("full(shape, value)", Creation::full);
    registry.add("eye(n)", a -> TensorValue.of(factory(a, DType.F16).eye(size(a, 0))));
    registry.add("tensor(data, type?, shape?, device?)", Creation::tensor);
    registry.add("from_array(data, shape?)", a -> fromArray(a, a.typeOr(DType.F32)));
    registry.add("from_vec(v, shape)", a -> fromArray(a, a.typeOr(DType.F32)));
    registry.add("to_vec(x)", Creation::toVec);
    registry.add("vec(items…)", Creation::vec);
    registry.add("int_array(data, device?)", Creation::intArray);
    registry.add("arange(start, end?)", Creation::arange);
    registry.add("range(start, end?, step?)", Creation::range);
    registry.alias("range_i", "range");
    registry.add("rand(shape…)", a -> uniform(a, 0, 1));
    registry.add("randn(shape…)", a -> normal(a, 0, 1, shapeAfterDevice(a)));
    registry.add("random_normal(mean, std, shape?)", Creation::randomNormal);
    registry.add("random_uniform(low, high, shape?)", Creation::randomUniform);
    registry.add("seed(n)", Creation::seed);
    registry.add("learnable(x)", Creation::learnable);
    for (VectorValue.Kind kind : VectorValue.Kind.values()) {
      registry.add(kind.typeName() + "::new()", a -> new VectorValue(kind));
      registry.add(kind.typeName() + "::from(items)", a -> vector(a, kind));
    }
  }

  /** The element type: {@code f32::zeros}, then a declaration's, then {@code otherwise}. */
  private static DType dtype(Arguments a, DType otherwise) {
    DType declared = a.execution().declaredType();
    return a.typeOr(declared == null ? otherwise : declared);
  }

  /** On a device that comes first, if one does. */
  private static TensorFactory factory(Arguments a, DType otherwise) {
    DType type = dtype(a, otherwise);
    Backend device = a.device(0);
    return device == null ? a.execution().factory(type) : Tensor.on(device, type);
  }

  private static long size(Arguments a, int index) {
    long n = a.integer(index);
    if (n < 0) {
      throw a.invalid("a size cannot be negative, got " + n);
    }
    return n;
  }

  /** The shape, perhaps after a device; none at all is the declared one. */
  private static long[] shapeAfterDevice(Arguments a) {
    int from = a.has(0) && isDevice(a.get(0)) ? 1 : 0;
    long[] declared = a.execution().declaredShape();
    if (a.count() == from && declared != null) {
      return declared;
    }
    if (a.count() == from) {
      throw a.invalid("a shape is needed");
    }
    return a.shape(from);
  }

  private static boolean isDevice(Datum value) {
    return value instanceof OpaqueValue || value instanceof StringValue;
  }

  private static Datum filled(Arguments a, double value) {
    long[] shape = shapeAfterDevice(a);
    TensorFactory factory = factory(a, DType.F16);
    return TensorValue.of(value == 0 ? factory.zeros(shape) : factory.ones(shape));
  }

  private static Datum full(Arguments a) {
    DType dtype = dtype(a, DType.F16);
    double value = a.number(1);
    if (a.isTracking(1)) {
      return a.result(a.tensor(1).to(dtype).reshape().broadcastTo(a.integers(0)));
    }
    return TensorValue.of(a.execution().factory(dtype).full(value, a.integers(0)));
  }

  private static Datum tensor(Arguments a) {
    DType type =
        a.typeOr(a.get(0) instanceof TensorValue given ? given.tensor().dtype() : DType.F16);
    int shapeAt = 1;
    if (a.has(1) && a.get(1) instanceof StringValue name) {
      DType named = DTypes.named(name.value());
      if (named == null) {
        throw a.invalid("unknown element type '" + name.value() + "'");
      }
      type = named;
      shapeAt = 2;
    } else if (a.has(2)) {
      shapeAt = 2;
    }
    Tensor tensor = convert(a, a.get(0), type);
    Backend device = a.device(3);
    if (device != null && device != tensor.backend()) {
      tensor = tensor.to(device);
    }
    if (!a.has(shapeAt)) {
      return a.result(tensor);
    }
    return a.result(tensor.reshape(checked(a, tensor, a.integers(shapeAt))));
  }

  private static Tensor convert(Arguments a, Datum data, DType type) {
    if (data instanceof TensorValue tensor) {
      return tensor.tensor().to(type);
    } else if (data instanceof ListValue list && list.size() == 0) {
      return a.execution().factory(type).zeros(0);
    }
    return a.tensor(0, type);
  }

  private static long[] checked(Arguments a, Tensor tensor, long[] shape) {
    return Shapes.resolved(a.function(), tensor.shape(), shape);
  }

  private static Datum fromArray(Arguments a, DType type) {
    Tensor tensor = convert(a, a.get(0), type);
    return a.result(a.has(1) ? tensor.reshape(checked(a, tensor, a.integers(1))) : tensor);
  }

  private static Datum toVec(Arguments a) {
    Datum x = a.get(0);
    if (x instanceof ArrayValue array) {
      return array.reshaped(array.size());
    }
    if (a.isTracking(0)) {
      return a.result(a.tensor(0).flatten());
    }
    float[] floats = a.tensor(0).toFloatArray();
    double[] values = new double[floats.length];
    Arrays.setAll(values, i -> floats[i]);
    return ArrayValue.ofDoubles(values);
  }

  private static Datum vec(Arguments a) {
    List<Datum> numbers = new ArrayList<>();
    boolean tracked = false;
    for (int i = 0; i < a.count(); i++) {
      a.number(i);
      numbers.add(a.get(i));
      tracked |= a.isTracking(i);
    }
    return tracked ? ArrayLiterals.stack(numbers) : ArrayLiterals.gather(numbers);
  }

  private static Datum intArray(Arguments a) {
    Datum data = a.get(0);
    if (data instanceof ArrayValue array) {
      return ArrayValue.ofLongs(array.toLongs()).reshaped(array.dims());
    }
    return ArrayValue.of(a.indices(0));
  }

  private static Datum arange(Arguments a) {
    long start = a.has(1) ? a.integer(0) : 0;
    long end = a.integer(a.has(1) ? 1 : 0);
    if (end <= start) {
      throw a.invalid("the end must be above the start, got " + start + " and " + end);
    }
    TensorFactory factory = a.execution().factory(a.typeOr(DType.F32));
    return TensorValue.of(factory.arange((double) start, (double) end, 1));
  }

  private static Datum range(Arguments a) {
    long start = a.has(1) ? a.integer(0) : 0;
    long end = a.integer(a.has(1) ? 1 : 0);
    long step = a.integer(2, 1);
    if (step == 0) {
      throw a.invalid("the step cannot be 0");
    }
    long span = Math.subtractExact(end, start);
    long count = Math.max(0, span / step + (span % step != 0 && (span < 0) == (step < 0) ? 1 : 0));
    if (count > Long.MAX_VALUE / 8) {
      throw new Fault(DiagnosticCode.MEMORY_LIMIT, "range: " + count + " elements are too many");
    }
    a.execution().requireBytes("range", 8 * count);
    long[] values = new long[(int) count];
    Arrays.setAll(values, i -> start + i * step);
    return ArrayValue.ofLongs(values);
  }

  private static Datum uniform(Arguments a, double low, double high) {
    long[] shape = shapeAfterDevice(a);
    long seed = a.execution().random().nextLong();
    return TensorValue.of(factory(a, DType.F16).uniform(seed, low, high, shape));
  }

  private static Datum normal(Arguments a, double mean, double deviation, long[] shape) {
    long seed = a.execution().random().nextLong();
    return TensorValue.of(factory(a, DType.F16).normal(seed, mean, deviation, shape));
  }

  private static long[] shapeOrDeclared(Arguments a, int index) {
    long[] declared = a.execution().declaredShape();
    if (a.has(index)) {
      return a.integers(index);
    } else if (declared != null) {
      return declared;
    }
    throw a.invalid("a shape is needed outside a tensor declaration");
  }

  private static Datum randomNormal(Arguments a) {
    double std = a.number(1);
    if (!(std >= 0)) {
      throw a.invalid("std must be at least 0, got " + a.get(1));
    }
    return normal(a, a.number(0), std, shapeOrDeclared(a, 2));
  }

  private static Datum randomUniform(Arguments a) {
    long[] shape = shapeOrDeclared(a, 2);
    long seed = a.execution().random().nextLong();
    return TensorValue.of(factory(a, DType.F16).uniform(seed, a.number(0), a.number(1), shape));
  }

  private static Datum seed(Arguments a) {
    a.execution().seed(a.integer(0));
    return VoidValue.VOID;
  }

  private static Datum learnable(Arguments a) {
    a.get(0).escape();
    return TensorValue.learnable(convert(a, a.get(0), DType.F32).contiguous());
  }

  private static Datum vector(Arguments a, VectorValue.Kind kind) {
    VectorValue vector = new VectorValue(kind);
    for (Value value : a.get(0).toList()) {
      vector.add((Datum) value);
    }
    return vector;
  }
}
