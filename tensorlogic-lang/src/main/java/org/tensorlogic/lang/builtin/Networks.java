package org.tensorlogic.lang.builtin;

import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Learning;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;

/** Section 14.4: the layers of neural networks, attention apart. */
final class Networks {
  private static final double RMS_EPSILON = 1e-6;
  private static final double LAYER_EPSILON = 1e-5;

  private Networks() {}

  static void define(Registry registry) {
    registry.add("softmax(x, dim?)", a -> a.result(a.tensor(0).softmax(a.intValue(1, -1))));
    registry.add("log_softmax(x, dim?)", a -> a.result(a.tensor(0).logSoftmax(a.intValue(1, -1))));
    registry.add("rms_norm(x, weight|w?, eps?)", Networks::rmsNorm);
    registry.add("layer_norm(x, gamma?, beta?, eps?)", Networks::layerNorm);
    registry.add("batch_norm(x, gamma, beta, eps?)", Networks::batchNorm);
    registry.add("dropout(x, p?, training?)", Networks::dropout);
    registry.add("embedding(table, ids)", Networks::embedding);
    registry.add("positional_encoding(n, d)", Networks::positionalEncoding);
    registry.add("fused_add_relu(a, b)", a -> fusedRelu(a, a.tensor(0).add(a.tensor(1))));
    registry.add("fused_mul_relu(a, b)", a -> fusedRelu(a, a.tensor(0).mul(a.tensor(1))));
    registry.add(
        "fused_affine(x, scale, bias|shift)",
        a -> a.result(a.tensor(0).mulAdd(a.tensor(1), a.tensor(2))));
    registry.add("fused_gelu_linear(x, weight|W, bias|b)", Networks::geluLinear);
  }

  /** A number, unlike an array of one: that is a weight of one feature. */
  private static boolean isPlainNumber(Datum value) {
    return value instanceof IntValue || value instanceof FloatValue;
  }

  private static Datum rmsNorm(Arguments a) {
    Tensor x = a.tensor(0);
    if (a.count() == 2 && isPlainNumber(a.get(1))) {
      return a.result(x.rmsNorm(null, a.number(1)));
    }
    return a.result(x.rmsNorm(a.tensorOrNull(1), a.number(2, RMS_EPSILON)));
  }

  /** An integer array as second argument is the normalized shape, a number the epsilon. */
  private static Datum layerNorm(Arguments a) {
    Tensor x = a.tensor(0);
    Tensor gamma = null;
    Tensor beta = null;
    double epsilon = a.number(3, LAYER_EPSILON);
    boolean shape =
        a.has(1)
            && (a.get(1) instanceof IntValue
                || (a.get(1) instanceof ArrayValue array && array.isInteger()));
    boolean plain = a.has(1) && isPlainNumber(a.get(1));
    if (shape) {
      requireLast(a, x);
      epsilon = a.number(2, epsilon);
    } else if (plain) {
      epsilon = a.number(1);
    } else if (a.has(1)) {
      gamma = a.tensor(1);
      beta = a.tensorOrNull(2);
    }
    return a.result(x.layerNorm(gamma, beta, epsilon));
  }

  private static void requireLast(Arguments a, Tensor x) {
    long[] shape = a.integers(1);
    if (shape.length != 1 || x.rank() == 0 || shape[0] != x.dim(-1)) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function()
              + ": the last dimension is normalized, expected ["
              + (x.rank() == 0 ? "" : x.dim(-1))
              + "], got "
              + a.get(1));
    }
  }

  /** (x - mean) / sqrt(variance + eps) gamma + beta, statistics over dimension 0. */
  private static Datum batchNorm(Arguments a) {
    Tensor x = a.tensor(0);
    try (Tensor mean = x.reduce(ReduceOp.MEAN, x.dtype(), true, 0);
        Tensor centered = x.sub(mean);
        Tensor squared = centered.square();
        Tensor variance = squared.reduce(ReduceOp.MEAN, DType.F32, true, 0);
        Tensor shifted = variance.add(a.number(3, LAYER_EPSILON));
        Tensor scale = shifted.rsqrt();
        Tensor narrow = scale.to(x.dtype());
        Tensor normalized = centered.mul(narrow)) {
      return TensorValue.of(normalized.mulAdd(a.tensor(1), a.tensor(2)));
    }
  }

  private static Datum dropout(Arguments a) {
    Tensor x = a.tensor(0);
    Learning learning = a.execution().learning();
    double p = a.number(1, learning == null ? 0 : learning.dropoutRate());
    if (!(p >= 0 && p < 1)) {
      throw a.invalid("p must be at least 0 and below 1, got " + p);
    }
    if (!a.bool(2, learning != null && learning.isDropping()) || p == 0) {
      return a.get(0);
    }
    long seed = a.execution().random().nextLong();
    try (Tensor uniform = a.execution().factory(DType.F32).uniform(seed, 0, 1, x.shape().dims());
        Tensor kept = uniform.ge(p);
        Tensor scaled = kept.mul(1 / (1 - p));
        Tensor mask = scaled.to(x.dtype())) {
      return TensorValue.of(x.mul(mask));
    }
  }

  private static Datum embedding(Arguments a) {
    Tensor table = a.tensor(0);
    Indices ids = a.indices(1);
    long rows = table.rank() == 0 ? 0 : table.dim(0);
    for (int id : ids.toArray()) {
      if (id < 0 || id >= rows) {
        throw new Fault(
            DiagnosticCode.INDEX_OUT_OF_RANGE,
            a.function() + ": id " + id + " is out of range for a table of " + rows + " rows");
      }
    }
    if (!(a.get(1) instanceof ArrayValue) && ids.size() == 1 && a.get(1).isNumber()) {
      return a.result(table.select(0, ids.get(0)));
    }
    return a.result(table.embedding(ids));
  }

  /** sin(p / 10000^(2⌊i/2⌋/d)) at even, cos at odd columns (arXiv 1706.03762, section 3.5). */
  private static Datum positionalEncoding(Arguments a) {
    int n = a.intValue(0);
    int d = a.intValue(1);
    if (n < 0 || d < 0) {
      throw a.invalid("sizes cannot be negative");
    }
    long elements = Math.min((long) n * d, Long.MAX_VALUE / Float.BYTES);
    a.execution().requireBytes(a.function() + ": a table", elements * Float.BYTES);
    float[] values = new float[n * d];
    for (int position = 0; position < n; position++) {
      a.execution().check();
      for (int i = 0; i < d; i++) {
        double angle = position / Math.pow(10000, (double) (i - i % 2) / d);
        values[position * d + i] = (float) (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
      }
    }
    return TensorValue.of(a.execution().factory(a.typeOr(DType.F16)).of(values, n, d));
  }

  private static Datum fusedRelu(Arguments a, Tensor sum) {
    try (sum) {
      return a.result(sum.relu());
    }
  }

  private static Datum geluLinear(Arguments a) {
    try (Tensor activated = a.tensor(0).unary(UnaryOp.GELU);
        Tensor product = activated.matmul(a.tensor(1))) {
      return TensorValue.of(product.add(a.tensor(2)));
    }
  }
}
