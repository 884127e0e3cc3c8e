package org.tensorlogic;

import org.jspecify.annotations.Nullable;

/**
 * How attention scores are formed: softmax(scale q k^T + mask) v.
 *
 * @param causal query i of n sees keys up to i + (keys - n): itself and everything before
 * @param scale factor of the scores, or 0 for 1 / sqrt(head extent)
 * @param mask added to the scores, broadcast to [..., heads, queries, keys]; -inf hides a key
 */
public record Attention(boolean causal, float scale, @Nullable Tensor mask) {
  private static final Attention FULL = new Attention(false, 0, null);
  private static final Attention CAUSAL = new Attention(true, 0, null);

  /** Every query sees every key. */
  public static Attention full() {
    return FULL;
  }

  /** Each query sees the keys up to its own position. */
  public static Attention autoregressive() {
    return CAUSAL;
  }

  /** With another factor of the scores. */
  public Attention scale(float factor) {
    return new Attention(causal, factor, mask);
  }

  /** With a mask that is added to the scores. */
  public Attention mask(Tensor added) {
    return new Attention(causal, scale, added);
  }
}
