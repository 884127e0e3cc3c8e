package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the bytes of a {@code .safetensors} file. */
public final class SafeTensorsFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".safetensors");

  private SafeTensorsFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
