package org.tensorlogic.lang.value;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;

/** The names of element types. */
public final class DTypes {
  private DTypes() {}

  /** The element type of this name, or null; double precision is kept as float32. */
  public static @Nullable DType named(String name) {
    return switch (name) {
      case "float16", "f16", "half" -> DType.F16;
      case "float32", "f32", "float64", "f64", "float", "double" -> DType.F32;
      default -> null;
    };
  }
}
