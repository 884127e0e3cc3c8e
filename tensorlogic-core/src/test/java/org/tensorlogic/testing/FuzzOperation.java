package org.tensorlogic.testing;

import java.util.Arrays;
import java.util.function.Function;
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.testing.Twins.Twin;

/** What {@link FuzzContract} computes with random operands. */
enum FuzzOperation {
  UNARY {
    @Override
    void run(Twins t) {
      UnaryOp op = t.oneOf(UnaryOp.values());
      one(t, op.text(), t.of(t.shape(t.below(5))), x -> x.unary(op));
    }
  },
  BINARY {
    @Override
    void run(Twins t) {
      BinaryOp op = t.oneOf(BinaryOp.values());
      long[] dims = t.shape(t.below(5));
      Twin x = t.of(narrowed(t, dims));
      Twin y = t.of(narrowed(t, dims));
      t.check(
          op + " of " + text(x, y),
          Tolerance.of(op.text()),
          () -> x.tested().binary(op, y.tested()),
          () -> x.plain().binary(op, y.plain()));
    }
  },
  NUMBER {
    @Override
    void run(Twins t) {
      BinaryOp op = t.oneOf(BinaryOp.values());
      double number = t.number();
      boolean left = t.oneIn(2);
      one(
          t,
          op.text(),
          t.of(t.shape(t.below(5))),
          x -> left ? Tensor.binary(op, number, x) : x.binary(op, number));
    }
  },
  TERNARY {
    @Override
    void run(Twins t) {
      long[] dims = t.shape(t.below(5));
      Twin x = t.of(dims);
      Twin y = t.of(narrowed(t, dims));
      Twin z = t.of(narrowed(t, dims));
      t.check(
          "where " + text(x, y, z),
          Tolerance.of("where"),
          () -> Tensor.where(x.tested(), y.tested(), z.tested()),
          () -> Tensor.where(x.plain(), y.plain(), z.plain()));
      t.check(
          "mul_add " + text(x, y, z),
          Tolerance.of("mul_add"),
          () -> x.tested().mulAdd(y.tested(), z.tested()),
          () -> x.plain().mulAdd(y.plain(), z.plain()));
      one(t, "clamp", x, v -> v.clamp(-0.25, 0.5));
    }
  },
  COPY {
    @Override
    void run(Twins t) {
      Twin x = t.of(t.shape(t.below(6)));
      DType type = t.type();
      one(t, "contiguous", x, Tensor::contiguous);
      t.check("to " + type + text(x), Tolerance.of("to"), () -> x.tested().to(type), x::plain);
      long[] times = new long[x.tested().rank() + t.below(2)];
      Arrays.setAll(times, i -> t.below(3));
      one(t, "repeat", x, v -> v.repeat(times));
    }
  },
  CONCAT {
    @Override
    void run(Twins t) {
      long[] dims = t.shape(1 + t.below(4));
      int axis = t.below(dims.length);
      Twin[] parts = new Twin[1 + t.below(4)];
      for (int i = 0; i < parts.length; i++) {
        dims[axis] = t.below(9);
        parts[i] = t.of(dims);
      }
      t.check(
          "concat " + text(parts),
          Tolerance.of("concat"),
          () -> Tensor.concat(axis, tested(parts)),
          () -> Tensor.concat(axis, plain(parts)));
    }
  },
  REDUCE {
    @Override
    void run(Twins t) {
      ReduceOp op = t.oneOf(ReduceOp.values());
      int rank = 1 + t.below(4);
      int[] axes = Arrays.copyOf(t.order(rank), t.below(rank + 1));
      boolean keep = t.oneIn(2);
      one(
          t,
          op == ReduceOp.SAMPLE_VARIANCE ? "variance" : op.text(),
          t.of(t.shape(rank)),
          x -> x.reduce(op, x.dtype(), keep, axes));
    }
  },
  ALONG_AN_AXIS {
    @Override
    void run(Twins t) {
      int rank = 1 + t.below(4);
      int axis = t.below(rank);
      Twin x = t.of(t.shape(rank));
      one(t, "softmax", x, v -> v.softmax(axis));
      one(t, "logSoftmax", x, v -> v.logSoftmax(axis));
      one(t, "cumsum", x, v -> v.cumsum(axis));
      one(t, "argmax", x, v -> positions(v, v.argmax(axis)));
      one(t, "argmin", x, v -> positions(v, v.argmin(axis)));
    }

    private Tensor positions(Tensor like, Indices indices) {
      float[] floats = new float[indices.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = indices.get(i);
      }
      return Tensor.on(like.backend(), DType.F32).of(floats, indices.shape().dims());
    }
  },
  NORM {
    @Override
    void run(Twins t) {
      long[] dims = t.shape(1 + t.below(4));
      Twin x = t.of(dims);
      Twin weight = t.of(dims[dims.length - 1]);
      Twin bias = t.of(dims[dims.length - 1]);
      t.check(
          "layerNorm " + text(x, weight, bias),
          Tolerance.of("layerNorm"),
          () -> x.tested().layerNorm(weight.tested(), bias.tested(), 0.1),
          () -> x.plain().layerNorm(weight.plain(), bias.plain(), 0.1));
      t.check(
          "rmsNorm " + text(x, weight),
          Tolerance.of("rmsNorm"),
          () -> x.tested().rmsNorm(weight.tested(), 0.1),
          () -> x.plain().rmsNorm(weight.plain(), 0.1));
    }
  },
  MATMUL {
    @Override
    void run(Twins t) {
      long[] batch = t.shape(t.below(3));
      Arrays.setAll(batch, i -> Math.min(batch[i], 3));
      long m = t.extent();
      long k = t.extent();
      long n = t.extent();
      Twin a = t.of(joined(t.oneIn(3) ? narrowed(t, batch) : batch, m, k));
      Twin b = t.of(joined(t.oneIn(3) ? narrowed(t, batch) : batch, k, n));
      t.check(
          "matmul " + text(a, b),
          Tolerance.of("einsum"),
          () -> a.tested().matmul(b.tested()),
          () -> a.plain().matmul(b.plain()));
    }
  },
  LINEAR {
    @Override
    void run(Twins t) {
      long k = t.extent();
      long n = t.extent();
      UnaryOp activation = t.oneOf(new UnaryOp[] {UnaryOp.RELU, UnaryOp.SILU, UnaryOp.GELU});
      Twin x = t.of(t.extent(), k);
      Twin weight = t.of(n, k);
      Twin bias = t.of(n);
      t.check(
          activation + " of linear " + text(x, weight, bias),
          Tolerance.of("einsum"),
          () -> x.tested().linear(weight.tested(), bias.tested(), activation),
          () -> x.plain().linear(weight.plain(), bias.plain(), activation));
    }
  },
  ROWS {
    @Override
    void run(Twins t) {
      long[] dims = t.shape(1 + t.below(3));
      int axis = t.below(dims.length);
      dims[axis] = 1L + t.below(20);
      Indices rows = t.indices(t.below(30), dims[axis]);
      Twin table = t.of(dims);
      one(t, "indexSelect", table, x -> x.indexSelect(axis, rows));
      long[] taken = dims.clone();
      taken[axis] = rows.size();
      Twin sums = t.of(DType.F32, dims); // halves would be rounded after each addition
      Twin source = t.of(taken);
      t.check(
          "scatterAdd " + text(sums, source),
          Tolerance.of("einsum"),
          () -> sums.tested().scatterAdd(axis, rows, source.tested()),
          () -> sums.plain().scatterAdd(axis, rows, source.plain()));
    }
  },
  PACKED {
    @Override
    void run(Twins t) {
      int rows = 1 + t.below(40);
      Twin whole = t.packed(rows);
      long k = whole.plain().dim(1);
      boolean repeated = t.oneIn(4);
      Slice taken = new Slice(t.below(3), repeated ? 1 : rows, repeated ? 1 : 1 + t.below(2));
      Function<Tensor, Tensor> view =
          w -> repeated ? w.select(0, rows - 1).broadcastTo(rows, k) : w.slice(taken);
      Twin weight = new Twin(view.apply(whole.tested()), view.apply(whole.plain()));
      Twin x = t.of(t.extent(), k);
      String text = whole.tested().encoding() + " " + text(weight);
      t.check(
          "linear " + text(x) + " by " + text,
          new Tolerance(1e-5, 1e-6 * k),
          () -> x.tested().linear(weight.tested()),
          () -> x.plain().linear(weight.plain()));
      if (weight.plain().dim(0) > 0) {
        Indices chosen = t.indices(t.below(9), weight.plain().dim(0));
        one(t, "embedding", weight, w -> w.embedding(chosen));
      }
      one(t, "contiguous", weight, Tensor::contiguous);
      one(t, "transposed", weight, w -> w.transpose().contiguous());
    }
  },
  CONVOLUTION {
    @Override
    void run(Twins t) {
      int groups = 1 + t.below(3);
      long channels = t.below(4);
      long outputs = groups * (1L + t.below(4));
      Convolution how =
          Convolution.plain()
              .stride(1 + t.below(3), 1 + t.below(3))
              .padding(t.below(4), t.below(4))
              .dilation(1 + t.below(3), 1 + t.below(3))
              .groups(groups);
      Twin x = t.of(t.below(3), groups * channels, t.below(20), t.below(40));
      Twin weight = t.of(outputs, channels, t.below(5), t.below(5));
      Twin bias = t.of(outputs);
      t.check(
          how + " of " + text(x, weight, bias),
          Tolerance.of("einsum"),
          () -> x.tested().conv2d(weight.tested(), bias.tested(), how),
          () -> x.plain().conv2d(weight.plain(), bias.plain(), how));
    }
  },
  POOLING {
    @Override
    void run(Twins t) {
      int height = 1 + t.below(5);
      int width = 1 + t.below(5);
      Pooling how =
          Pooling.window(height, width)
              .stride(1 + t.below(3), 1 + t.below(3))
              .padding(t.below(height / 2 + 1), t.below(width / 2 + 1))
              .countPadding(t.oneIn(2));
      Twin x = t.of(t.below(3), t.below(4), t.below(20), t.below(40));
      one(t, "maxPool", x, v -> v.maxPool(how));
      one(t, "avgPool", x, v -> v.avgPool(how));
    }
  },
  ROPE {
    @Override
    void run(Twins t) {
      long pairs = 1L + t.below(40);
      long positions = 1L + t.below(9);
      Twin x = t.of(t.below(3), positions, t.below(5), 2 * pairs + t.below(3));
      Twin cos = t.of(DType.F32, positions, pairs);
      Twin sin = t.of(DType.F32, positions, pairs);
      for (RopeStyle style : RopeStyle.values()) {
        t.check(
            "rope " + text(x, cos, sin),
            Tolerance.of("rope"),
            () -> x.tested().rope(cos.tested(), sin.tested(), style),
            () -> x.plain().rope(cos.plain(), sin.plain(), style));
      }
    }
  },
  ATTENTION {
    @Override
    void run(Twins t) {
      long batch = t.below(3);
      long groups = 1L + t.below(2);
      long heads = groups * (1L + t.below(2));
      long queries = t.extent();
      long keys = t.oneIn(8) ? 600 : t.extent();
      long d = 1L + t.below(70);
      Twin q = t.of(batch, heads, queries, d);
      Twin k = t.of(batch, groups, keys, d);
      Twin v = t.of(batch, groups, keys, t.extent());
      Twin mask = t.of(batch, heads, queries, keys);
      boolean causal = t.oneIn(2);
      Attention how = (causal ? Attention.autoregressive() : Attention.full()).scale(0.3f);
      boolean masked = t.oneIn(2);
      t.check(
          (causal ? "causal" : "full") + " attention of " + text(q, k, v, mask),
          Tolerance.of("attention"),
          () ->
              q.tested().attention(k.tested(), v.tested(), masked ? how.mask(mask.tested()) : how),
          () -> q.plain().attention(k.plain(), v.plain(), masked ? how.mask(mask.plain()) : how));
    }
  };

  abstract void run(Twins t);

  private static void one(Twins t, String name, Twin x, Function<Tensor, Tensor> operation) {
    t.check(
        name + " of " + text(x),
        Tolerance.of(name),
        () -> operation.apply(x.tested()),
        () -> operation.apply(x.plain()));
  }

  /** Some extents 1, or some leading axes left out: still broadcasts to the shape. */
  private static long[] narrowed(Twins t, long[] dims) {
    long[] narrow = dims.clone();
    for (int axis = 0; axis < narrow.length; axis++) {
      narrow[axis] = t.oneIn(4) ? 1 : narrow[axis];
    }
    return t.oneIn(4)
        ? Arrays.copyOfRange(narrow, t.below(narrow.length + 1), dims.length)
        : narrow;
  }

  private static long[] joined(long[] batch, long rows, long columns) {
    long[] dims = Arrays.copyOf(batch, batch.length + 2);
    dims[batch.length] = rows;
    dims[batch.length + 1] = columns;
    return dims;
  }

  private static Tensor[] tested(Twin... twins) {
    return Arrays.stream(twins).map(Twin::tested).toArray(Tensor[]::new);
  }

  private static Tensor[] plain(Twin... twins) {
    return Arrays.stream(twins).map(Twin::plain).toArray(Tensor[]::new);
  }

  private static String text(Twin... twins) {
    StringBuilder text = new StringBuilder();
    for (Twin twin : twins) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(twin.tested().dtype())
          .append(' ')
          .append(twin.tested().layout());
    }
    return text.toString();
  }
}
