package org.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Asks a small language model one question and prints its answer as it comes. */
public final class Chat {
  private static final int POSITIONS = 2048;

  private Chat() {}

  /** Usage: {@code Chat MODEL.gguf QUESTION...}. */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: Chat MODEL.gguf QUESTION...");
      System.exit(2);
    }
    String question = String.join(" ", Arrays.asList(args).subList(1, args.length));
    try (Llama llama = new Llama(Path.of(args[0]), POSITIONS)) {
      Vocabulary vocabulary = new Vocabulary(llama.metadata());
      long start = System.nanoTime();
      int tokens = answer(llama, vocabulary, question, System.out::writeBytes);
      System.out.printf("%n(%.0f tokens a second)%n", tokens * 1e9 / (System.nanoTime() - start));
    }
  }

  /** Gives the most likely answer out in pieces of UTF-8; returns the number of its tokens. */
  static int answer(Llama llama, Vocabulary vocabulary, String question, Consumer<byte[]> out) {
    int end = vocabulary.control("<|im_end|>");
    int count = 0;
    int next = llama.mostLikely(prompt(vocabulary, question));
    while (next != end && llama.position() < llama.capacity()) {
      out.accept(vocabulary.decode(next));
      count++;
      next = llama.mostLikely(next);
    }
    return count;
  }

  /** The form of a conversation (ChatML) that SmolLM2 was trained on. */
  private static int[] prompt(Vocabulary vocabulary, String question) {
    int[] start = {vocabulary.control("<|im_start|>")};
    int[] end = {vocabulary.control("<|im_end|>")};
    return Stream.of(
            start,
            vocabulary.encode("system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"),
            end,
            vocabulary.encode("\n"),
            start,
            vocabulary.encode("user\n" + question),
            end,
            vocabulary.encode("\n"),
            start,
            vocabulary.encode("assistant\n"))
        .flatMapToInt(IntStream::of)
        .toArray();
  }
}
