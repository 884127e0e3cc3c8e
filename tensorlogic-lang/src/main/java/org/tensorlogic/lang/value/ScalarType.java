package org.tensorlogic.lang.value;

import org.jspecify.annotations.Nullable;

/** The types of single values that have names in the language. */
public enum ScalarType {
  INT,
  FLOAT,
  BOOL,
  STRING,
  /** A symbol of logic, of any entity type. */
  SYMBOL;

  /** The type of this name, or null: a tensor, a struct, an entity type. */
  public static @Nullable ScalarType named(String name) {
    return switch (name) {
      case "int", "int8", "int16", "int32", "int64", "i8", "i16", "i32", "i64" -> INT;
      case "bool" -> BOOL;
      case "string", "String", "str" -> STRING;
      case "entity", "concept" -> SYMBOL;
      default -> DTypes.named(name) == null ? null : FLOAT;
    };
  }
}
