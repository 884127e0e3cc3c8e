package org.tensorlogic.io.safetensors;

import static org.tensorlogic.io.safetensors.SafeTensorsFile.ONE;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.entry;

import java.util.List;

/** Good files that show every part of the format. */
public final class SafeTensorsSeeds {
  private SafeTensorsSeeds() {}

  /** The files. */
  public static List<byte[]> all() {
    StringBuilder json =
        new StringBuilder("{\"__metadata__\":{\"format\":\"pt\",\"\\u00e9\":\"\\n\"}");
    int at = 0;
    for (SafeTensorsType type : SafeTensorsType.values()) {
      String entry = entry(type.name(), "[2,4]", at, at + type.bits());
      json.append(",\"").append(type).append("\":").append(entry);
      at += type.bits();
    }
    return List.of(
        SafeTensorsFile.header("{}      ").bytes(),
        SafeTensorsFile.of(ONE).data(4).bytes(),
        SafeTensorsFile.of("F32", "[]", 0, 4).data(4).bytes(),
        SafeTensorsFile.header(json + "}").data(at).bytes());
  }
}
