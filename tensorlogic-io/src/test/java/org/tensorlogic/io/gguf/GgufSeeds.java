package org.tensorlogic.io.gguf;

import java.util.List;

/** Good files that show every part of the format. */
public final class GgufSeeds {
  private GgufSeeds() {}

  /** The files. */
  public static List<byte[]> all() {
    return List.of(
        GgufFile.v3().bytes(),
        full(GgufFile.v3()).bytes(),
        full(GgufFile.version(1)).bytes(),
        full(GgufFile.bigEndian()).bytes(),
        everyTensorType(GgufFile.v3()).bytes(),
        everyTensorType(GgufFile.bigEndian()).bytes());
  }

  private static GgufFile full(GgufFile file) {
    for (GgufValueType type : GgufValueType.values()) {
      if (type != GgufValueType.ARRAY && type != GgufValueType.STRING) {
        file.pair("scalar." + type, type, new byte[type.bytes()]);
        file.array("array." + type, type, 2, new byte[2 * type.bytes()]);
      }
    }
    return file.text("general.architecture", "llama")
        .u32("general.alignment", 32)
        .array("tokens", GgufValueType.STRING, 2, file.string("<s>"), file.string("ü"))
        .tensor("blk.0.weight", GgmlType.F16, new byte[12], 3, 2)
        .tensor("norm", GgmlType.F32, new byte[12], 3);
  }

  private static GgufFile everyTensorType(GgufFile file) {
    for (GgmlType type : GgmlType.values()) {
      file.tensor(type.name(), type, new byte[type.blockBytes()], type.blockSize(), 1);
    }
    return file;
  }
}
