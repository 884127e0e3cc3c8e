package org.tensorlogic.lang.runtime;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.StructType;

/** A struct's type, the checks of its fields, and its functions. */
public final class StructCode {
  private final StructType type;
  private final int typeParameters;
  private final List<TypeCheck> checks;
  private final Map<String, FunctionCode> functions = new HashMap<>();
  private @Nullable FunctionCode drop;

  StructCode(StructType type, int typeParameters, List<TypeCheck> checks) {
    this.type = type;
    this.typeParameters = typeParameters;
    this.checks = checks;
  }

  public StructType type() {
    return type;
  }

  int typeParameters() {
    return typeParameters;
  }

  TypeCheck check(int field) {
    return checks.get(field);
  }

  void define(FunctionCode function) {
    functions.put(function.name(), function);
  }

  void defineDrop(FunctionCode function) {
    drop = function;
  }

  @Nullable FunctionCode function(String name) {
    return functions.get(name);
  }

  Iterable<String> functionNames() {
    return functions.keySet();
  }

  @Nullable FunctionCode drop() {
    return drop;
  }
}
