package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the text of a compiled program. */
public final class CoreMlProgramFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".mil");

  private CoreMlProgramFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
