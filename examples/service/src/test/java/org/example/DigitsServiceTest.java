package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Model;
import org.tensorlogic.Models;

class DigitsServiceTest {
  private static final String FOLDER = System.getProperty("digits", "../digits");

  @Test
  void readsTheDigitsAsPyTorchDoes() throws Exception {
    String json = Files.readString(Path.of(FOLDER, "expected.json"));
    Matcher halves =
        Pattern.compile("\"float16\": \\{[^}]*\"predictions\": \"(\\d+)\"").matcher(json);
    halves.find();
    try (Model test = Models.loadModel(FOLDER + "/test.safetensors")) {
      int[] digits =
          DigitsService.classify(FOLDER + "/model.safetensors", test.getTensor("images"));
      assertEquals(
          halves.group(1),
          Arrays.stream(digits).mapToObj(Integer::toString).collect(Collectors.joining()));
    }
  }
}
