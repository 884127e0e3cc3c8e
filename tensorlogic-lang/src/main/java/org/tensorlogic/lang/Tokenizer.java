package org.tensorlogic.lang;

import java.io.IOException;
import java.nio.file.Path;

/** Text to token ids and back; the host brings one for {@code load_tokenizer}. */
public interface Tokenizer {
  /**
   * The ids of a text.
   *
   * @param special whether to add the model's special tokens
   */
  int[] encode(String text, boolean special);

  /**
   * The text of ids.
   *
   * @param skipSpecial whether to leave special tokens out
   */
  String decode(int[] ids, boolean skipSpecial);

  /** Opens tokenizers. */
  @FunctionalInterface
  interface Loader {
    Tokenizer load(Path path) throws IOException;
  }
}
