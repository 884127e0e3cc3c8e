package org.tensorlogic.lang.builtin;

import org.tensorlogic.Attention;
import org.tensorlogic.DType;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.RotaryEmbedding;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.CacheValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.4: rotary embedding, masks, attention over a cache. */
final class AttentionFunctions {
  private static final double ROPE_BASE = 10000;
  private static final int DEFAULT_HEADS = 32;

  private AttentionFunctions() {}

  static void define(Registry registry) {
    registry.add("rope(x, offset|cos?, sin?)", AttentionFunctions::rope);
    registry.add("precompute_rope_cos(head_dim, n, base?)", a -> table(a, true));
    registry.add("precompute_rope_sin(head_dim, n, base?)", a -> table(a, false));
    registry.add(
        "causal_mask(n)",
        a -> TensorValue.of(a.execution().factory(a.typeOr(DType.F16)).causalMask(a.integer(0))));
    registry.add(
        "padding_mask(lengths, n)",
        a ->
            TensorValue.of(
                a.execution()
                    .factory(a.typeOr(DType.F16))
                    .paddingMask(a.indices(0), a.integer(1))));
    registry.add("combine_masks(a, b)", a -> a.result(a.tensor(0).mul(a.tensor(1))));
    registry.add("apply_attention_mask(scores, mask)", AttentionFunctions::mask);
    registry.alias("apply_mask", "apply_attention_mask");
    registry.add(
        "attention_with_cache(Q, K, V, Wo, n_heads?, n_kv?)", AttentionFunctions::attention);
    registry.add("KVCache::new(n)", a -> cache(a, DType.F16));
    registry.add("KVCache::new_f16(n)", a -> cache(a, DType.F16));
    registry.add("KVCache::new_f32(n)", a -> cache(a, DType.F32));
    registry.addMethod("get_k(cache, layer)", a -> receiver(a).keys(a.intValue(1)));
    registry.addMethod("get_v(cache, layer)", a -> receiver(a).values(a.intValue(1)));
  }

  /** x [.., seq, heads, head_dim] rotated from a position on, or by given tables. */
  private static Datum rope(Arguments a) {
    Tensor x = a.tensor(0);
    if (x.rank() < 3) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function() + ": expected [.., seq, heads, head_dim], got " + x.shape());
    }
    if (a.has(2)) {
      try (Tensor cos = everySecond(a.tensor(1));
          Tensor sin = everySecond(a.tensor(2))) {
        return a.result(x.rope(cos, sin, RopeStyle.INTERLEAVED));
      }
    }
    return a.result(rotated(x, a.integer(1, 0)));
  }

  private static Tensor rotated(Tensor x, long offset) {
    int positions = Math.toIntExact(offset + x.dim(-3));
    int extent = Math.toIntExact(x.dim(-1));
    try (RotaryEmbedding tables =
        RotaryEmbedding.of(x.backend(), extent, positions, ROPE_BASE, RopeStyle.INTERLEAVED)) {
      return tables.rotate(x, offset);
    }
  }

  /** [n, head_dim] with each value twice to [n, head_dim / 2]. */
  private static Tensor everySecond(Tensor table) {
    try (Tensor pairs = table.reshape(table.dim(0), table.dim(-1) / 2, 2)) {
      return pairs.select(2, 0);
    }
  }

  private static Datum table(Arguments a, boolean cosine) {
    int extent = a.intValue(0);
    int positions = a.intValue(1);
    try (RotaryEmbedding tables =
            RotaryEmbedding.of(
                a.execution().backend(),
                extent,
                positions,
                a.number(2, ROPE_BASE),
                RopeStyle.INTERLEAVED);
        Tensor once = (cosine ? tables.cos() : tables.sin()).unsqueeze(2);
        Tensor twice = once.broadcastTo(positions, extent / 2, 2)) {
      return TensorValue.of(twice.reshape(positions, extent));
    }
  }

  /** Where the mask is 0 the score becomes -inf. */
  private static Datum mask(Arguments a) {
    Tensor scores = a.tensor(0);
    try (Tensor hidden =
        Tensor.on(scores.backend(), scores.dtype()).full(Double.NEGATIVE_INFINITY)) {
      return a.result(Tensor.where(a.tensor(1), scores, hidden));
    }
  }

  /** Q [seq, heads d], K and V [cache, n_kv d]: per-head attention, then @ Wo transposed. */
  private static Datum attention(Arguments a) {
    Tensor q = matrix(a, 0);
    Tensor k = matrix(a, 1);
    Tensor v = matrix(a, 2);
    long heads = a.integer(4, DEFAULT_HEADS);
    if (heads < 1 || q.dim(1) % heads != 0) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function() + ": " + heads + " heads do not divide Q " + q.shape());
    }
    long extent = q.dim(1) / heads;
    long groups = a.integer(5, k.dim(1) / extent);
    if (groups < 1 || k.dim(1) != groups * extent) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function() + ": expected K [cache, " + groups * extent + "], got " + k.shape());
    }
    long queries = q.dim(0);
    long keys = k.dim(0);
    Attention how = queries > 1 ? Attention.autoregressive() : Attention.full();
    try (Tensor separate = q.reshape(queries, heads, extent);
        Tensor turned = rotated(separate, Math.max(0, keys - queries));
        Tensor byHead = turned.permute(1, 0, 2);
        Tensor keysByGroup = byGroup(k, groups, extent);
        Tensor valuesByGroup = byGroup(v, groups, extent);
        Tensor mixed = byHead.attention(keysByGroup, valuesByGroup, how);
        Tensor byPosition = mixed.permute(1, 0, 2);
        Tensor joined = byPosition.reshape(queries, heads * extent)) {
      return TensorValue.of(joined.linear(a.tensor(3)));
    }
  }

  private static Tensor matrix(Arguments a, int index) {
    Tensor x = a.tensor(index);
    if (x.rank() != 2) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function() + ": expected a matrix [positions, features], got " + x.shape());
    }
    return x;
  }

  private static Tensor byGroup(Tensor x, long groups, long extent) {
    try (Tensor separate = x.reshape(x.dim(0), groups, extent)) {
      return separate.permute(1, 0, 2);
    }
  }

  private static Datum cache(Arguments a, DType dtype) {
    int layers = a.intValue(0);
    if (layers < 0) {
      throw a.invalid("the number of layers must be at least 0, got " + layers);
    }
    a.execution().requireBytes(a.function() + ": " + layers + " layers", CacheValue.bytes(layers));
    return new CacheValue(layers, dtype);
  }

  static CacheValue receiver(Arguments a) {
    if (!(a.get(0) instanceof CacheValue cache)) {
      throw a.wrong(0, "a KV cache");
    }
    return cache;
  }

  /** {@code cache.set(layer, k, v)} and {@code cache.append(layer, k, v)}. */
  static Datum store(Arguments a, boolean append) {
    CacheValue cache = receiver(a);
    int layer = a.intValue(1);
    if (append) {
      cache.append(layer, a.tensor(2), a.tensor(3));
    } else {
      cache.set(layer, a.tensor(2), a.tensor(3));
    }
    return VoidValue.VOID;
  }
}
