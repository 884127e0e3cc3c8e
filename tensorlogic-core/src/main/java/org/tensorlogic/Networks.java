package org.tensorlogic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.TernaryOp;

/** Layers of neural networks: shape rules of each. */
final class Networks {
  private Networks() {}

  static Tensor layerNorm(
      Tensor tensor, @Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    requireFeatures("layerNorm", "weight", tensor, weight);
    requireFeatures("layerNorm", "bias", tensor, bias);
    Tensor x = tensor.dense();
    Tensor w = weight == null ? null : weight.dense();
    Tensor b = bias == null ? null : bias.dense();
    Tensor y =
        Call.run(
            "layerNorm",
            x.dtype(),
            x.shape(),
            out -> x.backend().layerNorm(x, w, b, (float) epsilon, out),
            x,
            w,
            b);
    recordNorm(y, tensor, weight, bias, true, epsilon);
    return y;
  }

  private static void recordNorm(
      Tensor y,
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean centered,
      double epsilon) {
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(x, weight, bias)) {
      Tensor sx = tape.save(x);
      Tensor sw = weight == null ? null : tape.save(weight);
      tape.record(y, g -> LayerGradients.norm(sx, sw, centered, epsilon, g), x, weight, bias);
    }
  }

  static Tensor rmsNorm(Tensor tensor, @Nullable Tensor weight, double epsilon) {
    requireFeatures("rmsNorm", "weight", tensor, weight);
    Tensor x = tensor.dense();
    Tensor w = weight == null ? null : weight.dense();
    Tensor y =
        Call.run(
            "rmsNorm",
            x.dtype(),
            x.shape(),
            out -> x.backend().rmsNorm(x, w, (float) epsilon, out),
            x,
            w);
    recordNorm(y, tensor, weight, null, false, epsilon);
    return y;
  }

  private static void requireFeatures(
      String operation, String name, Tensor x, @Nullable Tensor vector) {
    if (x.shape().rank() == 0) {
      throw new ShapeException(operation + ": a scalar has no features");
    }
    if (vector != null && !vector.shape().equals(Shape.of(x.shape().dim(-1)))) {
      throw new ShapeException(
          operation
              + ": "
              + name
              + " must have shape ["
              + x.shape().dim(-1)
              + "] for x of shape "
              + x.shape()
              + ", got "
              + vector.shape());
    }
  }

  static Tensor batchNorm(
      Tensor x,
      Tensor mean,
      Tensor variance,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      double epsilon) {
    if (x.shape().rank() < 2) {
      throw new ShapeException("batchNorm: x [n, c, ...] is needed, got " + x.shape());
    }
    long channels = x.shape().dim(1);
    requireChannels("mean", channels, mean);
    requireChannels("variance", channels, variance);
    requireChannels("weight", channels, weight);
    requireChannels("bias", channels, bias);
    try (Scope scope = Scope.open()) {
      Tensor scale = variance.to(DType.F32).add(epsilon).rsqrt();
      if (weight != null) {
        scale = scale.mul(weight);
      }
      Tensor shift = mean.to(DType.F32).mul(scale).neg();
      if (bias != null) {
        shift = shift.add(bias);
      }
      long[] perChannel = new long[x.shape().rank() - 1];
      Arrays.fill(perChannel, 1);
      perChannel[0] = channels;
      return scope.keep(
          Elementwise.ternary(
              TernaryOp.MUL_ADD,
              x.dtype(),
              x,
              scale.reshape(perChannel),
              shift.reshape(perChannel)));
    }
  }

  private static void requireChannels(String name, long channels, @Nullable Tensor vector) {
    if (vector != null && !vector.shape().equals(Shape.of(channels))) {
      throw new ShapeException(
          "batchNorm: " + name + " must have shape [" + channels + "], got " + vector.shape());
    }
  }

  static Tensor conv1d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how) {
    if (weight.shape().rank() != 3 || (x.shape().rank() != 2 && x.shape().rank() != 3)) {
      throw new ShapeException(
          "conv1d: x [n, c, l] or [c, l] and weight [o, c, k] are needed, got "
              + x.shape()
              + " and "
              + weight.shape());
    }
    Convolution flat =
        new Convolution(
            1, how.strideWidth(), 0, how.paddingWidth(), 1, how.dilationWidth(), how.groups());
    return Scope.keepingOnlyResult(
        () -> conv2d("conv1d", x.unsqueeze(-2), weight.unsqueeze(2), bias, flat).squeeze(-2));
  }

  static Tensor conv2d(
      String operation, Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how) {
    if (weight.shape().rank() != 4 || (x.shape().rank() != 3 && x.shape().rank() != 4)) {
      throw new ShapeException(
          operation
              + ": x [n, c, h, w] or [c, h, w] and weight [o, c, kh, kw] are needed, got "
              + x.shape()
              + " and "
              + weight.shape());
    }
    if (x.shape().rank() == 3) {
      return Scope.keepingOnlyResult(
          () -> conv2d(operation, x.unsqueeze(0), weight, bias, how).squeeze(0));
    }
    long channels = x.shape().dim(1);
    long outputs = weight.shape().dim(0);
    int groups = how.groups();
    if (channels % groups != 0
        || outputs % groups != 0
        || weight.shape().dim(1) != channels / groups) {
      throw new ShapeException(
          operation
              + ": "
              + channels
              + " channels in "
              + groups
              + " groups need a weight [o, "
              + channels / groups
              + ", ...] with o a multiple of the groups, got "
              + weight.shape());
    }
    if (bias != null && !bias.shape().equals(Shape.of(outputs))) {
      throw new ShapeException(
          operation + ": bias must have shape [" + outputs + "], got " + bias.shape());
    }
    long height =
        extent(
            operation,
            x.shape().dim(2),
            how.paddingHeight(),
            window(operation, weight.shape().dim(2), how.dilationHeight()),
            how.strideHeight());
    long width =
        extent(
            operation,
            x.shape().dim(3),
            how.paddingWidth(),
            window(operation, weight.shape().dim(3), how.dilationWidth()),
            how.strideWidth());
    Tensor a = x.dense();
    Tensor w = weight.dense();
    Tensor b = bias == null ? null : bias.dense();
    Tensor y =
        Call.run(
            operation,
            DType.widest(x.dtype(), weight.dtype()),
            Shape.of(x.shape().dim(0), outputs, height, width),
            out -> a.backend().conv2d(a, w, b, how, out),
            a,
            w,
            b);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(x, weight, bias)) {
      Tensor sx = tape.save(x);
      Tensor sw = tape.save(weight);
      tape.record(y, g -> LayerGradients.conv2d(sx, sw, how, g), x, weight, bias);
    }
    return y;
  }

  static Tensor pool2d(PoolOp op, Tensor tensor, Pooling how) {
    String operation = op == PoolOp.MAX ? "maxPool" : "avgPool";
    int rank = tensor.shape().rank();
    if (rank != 3 && rank != 4) {
      throw new ShapeException(
          operation + ": x [n, c, h, w] or [c, h, w] is needed, got " + tensor.shape());
    }
    if (rank == 3) {
      return Scope.keepingOnlyResult(() -> pool2d(op, tensor.unsqueeze(0), how).squeeze(0));
    }
    Shape shape = tensor.shape();
    long height =
        extent(operation, shape.dim(2), how.paddingHeight(), how.height(), how.strideHeight());
    long width =
        extent(operation, shape.dim(3), how.paddingWidth(), how.width(), how.strideWidth());
    Tensor x = tensor.dense();
    Tensor y =
        Call.run(
            operation,
            x.dtype(),
            Shape.of(shape.dim(0), shape.dim(1), height, width),
            out -> x.backend().pool2d(op, x, how, out),
            x);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sx = tape.save(tensor);
      Tensor sy = tape.save(y);
      tape.record(y, g -> LayerGradients.pool2d(op, sx, sy, how, g), tensor);
    }
    return y;
  }

  /** What a kernel spans, or more than any input if that is not a long. */
  private static long window(String operation, long kernel, int dilation) {
    if (kernel < 1) {
      throw new ShapeException(
          operation + ": the weight has no taps, an extent of its window is 0");
    }
    long most = Long.MAX_VALUE / 2;
    return kernel - 1 > (most - 1) / dilation ? most : dilation * (kernel - 1) + 1;
  }

  private static long extent(String operation, long in, int padding, long window, int stride) {
    long room = in + 2L * padding - window;
    if (room < 0) {
      throw new ShapeException(
          operation
              + ": the window of "
              + window
              + " is larger than the padded extent "
              + (in + 2L * padding));
    }
    return room / stride + 1;
  }

  static Tensor attention(Tensor query, Tensor key, Tensor value, Attention how) {
    int rank = query.shape().rank();
    boolean fits =
        rank >= 2
            && rank <= 4
            && key.shape().rank() == rank
            && value.shape().rank() == rank
            && key.shape().dim(-1) == query.shape().dim(-1)
            && key.shape().dim(-2) == value.shape().dim(-2);
    Tensor q = toRank4(query);
    Tensor k = fits ? toRank4(key) : key;
    Tensor v = fits ? toRank4(value) : value;
    fits =
        fits
            && k.shape().dim(0) == q.shape().dim(0)
            && v.shape().dim(0) == q.shape().dim(0)
            && k.shape().dim(1) == v.shape().dim(1)
            && k.shape().dim(1) != 0
            && q.shape().dim(1) % k.shape().dim(1) == 0;
    if (!fits) {
      throw new ShapeException(
          "attention: q [.., heads, n, d], k [.., groups, m, d], v [.., groups, m, e] with heads a"
              + " multiple of groups are needed, got "
              + query.shape()
              + ", "
              + key.shape()
              + " and "
              + value.shape());
    }
    long queries = q.shape().dim(2);
    long keys = k.shape().dim(2);
    if (how.causal() && keys < queries) {
      throw new ShapeException(
          "attention: causal needs at least as many keys as queries, got "
              + keys
              + " and "
              + queries);
    }
    Tensor given = how.mask();
    Shape scores = Shape.of(q.shape().dim(0), q.shape().dim(1), queries, keys);
    if (given != null && !Shape.broadcast("attention", given.shape(), scores).equals(scores)) {
      throw new ShapeException(
          "attention: the mask " + given.shape() + " does not stretch to the scores " + scores);
    }
    float scale =
        how.scale() != 0 ? how.scale() : (float) (1 / Math.sqrt((double) q.shape().dim(3)));
    if (GradientTape.recordsAny(query, key, value, given)) {
      return Scope.keepingOnlyResult(
          () -> {
            Tensor composed =
                LayerGradients.attention(
                    lifted(query), lifted(key), lifted(value), given, how.causal(), scale);
            return composed.reshape(query.shape().with(rank - 1, composed.dim(3)).dims());
          });
    }
    Tensor denseQ = q.dense();
    Tensor denseK = k.dense();
    Tensor denseV = v.dense();
    Tensor mask = given == null ? null : given.dense().spread(scores);
    DType dtype = DType.widest(query.dtype(), DType.widest(key.dtype(), value.dtype()));
    Tensor out =
        Call.run(
            "attention",
            dtype,
            Shape.of(q.shape().dim(0), q.shape().dim(1), queries, v.shape().dim(3)),
            y -> y.backend().attention(denseQ, denseK, denseV, mask, how.causal(), scale, y),
            denseQ,
            denseK,
            denseV,
            mask);
    return rank == 4 ? out : out.renamed(query.shape().with(rank - 1, v.shape().dim(3)));
  }

  /** As {@link #toRank4}, recorded. */
  private static Tensor lifted(Tensor x) {
    Tensor wide = x;
    while (wide.rank() < 4) {
      wide = wide.unsqueeze(0);
    }
    return wide;
  }

  private static Tensor toRank4(Tensor x) {
    return x.borrowed(
        layout -> {
          var wide = layout;
          while (wide.shape().rank() < 4) {
            wide = wide.insert(0);
          }
          return wide;
        });
  }

  static Tensor rope(Tensor tensor, Tensor cosines, Tensor sines, RopeStyle style) {
    Shape shape = tensor.shape();
    boolean fits =
        shape.rank() >= 3
            && cosines.shape().equals(sines.shape())
            && cosines.shape().rank() == 2
            && cosines.shape().dim(0) == shape.dim(-3)
            && 2 * cosines.shape().dim(1) <= shape.dim(-1);
    if (!fits) {
      throw new ShapeException(
          "rope: x [..., positions, heads, d] needs cos and sin [positions, r / 2] with r at most"
              + " d, got "
              + shape
              + ", "
              + cosines.shape()
              + " and "
              + sines.shape());
    }
    Tensor x = tensor.dense();
    Tensor cos = cosines.dense(DType.F32);
    Tensor sin = sines.dense(DType.F32);
    Tensor y =
        Call.run(
            "rope",
            x.dtype(),
            shape,
            out -> x.backend().rope(x, cos, sin, style, out),
            x,
            cos,
            sin);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sc = tape.save(cosines);
      Tensor ss = tape.save(sines);
      tape.record(y, g -> new @Nullable Tensor[] {LayerGradients.rope(sc, ss, style, g)}, tensor);
    }
    return y;
  }
}
