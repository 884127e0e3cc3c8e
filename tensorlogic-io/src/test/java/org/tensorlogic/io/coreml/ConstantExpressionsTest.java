package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;

/** The rules of compressed weights, written as text; what good ones give: FixturesTest. */
class ConstantExpressionsTest {
  private static final String DATA = "tensor<int8, [2, 4]>([[1, 2, 3, 4], [5, 6, 7, 8]])";

  @TempDir Path directory;

  private Model open(String type, String call) throws IOException {
    String program = "program(1.3) { func main<ios18>() { " + type + " = " + call + "; } -> (); }";
    Files.writeString(directory.resolve("model.mil"), program);
    return Specifications.open(directory);
  }

  private float[] values(String type, String call) throws IOException {
    try (Model model = open(type + " w", call)) {
      return model.getTensor("w").toFloatArray();
    }
  }

  @Test
  void takesParametersAsAttributesOrInputs() throws IOException {
    String parameters =
        "quantized_data = " + DATA + ", axis = int32(1), scale = fp32(2), zero_point = int8(1)";
    String type = "tensor<fp32, [2, 4]>";
    float[] expected = {0, 2, 4, 6, 8, 10, 12, 14};
    assertThat(values(type, "constexpr_affine_dequantize()[" + parameters + "]"))
        .containsExactly(expected);
    assertThat(values(type, "constexpr_affine_dequantize(" + parameters + ")"))
        .containsExactly(expected);
  }

  @Test
  void countsAxesFromTheEnd() throws IOException {
    assertThat(
            values(
                "tensor<fp32, [2, 4]>",
                "constexpr_affine_dequantize(quantized_data = "
                    + DATA
                    + ", axis = int32(-1), scale = tensor<fp32, [4]>([1, 2, 3, 4]),"
                    + " zero_point = tensor<int8, [4]>([0, 0, 0, 4]))"))
        .containsExactly(1, 4, 9, 0, 5, 12, 21, 16);
  }

  @Test
  void roundsOnceToTheTypeOfTheScale() throws IOException {
    float[] values =
        values(
            "tensor<fp16, [2, 4]>",
            "constexpr_blockwise_shift_scale(data = "
                + DATA
                + ", scale = tensor<fp16, [1, 2]>([0x1.554p-2, 1]))");
    assertThat(values).containsExactly(0x1.554p-2f, 0x1.554p-1f, 3, 4, 0x1.aa8p+0f, 2, 7, 8);
  }

  @Test
  void castsHalves() throws IOException {
    assertThat(
            values(
                "tensor<fp32, [2]>",
                "constexpr_cast(source_val = tensor<fp16, [2]>([1, 2]), output_dtype = string(\"fp32\"))"))
        .containsExactly(1, 2);
  }

  @Test
  void decompressesEmptyTensors() throws IOException {
    assertThat(
            values(
                "tensor<fp16, [0, 4]>",
                "constexpr_blockwise_shift_scale(data = tensor<int8, [0, 4]>([]), scale = tensor<fp16, [0, 2]>([]))"))
        .isEmpty();
    assertThat(
            values(
                "tensor<fp16, [0]>",
                "constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [0]>([]), mask = tensor<uint1, [0]>([]))"))
        .isEmpty();
  }

  @Test
  void rejectsMasksWithOtherThanAsManyOnesAsElements() throws IOException {
    String call =
        "constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [2]>([1, 2]), mask = tensor<uint1, [4]>([1, 1, 1, 0]))";
    try (Model model = open("tensor<fp16, [4]> w", call)) {
      assertThatThrownBy(() -> model.getTensor("w"))
          .isInstanceOf(UncheckedIOException.class)
          .hasCauseInstanceOf(MalformedModelException.class)
          .hasMessageContaining("mask must have 2 ones, as many as stored elements, has 3");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tensor<fp32, [2]>|constexpr_affine_dequantize()|there is no quantized_data",
        "tensor<fp32, [2]>|constexpr_affine_dequantize(quantized_data = q)|must be a tensor of numbers that is known",
        "tensor<fp32, [2]>|constexpr_affine_dequantize(quantized_data = string(\"q\"))|must be a tensor of numbers",
        "tensor<fp32, [2]>|constexpr_affine_dequantize(quantized_data = tensor<int8, [2]>([1, 2]), axis = int32(1),"
            + " scale = fp32(1), zero_point = int8(0))|axis 1 is outside the rank 1",
        "tensor<fp32, [2]>|constexpr_affine_dequantize(quantized_data = tensor<int8, [2]>([1, 2]), axis = int32(0),"
            + " scale = int32(1), zero_point = int8(0))|scale must be of a floating-point type, is int32",
        "tensor<fp32, [2]>|constexpr_affine_dequantize(quantized_data = tensor<int8, [2]>([1, 2]), axis = int32(0),"
            + " scale = tensor<fp32, [3]>([1, 2, 3]), zero_point = int8(0))|must have the extent of axis 0",
        "tensor<fp32, [3]>|constexpr_affine_dequantize(quantized_data = tensor<int8, [2]>([1, 2]), axis = int32(0),"
            + " scale = fp32(1), zero_point = int8(0))|gives tensor<fp32, [2]>, is declared as tensor<fp32, [3]>",
        "tensor<fp16, [4]>|constexpr_blockwise_shift_scale(data = tensor<int8, [4]>([1, 2, 3, 4]),"
            + " scale = tensor<fp16, [3]>([1, 2, 3]))|scale of shape [3] does not divide the data's [4]",
        "tensor<fp16, [4]>|constexpr_blockwise_shift_scale(data = tensor<int8, [4]>([1, 2, 3, 4]),"
            + " scale = tensor<fp16, [1, 1]>([1]))|scale of shape [1, 1] does not divide",
        "tensor<fp16, [4]>|constexpr_blockwise_shift_scale(data = tensor<int8, [4]>([1, 2, 3, 4]),"
            + " scale = tensor<fp16, [0]>([]))|scale of shape [0] does not divide",
        "tensor<fp16, [4]>|constexpr_blockwise_shift_scale(data = tensor<int8, [4]>([1, 2, 3, 4]), scale ="
            + " tensor<fp16, [2]>([1, 2]), offset = tensor<int8, [1]>([1]))|offset must have the shape of scale, [2]",
        "tensor<fp16, [4]>|constexpr_lut_to_dense(indices = tensor<uint8, [1]>([1]), lut = tensor<fp16, [3]>([1, 2, 3]),"
            + " shape = tensor<uint32, [1]>([4]))|lut must have 2, 4, 16, 64 or 256 elements, has 3",
        "tensor<fp16, [4]>|constexpr_lut_to_dense(indices = tensor<uint8, [2]>([1, 2]), lut = tensor<fp16, [4]>([1, 2,"
            + " 3, 4]), shape = tensor<uint32, [1]>([4]))|indices must be 1 bytes for shape [4]",
        "tensor<fp16, [4]>|constexpr_lut_to_dense(indices = tensor<uint8, [1]>([1]), lut = tensor<fp16, [2]>([1, 2]),"
            + " shape = tensor<uint64, [3]>([9223372036854775807, 9223372036854775807, 2]))|or beyond any file",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<uint1, [2]>([1, 0]), lut = tensor<fp16, [2]>([1,"
            + " 2]))|lut must have two axes more than indices [2], has [2]",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<uint2, [2]>([1, 0]), lut = tensor<fp16, [1, 2, 1]>"
            + "([1, 2]))|a table must have 2^bits entries for uint2, has 2",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<int8, [2]>([1, 0]), lut = tensor<fp16, [1, 2, 1]>"
            + "([1, 2]))|a table must have 2^bits entries for int8",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<uint1, [2]>([1, 0]), lut = tensor<fp16, [1, 2, 2]>"
            + "([1, 2, 3, 4]))|there is no vector_axis",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<uint1, [2]>([1, 0]), lut = tensor<fp16, [1, 2, 2]>"
            + "([1, 2, 3, 4]), vector_axis = int32(1))|vector_axis 1 is outside the rank 1",
        "tensor<fp16, [2]>|constexpr_lut_to_dense(indices = tensor<uint1, [2]>([1, 0]), lut = tensor<fp16, [1, 2, 0]>"
            + "([]), vector_axis = int32(0))|a vector must have 1 to 65536 elements, has 0",
        "tensor<fp16, [2]>|constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [1]>([1]), mask = tensor<int8, [2]>"
            + "([1, 0]))|mask must be of type uint1",
        "tensor<fp16, [2]>|constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [3]>([1, 2, 3]), mask = tensor<uint1,"
            + " [2]>([1, 0]))|must be a vector of at most 2, are of shape [3]",
        "tensor<fp16, [2]>|constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [1, 1]>([1]), mask = tensor<uint1,"
            + " [2]>([1, 0]))|must be a vector of at most 2, are of shape [1, 1]",
        "tensor<uint1, [2]>|constexpr_lut_to_sparse(indices_mask = tensor<uint1, [2]>([1, 0]), indices_nonzero_data ="
            + " tensor<uint1, [1]>([1]), lut = tensor<fp16, [1, 2, 1]>([1, 2]))|must have 2 outputs, has 1",
        "tensor<fp32, [2]>|constexpr_cast(source_val = tensor<fp32, [2]>([1, 2]), output_dtype ="
            + " string(\"fp32\"))|only fp16 is cast, to fp32",
      })
  void rejectsWhatDoesNotFit(String type, String call, String reason) {
    assertThatThrownBy(() -> open(type + " w", call).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }
}
