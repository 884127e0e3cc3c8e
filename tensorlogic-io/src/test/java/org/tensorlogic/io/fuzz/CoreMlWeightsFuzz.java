package org.tensorlogic.io.fuzz;

/** A target of the fuzzer: the weight file of a package. */
public final class CoreMlWeightsFuzz {
  private static final FuzzFile FILE = FuzzFile.hooked(".weights");

  private CoreMlWeightsFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    FILE.open(bytes);
  }
}
