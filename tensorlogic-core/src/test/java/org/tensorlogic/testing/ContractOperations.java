package org.tensorlogic.testing;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.RotaryEmbedding;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** From an operation's name in the contract's files to the call. */
final class ContractOperations {
  private ContractOperations() {}

  static List<Tensor> run(ContractCase c, List<Tensor> in) {
    return switch (c.operation) {
      case "reshape" -> one(in.get(0).reshape(c.longList("shape")));
      case "transpose" -> one(in.get(0).transpose(c.intList("axes")[0], c.intList("axes")[1]));
      case "permute" -> one(in.get(0).permute(c.intList("axes")));
      case "flatten" -> one(in.get(0).flatten(c.intList("axes")[0], c.intList("axes")[1]));
      case "squeeze" ->
          one(c.has("axis") ? in.get(0).squeeze(c.integer("axis")) : in.get(0).squeeze());
      case "unsqueeze" -> one(in.get(0).unsqueeze(c.integer("axis")));
      case "broadcastTo" -> one(in.get(0).broadcastTo(c.longList("shape")));
      case "slice" -> one(in.get(0).slice(c.slices("ranges")));
      case "select" -> one(in.get(0).select(c.integer("axis"), c.integer("index")));
      case "concat" -> one(Tensor.concat(c.integer("axis"), in.toArray(Tensor[]::new)));
      case "stack" -> one(Tensor.stack(c.integer("axis"), in.toArray(Tensor[]::new)));
      case "split" ->
          c.has("sizes")
              ? in.get(0).split(c.longList("sizes"), c.integer("axis"))
              : in.get(0).split(c.integer("size"), c.integer("axis"));
      case "chunk" -> in.get(0).chunk(c.integer("chunks"), c.integer("axis"));
      case "repeat" -> one(in.get(0).repeat(c.longList("times")));
      case "indexSelect" -> one(in.get(0).indexSelect(c.integer("axis"), ids(c)));
      case "gather" -> one(in.get(0).gather(c.integer("axis"), ids(c)));
      case "scatter" -> one(in.get(0).scatter(c.integer("axis"), ids(c), in.get(1)));
      case "scatterAdd" -> one(in.get(0).scatterAdd(c.integer("axis"), ids(c), in.get(1)));
      case "clamp" -> one(in.get(0).clamp(c.number("min"), c.number("max")));
      case "where" -> one(Tensor.where(in.get(0), in.get(1), in.get(2)));
      case "mul_add" -> one(in.get(0).mulAdd(in.get(1), in.get(2)));
      case "argmax" -> one(floats(in.get(0), in.get(0).argmax(c.integer("axis"))));
      case "argmin" -> one(floats(in.get(0), in.get(0).argmin(c.integer("axis"))));
      case "softmax" -> one(in.get(0).softmax(c.integer("axis")));
      case "logSoftmax" -> one(in.get(0).logSoftmax(c.integer("axis")));
      case "cumsum" -> one(in.get(0).cumsum(c.integer("axis")));
      case "matmul" -> one(in.get(0).matmul(in.get(1)));
      case "linear" -> one(in.get(0).linear(in.get(1), optional(in, 2)));
      case "einsum" -> one(Tensor.einsum(c.text("spec"), in.toArray(Tensor[]::new)));
      case "layerNorm" -> one(in.get(0).layerNorm(in.get(1), in.get(2), c.number("eps")));
      case "rmsNorm" -> one(in.get(0).rmsNorm(in.get(1), c.number("eps")));
      case "batchNorm" ->
          one(in.get(0).batchNorm(in.get(1), in.get(2), in.get(3), in.get(4), c.number("eps")));
      case "embedding" -> one(in.get(0).embedding(ids(c)));
      case "conv1d" -> one(in.get(0).conv1d(in.get(1), optional(in, 2), convolution1d(c)));
      case "conv2d" -> one(in.get(0).conv2d(in.get(1), optional(in, 2), convolution2d(c)));
      case "maxPool" -> one(in.get(0).maxPool(pooling(c)));
      case "avgPool" -> one(in.get(0).avgPool(pooling(c).countPadding(c.flag("countPadding"))));
      case "rope" -> one(rope(c, in.get(0)));
      case "attention" -> one(in.get(0).attention(in.get(1), in.get(2), attention(c, in)));
      default -> one(general(c, in));
    };
  }

  /** The operations that an enum names. */
  private static Tensor general(ContractCase c, List<Tensor> in) {
    String name = c.operation.toUpperCase(Locale.ROOT);
    if (c.has("axes")) {
      return in.get(0)
          .reduce(reduction(c), in.get(0).dtype(), c.flag("keepDims"), c.intList("axes"));
    }
    if (name.endsWith("_RIGHT")) {
      return in.get(0).binary(BinaryOp.valueOf(name.replace("_RIGHT", "")), c.number("number"));
    }
    if (name.endsWith("_LEFT")) {
      BinaryOp op = BinaryOp.valueOf(name.replace("_LEFT", ""));
      return Tensor.binary(op, c.number("number"), in.get(0));
    }
    return in.size() == 2
        ? in.get(0).binary(BinaryOp.valueOf(name), in.get(1))
        : in.get(0).unary(UnaryOp.valueOf(name));
  }

  private static ReduceOp reduction(ContractCase c) {
    if (c.operation.equals("variance")) {
      return c.integer("correction") == 0 ? ReduceOp.VARIANCE : ReduceOp.SAMPLE_VARIANCE;
    }
    return ReduceOp.valueOf(c.operation.toUpperCase(Locale.ROOT));
  }

  private static List<Tensor> one(Tensor result) {
    return List.of(result);
  }

  private static Indices ids(ContractCase c) {
    return Objects.requireNonNull(c.indices);
  }

  private static @Nullable Tensor optional(List<Tensor> in, int index) {
    return index < in.size() ? in.get(index) : null;
  }

  private static Tensor floats(Tensor like, Indices indices) {
    int[] values = indices.toArray();
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = values[i];
    }
    return Tensor.on(like.backend(), DType.F32).of(floats, indices.shape().dims());
  }

  private static Convolution convolution1d(ContractCase c) {
    return Convolution.plain()
        .stride(c.integer("stride"))
        .padding(c.integer("padding"))
        .dilation(c.integer("dilation"))
        .groups(c.integer("groups"));
  }

  private static Convolution convolution2d(ContractCase c) {
    int[] stride = c.intList("stride");
    int[] padding = c.intList("padding");
    int[] dilation = c.intList("dilation");
    return Convolution.plain()
        .stride(stride[0], stride[1])
        .padding(padding[0], padding[1])
        .dilation(dilation[0], dilation[1])
        .groups(c.integer("groups"));
  }

  private static Pooling pooling(ContractCase c) {
    int[] kernel = c.intList("kernel");
    int[] stride = c.intList("stride");
    int[] padding = c.intList("padding");
    return Pooling.window(kernel[0], kernel[1])
        .stride(stride[0], stride[1])
        .padding(padding[0], padding[1]);
  }

  private static Attention attention(ContractCase c, List<Tensor> in) {
    Attention how = c.flag("causal") ? Attention.autoregressive() : Attention.full();
    if (c.has("scale")) {
      how = how.scale((float) c.number("scale"));
    }
    return in.size() > 3 ? how.mask(in.get(3)) : how;
  }

  private static Tensor rope(ContractCase c, Tensor x) {
    RopeStyle style = c.flag("interleaved") ? RopeStyle.INTERLEAVED : RopeStyle.HALF_SPLIT;
    int offset = c.integer("offset");
    int positions = offset + Math.toIntExact(x.dim(-3));
    try (RotaryEmbedding rotary =
        RotaryEmbedding.of(x.backend(), c.integer("rotated"), positions, c.number("base"), style)) {
      return rotary.rotate(x, offset);
    }
  }
}
