package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

/** The handwritten digits of {@code examples/digits}: PyTorch's answers stand beside ours. */
class DigitsExampleTest {
  private static final Path FOLDER = Path.of("..", "examples", "digits");

  /** What PyTorch found with a model: how often it was right, and the digit on each image. */
  private record Expected(double accuracy, String predictions) {
    static Expected of(String model) throws IOException {
      Matcher matcher =
          Pattern.compile(
                  "\"%s\": \\{\\s*\"accuracy\": ([\\d.]+),\\s*\"predictions\": \"(\\d+)\""
                      .formatted(model))
              .matcher(Files.readString(FOLDER.resolve("expected.json")));
      assertThat(matcher.find()).isTrue();
      return new Expected(Double.parseDouble(matcher.group(1)), matcher.group(2));
    }
  }

  private static String classify(Model model, Tensor images) {
    Tensor hidden =
        images
            .matmul(model.getTensor("layer.0.weight"))
            .add(model.getTensor("layer.0.bias"))
            .relu();
    return digits(hidden, model.getTensor("layer.1.weight"), model.getTensor("layer.1.bias"));
  }

  private static String digits(Tensor hidden, Tensor weight, Tensor bias) {
    StringBuilder digits = new StringBuilder();
    for (int digit : hidden.linear(weight, bias).argmax(1).toArray()) {
      digits.append(digit);
    }
    return digits.toString();
  }

  private static long differences(String a, String b) {
    assertThat(a).hasSameSizeAs(b);
    long count = 0;
    for (int i = 0; i < a.length(); i++) {
      count += a.charAt(i) != b.charAt(i) ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @CsvSource({
    "model.safetensors, float16, 0",
    "model-f16.gguf, f16, 0",
    "model-q8_0.gguf, q8_0, 1",
    "model-q4_0.gguf, q4_0, 1"
  })
  void everyModelFileReadsTheDigitsAsPyTorchDoes(String file, String name, long mayDiffer)
      throws IOException {
    Expected expected = Expected.of(name);
    try (Model test = Models.loadModel(FOLDER.resolve("test.safetensors"));
        Model model = Models.loadModel(FOLDER.resolve(file))) {
      String digits = classify(model, test.getTensor("images"));
      assertThat(differences(digits, expected.predictions)).isLessThanOrEqualTo(mayDiffer);
      float[] labels = test.getTensor("labels").toFloatArray();
      long right = 0;
      for (int i = 0; i < labels.length; i++) {
        right += digits.charAt(i) - '0' == (int) labels[i] ? 1 : 0;
      }
      assertThat((double) right / labels.length)
          .isCloseTo(expected.accuracy, within(mayDiffer / 360.0 + 1e-6));
    }
  }

  @Test
  void theCoreMlPackageReadsTheDigitsAsPyTorchDoes() throws IOException {
    try (Model test = Models.loadModel(FOLDER.resolve("test.safetensors"));
        Model model = Models.loadModel(FOLDER.resolve("model.mlpackage"))) {
      // coremltools names and transposes the weights as its own linear operation wants them
      Tensor hidden =
          test.getTensor("images")
              .linear(
                  model.getTensor("var_10_weight_0_to_fp16"),
                  model.getTensor("var_10_bias_0_to_fp16"))
              .relu();
      String digits =
          digits(
              hidden,
              model.getTensor("layer_1_weight_to_fp16"),
              model.getTensor("layer_1_bias_to_fp16"));
      assertThat(differences(digits, Expected.of("float16").predictions)).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void theQuantizedModelsDifferFromTheHalvesByAFewDigits() throws IOException {
    String halves = Expected.of("float16").predictions;
    assertThat(differences(halves, Expected.of("q8_0").predictions)).isLessThanOrEqualTo(2);
    assertThat(differences(halves, Expected.of("q4_0").predictions)).isLessThanOrEqualTo(10);
  }

  @Test
  void eightThreadsOnOneModelAgreeWithOne() throws Exception {
    String expected = Expected.of("float16").predictions;
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Model test = Models.loadModel(FOLDER.resolve("test.safetensors"));
        Model model = Models.loadModel(FOLDER.resolve("model.safetensors"))) {
      Tensor images = test.getTensor("images");
      List<Callable<String>> calls = Collections.nCopies(40, () -> classify(model, images));
      for (Future<String> digits : threads.invokeAll(calls)) {
        assertThat(digits.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
