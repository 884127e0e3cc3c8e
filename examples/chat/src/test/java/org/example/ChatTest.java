package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Models;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.Tensor;

/** On a model of random weights, made here: two layers, four heads in two groups, 260 tokens. */
class ChatTest {
  private static final int HIDDEN = 64;
  private static final int FEED_FORWARD = 96;
  private static final List<String> VOCABULARY = vocabulary();

  @TempDir private static Path folder;

  @Test
  void readingTokensOneByOneGivesWhatReadingThemTogetherGives() throws IOException {
    Path file = model();
    int[] tokens = {5, 200, 17, 17, 99, 3};
    try (Llama together = new Llama(file, 16);
        Llama single = new Llama(file, 16)) {
      Tensor expected = together.read(tokens);
      Tensor got = null;
      for (int token : tokens) {
        got = single.read(token);
      }
      assertTrue(got.isClose(expected, 0.01, 0.01), got + ", " + expected);
      assertEquals(VOCABULARY.size(), got.size());
      assertEquals(6, single.position());
    }
  }

  @Test
  void anAnswerDependsOnTheQuestionAndEndsWithTheContext() throws IOException {
    Path file = model();
    assertEquals(answer(file, "why?"), answer(file, "why?"));
    assertTrue(!answer(file, "why?").equals(answer(file, "what?")));
  }

  @Test
  void aTextSurvivesTheVocabulary() {
    Vocabulary vocabulary = new Vocabulary(metadata());
    String text = "Grüße an the  3 €-cats\n\t<|im_end|> 北京";
    int[] ids = vocabulary.encode(text);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(vocabulary.decode(id));
    }
    assertEquals(text, bytes.toString(StandardCharsets.UTF_8));
    assertTrue(IntStream.of(ids).noneMatch(id -> id == vocabulary.control("<|im_end|>")));
  }

  @Test
  void bytesAreJoinedInTheOrderOfTheVocabulary() {
    Vocabulary vocabulary = new Vocabulary(metadata());
    int[] ids = vocabulary.encode("the");
    assertArrayEquals(new int[] {VOCABULARY.indexOf("the")}, ids);
  }

  @Test
  void anotherArchitectureIsRefused() throws IOException {
    Path file = folder.resolve("other.gguf");
    Models.saveModel(
        Model.of(Map.of("w", Tensor.ones(1, 32)), ModelMetadata.of(Map.of("general.architecture", "bert"))),
        file);
    Exception e = assertThrows(IllegalArgumentException.class, () -> new Llama(file, 16));
    assertTrue(e.getMessage().endsWith("expected the architecture llama, got bert"), e.getMessage());
  }

  private static String answer(Path file, String question) throws IOException {
    try (Llama llama = new Llama(file, 160)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Chat.answer(llama, new Vocabulary(llama.metadata()), question, out::writeBytes);
      return out.toString(StandardCharsets.UTF_8);
    }
  }

  /** Control tokens, the 256 bytes as GPT-2 writes them, and two joins. */
  private static List<String> vocabulary() {
    List<String> tokens = new ArrayList<>(List.of("<|im_start|>", "<|im_end|>"));
    int hidden = 0x100;
    for (int c = 0; c < 0x100; c++) {
      boolean visible = c > ' ' && c < 0x7f || c > 0xa0 && c != 0xad;
      tokens.add(String.valueOf((char) (visible ? c : hidden++)));
    }
    tokens.addAll(List.of("th", "the"));
    return tokens;
  }

  private static ModelMetadata metadata() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("general.architecture", "llama");
    values.put("llama.block_count", 2L);
    values.put("llama.embedding_length", (long) HIDDEN);
    values.put("llama.attention.head_count", 4L);
    values.put("llama.attention.head_count_kv", 2L);
    values.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
    values.put("llama.rope.freq_base", 10000.0);
    values.put("tokenizer.ggml.model", "gpt2");
    values.put("tokenizer.ggml.tokens", VOCABULARY);
    values.put(
        "tokenizer.ggml.token_type",
        IntStream.range(0, VOCABULARY.size()).mapToObj(id -> id < 2 ? 3L : 1L).toList());
    return ModelMetadata.of(values);
  }

  private static Path model() throws IOException {
    Random random = new Random(1);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("token_embd.weight", matrix(random, VOCABULARY.size(), HIDDEN));
    tensors.put("output_norm.weight", Tensor.ones(HIDDEN));
    for (int i = 0; i < 2; i++) {
      String block = "blk." + i + ".";
      tensors.put(block + "attn_norm.weight", Tensor.ones(HIDDEN));
      tensors.put(block + "attn_q.weight", matrix(random, HIDDEN, HIDDEN));
      tensors.put(block + "attn_k.weight", matrix(random, HIDDEN / 2, HIDDEN));
      tensors.put(block + "attn_v.weight", matrix(random, HIDDEN / 2, HIDDEN));
      tensors.put(block + "attn_output.weight", matrix(random, HIDDEN, HIDDEN));
      tensors.put(block + "ffn_norm.weight", Tensor.ones(HIDDEN));
      tensors.put(block + "ffn_gate.weight", matrix(random, FEED_FORWARD, HIDDEN));
      tensors.put(block + "ffn_up.weight", matrix(random, FEED_FORWARD, HIDDEN));
      tensors.put(block + "ffn_down.weight", matrix(random, HIDDEN, FEED_FORWARD));
    }
    Path file = folder.resolve("random.gguf");
    Models.saveModel(
        Model.of(tensors, metadata()), file, SaveOptions.defaults().encoding(Encoding.Q8_0));
    return file;
  }

  private static Tensor matrix(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 8;
    }
    return Tensor.of(values, rows, columns);
  }
}
