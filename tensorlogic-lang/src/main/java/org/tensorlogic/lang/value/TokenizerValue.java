package org.tensorlogic.lang.value;

import org.tensorlogic.lang.Tokenizer;

/** A tokenizer of the host. */
public final class TokenizerValue extends OpaqueValue {
  private final Tokenizer tokenizer;

  public TokenizerValue(Tokenizer tokenizer) {
    super("tokenizer");
    this.tokenizer = tokenizer;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }
}
