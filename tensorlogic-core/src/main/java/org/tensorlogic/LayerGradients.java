package org.tensorlogic;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.ReduceOp;

/** Derivatives of products, layers and views; g is the gradient of the result. */
final class LayerGradients {
  private LayerGradients() {}

  /** Of out = a b + bias for operands of rank 2 and more: g b^T, a^T g, the sum of g. */
  static @Nullable Tensor[] matmul(Tensor a, Tensor b, boolean hasBias, Tensor g) {
    Tensor left = g.matmul(b.transpose());
    Tensor right = a.transpose().matmul(g);
    int[] leading = new int[g.rank() - 1];
    Arrays.setAll(leading, axis -> axis);
    Tensor bias = hasBias ? g.sum(leading) : null;
    return new @Nullable Tensor[] {left, right, bias};
  }

  /** x - mean, scaled: the part that layerNorm and rmsNorm share. */
  static @Nullable Tensor[] norm(
      Tensor x, @Nullable Tensor weight, boolean centered, double epsilon, Tensor g) {
    Tensor wide = x.to(DType.F32);
    Tensor shifted = centered ? wide.sub(wide.reduceKeepDims(ReduceOp.MEAN, -1)) : wide;
    Tensor scale = shifted.square().reduceKeepDims(ReduceOp.MEAN, -1).add(epsilon).rsqrt();
    Tensor normal = shifted.mul(scale);
    Tensor weighted = weight == null ? g : g.mul(weight);
    Tensor along = weighted.mul(normal).reduceKeepDims(ReduceOp.MEAN, -1);
    Tensor inner = weighted.sub(normal.mul(along));
    if (centered) {
      inner = inner.sub(weighted.reduceKeepDims(ReduceOp.MEAN, -1));
    }
    return new @Nullable Tensor[] {inner.mul(scale), g.mul(normal), g};
  }

  /** Zeros of a shape with g at a view of it. */
  static Tensor place(Shape shape, Layout view, Tensor g) {
    return Call.run(
        "place",
        DType.F32,
        shape,
        out -> {
          out.backend().fill(0, out);
          out.backend().copy(g, out.borrow(view));
        },
        g);
  }

  /** The windows that one tap of a kernel sees, as a view of the padded input. */
  private static Slice[] tap(
      int row, int column, int strideHeight, int strideWidth, long height, long width) {
    return new Slice[] {
      Slice.all(),
      Slice.all(),
      new Slice(row, row + (height - 1) * strideHeight + 1, strideHeight),
      new Slice(column, column + (width - 1) * strideWidth + 1, strideWidth)
    };
  }

  private static Tensor padded(Tensor x, int paddingHeight, int paddingWidth, double filler) {
    if (paddingHeight == 0 && paddingWidth == 0) {
      return x;
    }
    long height = x.dim(2);
    long width = x.dim(3);
    Shape wide =
        Shape.of(x.dim(0), x.dim(1), height + 2L * paddingHeight, width + 2L * paddingWidth);
    return Call.run(
        "pad",
        x.dtype(),
        wide,
        out -> {
          out.backend().fill((float) filler, out);
          Layout inside =
              out.layout().slice(2, paddingHeight, height, 1).slice(3, paddingWidth, width, 1);
          out.backend().copy(x, out.borrow(inside));
        },
        x);
  }

  private static Tensor cropped(Tensor x, int paddingHeight, int paddingWidth) {
    return x.slice(
        Slice.all(),
        Slice.all(),
        Slice.of(paddingHeight, x.dim(2) - paddingHeight),
        Slice.of(paddingWidth, x.dim(3) - paddingWidth));
  }

  private static Tensor addAt(Tensor sum, Slice[] where, Tensor share) {
    return sum.add(place(sum.shape(), Views.sliced(sum.layout(), where), share));
  }

  /** Tap by tap: each sees one strided view of x, multiplied by one matrix per group. */
  static @Nullable Tensor[] conv2d(Tensor x, Tensor weight, Convolution how, Tensor g) {
    long groups = how.groups();
    long images = x.dim(0);
    long height = g.dim(2);
    long width = g.dim(3);
    long outputs = weight.dim(0) / groups;
    long channels = weight.dim(1);
    Tensor wide = padded(x, how.paddingHeight(), how.paddingWidth(), 0).to(DType.F32);
    Tensor inputGradient = Tensor.on(g.backend(), DType.F32).zeros(wide.shape().dims());
    Tensor grouped = g.reshape(images, groups, outputs, height * width);
    int kernelHeight = (int) weight.dim(2);
    int kernelWidth = (int) weight.dim(3);
    Tensor[] taps = new Tensor[kernelHeight * kernelWidth];
    for (int kh = 0; kh < kernelHeight; kh++) {
      for (int kw = 0; kw < kernelWidth; kw++) {
        Slice[] where =
            tap(
                kh * how.dilationHeight(),
                kw * how.dilationWidth(),
                how.strideHeight(),
                how.strideWidth(),
                height,
                width);
        Tensor seen = wide.slice(where).reshape(images, groups, channels, height * width);
        Tensor matrix = weight.select(3, kw).select(2, kh).reshape(groups, outputs, channels);
        Tensor share =
            matrix.transpose().matmul(grouped).reshape(images, groups * channels, height, width);
        inputGradient = addAt(inputGradient, where, share);
        taps[kh * kernelWidth + kw] =
            grouped.matmul(seen.transpose()).sum(0).reshape(groups * outputs, channels);
      }
    }
    Tensor weightGradient =
        Tensor.stack(-1, taps).reshape(weight.dim(0), channels, kernelHeight, kernelWidth);
    Tensor biasGradient = g.sum(0, 2, 3);
    return new @Nullable Tensor[] {
      cropped(inputGradient, how.paddingHeight(), how.paddingWidth()), weightGradient, biasGradient
    };
  }

  static @Nullable Tensor[] pool2d(PoolOp op, Tensor x, Tensor y, Pooling how, Tensor g) {
    double filler = op == PoolOp.MAX ? Double.NEGATIVE_INFINITY : 0;
    Tensor wide = padded(x, how.paddingHeight(), how.paddingWidth(), filler);
    Tensor sum = Tensor.on(g.backend(), DType.F32).zeros(wide.shape().dims());
    Tensor share = op == PoolOp.MAX ? g : averageShare(x, how, g);
    Tensor left = Tensor.on(g.backend(), DType.F32).ones(g.shape().dims());
    for (int kh = 0; kh < how.height(); kh++) {
      for (int kw = 0; kw < how.width(); kw++) {
        Slice[] where = tap(kh, kw, how.strideHeight(), how.strideWidth(), g.dim(2), g.dim(3));
        Tensor given = share;
        if (op == PoolOp.MAX) { // the first of equals takes all
          Tensor winner = wide.slice(where).eq(y).mul(left);
          left = left.sub(winner);
          given = share.mul(winner);
        }
        sum = addAt(sum, where, given);
      }
    }
    return new @Nullable Tensor[] {cropped(sum, how.paddingHeight(), how.paddingWidth())};
  }

  /** g over the number of elements that each average counts. */
  private static Tensor averageShare(Tensor x, Pooling how, Tensor g) {
    double window = (double) how.height() * how.width();
    if (how.countPadding()) {
      return g.div(window);
    }
    Tensor ones = Tensor.on(g.backend(), DType.F32).ones(1, 1, x.dim(2), x.dim(3));
    Tensor inside = ones.avgPool(how.countPadding(true)).mul(window);
    return g.div(inside);
  }

  /** Attention by operations that are recorded one by one. */
  static Tensor attention(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean causal, float scale) {
    long groups = k.dim(1);
    long perGroup = q.dim(1) / groups;
    long queries = q.dim(2);
    long keys = k.dim(2);
    Tensor grouped = q.reshape(q.dim(0), groups, perGroup * queries, q.dim(3));
    Tensor scores =
        grouped.matmul(k.transpose()).mul(scale).reshape(q.dim(0), q.dim(1), queries, keys);
    if (mask != null) {
      scores = scores.add(mask);
    }
    if (causal) {
      TensorFactory create = Tensor.on(q.backend(), q.dtype());
      Tensor key = create.arange(keys);
      Tensor query = Tensor.on(q.backend(), DType.F32).arange(queries).reshape(queries, 1);
      Tensor visible = key.to(DType.F32).le(query.add((double) (keys - queries)));
      scores = Tensor.where(visible, scores, create.full(Double.NEGATIVE_INFINITY));
    }
    Tensor weights = scores.softmax(-1).reshape(q.dim(0), groups, perGroup * queries, keys);
    return weights.matmul(v).reshape(q.dim(0), q.dim(1), queries, v.dim(3));
  }

  /** A rotation is undone by the opposite one. */
  static Tensor rope(Tensor cos, Tensor sin, RopeStyle style, Tensor g) {
    return g.rope(cos, sin.neg(), style);
  }

  /** What is left of g where rows were replaced: zeros there. */
  static Tensor outside(Tensor g, int axis, Indices indices) {
    long[] dims = g.shape().with(axis, indices.size()).dims();
    return g.scatter(axis, indices, Tensor.on(g.backend(), DType.F32).zeros(dims));
  }

  /** The gradient of rows that were written: zeros for those that a later one replaced. */
  static Tensor written(Tensor g, int axis, Indices indices) {
    Tensor rows = g.indexSelect(axis, indices);
    float[] last = new float[indices.size()];
    Set<Integer> replaced = new HashSet<>();
    for (int i = last.length - 1; i >= 0; i--) {
      last[i] = replaced.add(indices.get(i)) ? 1 : 0;
    }
    if (replaced.size() == last.length) {
      return rows;
    }
    long[] dims = new long[g.rank()];
    Arrays.fill(dims, 1);
    dims[axis] = last.length;
    return rows.mul(Tensor.on(g.backend(), DType.F32).of(last, dims));
  }

  /** Where x lies inside the bounds. */
  static Tensor clamp(Tensor x, double low, double high, Tensor g) {
    return g.mul(x.ge(low)).mul(x.le(high));
  }

  static @Nullable Tensor[] where(Tensor condition, Tensor g) {
    Tensor yes = condition.ne(0);
    return new @Nullable Tensor[] {null, g.mul(yes), g.mul(Tensor.binary(BinaryOp.SUB, 1, yes))};
  }
}
