package org.tensorlogic.io.coreml;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.tensorlogic.io.coreml.Specifications.bound;
import static org.tensorlogic.io.coreml.Specifications.constant;
import static org.tensorlogic.io.coreml.Specifications.floats;
import static org.tensorlogic.io.coreml.Specifications.integers;
import static org.tensorlogic.io.coreml.Specifications.operation;
import static org.tensorlogic.io.coreml.Specifications.reference;
import static org.tensorlogic.io.coreml.Specifications.tensorType;

import java.nio.file.Path;
import java.util.List;

/** Good files that show every part of the format, with all their weights in them. */
public final class CoreMlSeeds {
  private CoreMlSeeds() {}

  /** Specifications: a program with every compression, and a pipeline. */
  public static List<byte[]> specifications() {
    Proto halves = tensorType(MilDataType.FLOAT16, 2, 4);
    Proto mask = bytes(MilDataType.UINT1, new long[] {2, 4}, 0b01101001);
    Proto table = bytes(MilDataType.FLOAT16, new long[] {1, 1, 2, 1}, 0, 0x3C, 0, 0x40);
    Proto scale = bytes(MilDataType.FLOAT16, new long[] {1, 2}, 0, 0x3C, 0, 0x40);
    Proto program =
        Specifications.program(
            constant(
                "plain",
                tensorType(MilDataType.FLOAT32, 2),
                floats(tensorType(MilDataType.FLOAT32, 2), 1, 2)),
            operation("constexpr_affine_dequantize", "affine", halves)
                .entry(
                    5,
                    "quantized_data",
                    bytes(MilDataType.UINT8, new long[] {2, 4}, 1, 2, 3, 4, 5, 6, 7, 8))
                .entry(5, "axis", integers(tensorType(MilDataType.INT32), 1))
                .entry(5, "scale", bytes(MilDataType.FLOAT16, new long[0], 0, 0x3C))
                .entry(5, "zero_point", bytes(MilDataType.UINT8, new long[] {4}, 1, 2, 3, 4)),
            operation("constexpr_blockwise_shift_scale", "blocks", halves)
                .entry(
                    2,
                    "data",
                    bound(bytes(MilDataType.INT4, new long[] {2, 4}, 0x21, 0x43, 0x65, 0x87)))
                .entry(2, "scale", bound(scale)),
            operation("constexpr_lut_to_dense", "palette", halves)
                .entry(2, "indices", bound(mask))
                .entry(2, "lut", bound(table)),
            operation("constexpr_lut_to_sparse", "mask", tensorType(MilDataType.UINT1, 2, 4))
                .message(
                    3,
                    Proto.message()
                        .text(1, "stored")
                        .message(2, tensorType(MilDataType.FLOAT16, 4)))
                .entry(2, "indices_mask", bound(mask))
                .entry(
                    2,
                    "indices_nonzero_data",
                    bound(bytes(MilDataType.UINT1, new long[] {4}, 0b0110)))
                .entry(2, "lut", bound(table)),
            operation("constexpr_sparse_to_dense", "sparse", halves)
                .entry(2, "nonzero_data", reference("stored"))
                .entry(2, "mask", reference("mask")),
            operation(
                    "constexpr_sparse_blockwise_shift_scale",
                    "mask2",
                    tensorType(MilDataType.UINT1, 2, 4))
                .message(
                    3,
                    Proto.message()
                        .text(1, "stored2")
                        .message(2, tensorType(MilDataType.FLOAT16, 4)))
                .entry(2, "data_mask", bound(mask))
                .entry(
                    2, "nonzero_data", bound(bytes(MilDataType.INT8, new long[] {4}, 1, 2, 3, 4)))
                .entry(2, "scale", bound(scale)),
            operation("constexpr_sparse_to_dense", "sparse2", halves)
                .entry(2, "nonzero_data", reference("stored2"))
                .entry(2, "mask", reference("mask2")),
            operation("constexpr_cast", "cast", tensorType(MilDataType.FLOAT32, 2))
                .entry(
                    5, "source_val", bytes(MilDataType.FLOAT16, new long[] {2}, 0, 0x3C, 0, 0x40))
                .entry(
                    5,
                    "output_dtype",
                    Specifications.immediate(
                        tensorType(MilDataType.STRING), 4, Proto.message().text(1, "fp32"))));
    Proto layer = Specifications.innerProduct("fc", Proto.message().packed(1, 1f, 2, 3, 4, 5, 6));
    Proto pipeline =
        Specifications.model(
            Specifications.PIPELINE,
            Proto.message()
                .message(1, Specifications.network(layer))
                .message(1, program)
                .text(2, "first"));
    return List.of(recognizable(program), recognizable(pipeline));
  }

  /** A description before the rest, as every writer puts it. */
  private static byte[] recognizable(Proto model) {
    Proto input = Proto.message().text(1, "x");
    return Proto.message()
        .number(1, 8)
        .message(2, Proto.message().message(1, input))
        .raw(model.toBytes())
        .toBytes();
  }

  private static Proto bytes(MilDataType dtype, long[] shape, int... values) {
    return Specifications.bytes(tensorType(dtype, shape), values);
  }

  /** A package with a weight file. */
  public static Path pack() {
    return FixturesTest.fixture("joint-ios18.mlpackage");
  }

  /** The weight file of a copy of that package. */
  public static Path weights(Path pack) {
    return pack.resolve("Data/com.apple.CoreML/weights/weight.bin");
  }

  /** Programs as text. */
  public static List<byte[]> programs() {
    return List.of(
        """
        program(1.3) [buildInfo = dict<string, string>({{"a", "b"}})] {
          func main<ios18>(tensor<fp32, [1, ?]> x) {
            tensor<fp16, [2, 2]> w = constexpr_lut_to_dense()[indices = tensor<uint8, [1]>([148]),
              lut = tensor<fp16, [4]>([1, 2, 0x1.8p+1, -inf]), shape = tensor<uint32, [2]>([2, 2])];
            tensor<fp16, [4]> s = constexpr_sparse_to_dense(nonzero_data = tensor<fp16, [2]>([7, 8]),
              mask = tensor<uint1, [4]>([0, 1, 0, 1]));
            string t = const()[name = string("t"), val = string("a\\"b")];
            tensor<fp16, [2]> y = cond(pred = p, d = dict<string, int32>({{"a", 1}}), v = (x, w))[name = string("c")]
              { tensor<fp32, [2]> a = const()[val = tensor<fp32, [2]>([4, 5])]; } -> (a)
              { list<fp16, 2> b = f(x = list<int32>(int32(1))); } -> (b);
          } -> (y);
        }
        """
            .getBytes(UTF_8));
  }
}
