package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the bytes of a {@code .mlmodel} file. */
public final class CoreMlFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".mlmodel");

  private CoreMlFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
