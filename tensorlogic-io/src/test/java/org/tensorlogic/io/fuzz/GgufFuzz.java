package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the bytes of a {@code .gguf} file. */
public final class GgufFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".gguf");

  private GgufFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
