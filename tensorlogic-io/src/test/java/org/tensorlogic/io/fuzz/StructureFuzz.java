package org.tensorlogic.io.fuzz;

import java.util.ArrayList;
import java.util.List;

/** A target of the fuzzer: what to change in the parts of good files of every format. */
public final class StructureFuzz {
  private static final List<Structured> STRUCTURES = new ArrayList<>();
  private static final List<FuzzFile> FILES = new ArrayList<>();

  static {
    for (String kind : Structured.kinds()) {
      STRUCTURES.add(Structured.of(kind));
      FILES.add(FuzzFile.hooked(kind));
    }
  }

  private StructureFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    Choices choices = new Choices(bytes);
    int format = choices.below(STRUCTURES.size());
    FILES.get(format).open(STRUCTURES.get(format).edited(choices));
  }
}
