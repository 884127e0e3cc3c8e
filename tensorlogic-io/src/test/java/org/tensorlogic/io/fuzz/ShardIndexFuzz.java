package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the bytes of a {@code .safetensors.index.json} file. */
public final class ShardIndexFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".safetensors.index.json");

  private ShardIndexFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
