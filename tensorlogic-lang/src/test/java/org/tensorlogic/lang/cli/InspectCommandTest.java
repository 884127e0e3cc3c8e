package org.tensorlogic.lang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorlogic.DType;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Tensor;

class InspectCommandTest {
  private static final Path PATH = Path.of("model.any");

  private static Model model() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("layer.weight", Tensor.zeros(40, 50));
    tensors.put("b", Tensor.as(DType.F32).zeros(3));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", "a \"model\"\u001b[31m");
    metadata.put("vocabulary", IntStream.range(0, 1500).boxed().toList());
    return Model.of(tensors, ModelMetadata.of(metadata));
  }

  private static String table() {
    StringWriter out = new StringWriter();
    InspectCommand.print(PATH, model(), new PrintWriter(out, true));
    return out.toString();
  }

  @Test
  void theTableAlignsNamesTypesShapesAndBytes() {
    assertThat(table())
        .isEqualToNormalizingNewlines(
            """
            model.any: memory

            metadata
              name        a "model"\\u001b[31m
              vocabulary  [0, 1, 2, 3, 4, 5, ...] (1,500 values)

              tensor        type  shape     bytes
              layer.weight  F16   [40, 50]  4,000
              b             F32   [3]          12

            2 tensors, 2,003 elements, 4,012 bytes (4.0 kB)
            """);
  }

  @Test
  void aFileCannotSendControlSequencesToTheTerminal() {
    assertThat(table()).doesNotContain("\u001b");
  }

  @Test
  void namesCannotBreakLinesOrTurnTheDirectionOfWriting() {
    assertThat(Text.visible("a\nb\rc\td\u0000\u009b\u202e\u2028é😀"))
        .isEqualTo("a\\nb\\rc\\td\\u0000\\u009b\\u202e\\u2028é😀");
  }

  @Test
  void jsonHoldsEverything() {
    assertThat(Json.write(InspectCommand.describe(PATH, model())))
        .startsWith(
            """
            {
              "file": "model.any",
              "format": "memory",
              "metadata": {
                "name": "a \\"model\\"\\u001b[31m",
                "vocabulary": [0, 1, 2,""")
        .endsWith(
            """
              "tensors": [
                {
                  "name": "layer.weight",
                  "type": "F16",
                  "shape": [40, 50],
                  "bytes": 4000,
                  "readable": true
                },
                {
                  "name": "b",
                  "type": "F32",
                  "shape": [3],
                  "bytes": 12,
                  "readable": true
                }
              ],
              "elements": 2003,
              "bytes": 4012
            }""");
  }

  @Test
  void jsonEscapesWhatItMust() {
    assertThat(Json.write(List.of("\\ \n\t\u0000\ud800", 1.5, Double.NaN, true, Map.of())))
        .isEqualTo("[\"\\\\ \\n\\t\\u0000\\ud800\", 1.5, \"NaN\", true,\n  {}\n]");
  }

  @Test
  void sizesAreShortAndExactToAThousandth() {
    assertThat(Text.size(BigInteger.valueOf(0))).isEqualTo("0 B");
    assertThat(Text.size(BigInteger.valueOf(999))).isEqualTo("999 B");
    assertThat(Text.size(BigInteger.valueOf(999_999))).isEqualTo("1.0 MB");
    assertThat(Text.size(BigInteger.valueOf(4_368_439_296L))).isEqualTo("4.4 GB");
    assertThat(Text.size(BigInteger.valueOf(Long.MAX_VALUE))).isEqualTo("9.2 EB");
  }
}
