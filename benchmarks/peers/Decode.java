package org.example;

import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import org.tensorlogic.Backends;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.backend.Precision;

/** Tokens a second of the decoder in examples/chat: reading a prompt, and answering it token by token. */
final class Decode {
  private Decode() {}

  /** Usage: {@code Decode MODEL.gguf EXACT|FAST PROMPT-TOKENS TOKENS ROUNDS}; prints both rates of every round. */
  public static void main(String[] args) throws Exception {
    LoadOptions options =
        LoadOptions.defaults().backend(Backends.best().withPrecision(Precision.valueOf(args[1])));
    int[] prompt = IntStream.range(0, Integer.parseInt(args[2])).map(i -> 100 + i * 7919 % 40000).toArray();
    int tokens = Integer.parseInt(args[3]);
    for (int round = Integer.parseInt(args[4]); round > 0; round--) {
      try (Llama llama = new Llama(Path.of(args[0]), prompt.length + tokens, options)) {
        long begin = System.nanoTime();
        int next = llama.mostLikely(prompt);
        long middle = System.nanoTime();
        for (int i = 0; i < tokens; i++) {
          next = llama.mostLikely(next);
        }
        System.out.printf(
            Locale.ROOT,
            "%.1f %.1f%n",
            prompt.length * 1e9 / (middle - begin),
            tokens * 1e9 / (System.nanoTime() - middle));
      }
    }
  }
}
