package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.Datum;

/** The values behind the global names of one session or run, by the indices of its table. */
public final class Globals {
  private final SymbolTable table;
  private @Nullable Datum[] variables = new @Nullable Datum[16];
  private @Nullable FunctionCode[] functions = new @Nullable FunctionCode[16];
  private @Nullable StructCode[] structs = new @Nullable StructCode[4];

  public Globals(SymbolTable table) {
    this.table = table;
    fit();
  }

  /** What this one holds, over a table that extends its table; changes stay apart. */
  public Globals copy(SymbolTable extended) {
    Globals copy = new Globals(extended);
    for (int i = 0; i < variables.length; i++) {
      Datum value = variables[i];
      if (value != null) {
        copy.set(i, value);
      }
    }
    System.arraycopy(
        functions, 0, copy.functions, 0, Math.min(functions.length, copy.functions.length));
    System.arraycopy(structs, 0, copy.structs, 0, Math.min(structs.length, copy.structs.length));
    return copy;
  }

  /** Makes room for every name of the table. */
  public void fit() {
    if (variables.length < table.variables().size()) {
      variables = Arrays.copyOf(variables, 2 * table.variables().size());
    }
    if (functions.length < table.functions().size()) {
      functions = Arrays.copyOf(functions, 2 * table.functions().size());
    }
    if (structs.length < table.structs().size()) {
      structs = Arrays.copyOf(structs, 2 * table.structs().size());
    }
  }

  public SymbolTable table() {
    return table;
  }

  public @Nullable Datum get(int index) {
    return variables[index];
  }

  /** The value of a variable by its name, or null. */
  @Nullable Datum get(String name) {
    Integer index = table.variables().find(name);
    return index == null ? null : variables[index];
  }

  public void set(int index, @Nullable Datum value) {
    Datum old = variables[index];
    if (old == value) {
      return;
    }
    if (value != null) {
      value.hold();
    }
    variables[index] = value;
    if (old != null) {
      old.release();
    }
  }

  public @Nullable FunctionCode function(int index) {
    return functions[index];
  }

  public void define(int index, FunctionCode code) {
    functions[index] = code;
  }

  public @Nullable StructCode struct(int index) {
    return structs[index];
  }

  public void define(int index, StructCode code) {
    structs[index] = code;
  }

  public @Nullable StructCode struct(String name) {
    Integer index = table.structs().find(name);
    return index == null ? null : structs[index];
  }

  /** The names of the functions that are defined. */
  public List<String> functionNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.functions().size(); i++) {
      if (functions[i] != null) {
        names.add(table.functions().name(i));
      }
    }
    return names;
  }

  /** The names of the structs that are defined. */
  public List<String> structNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.structs().size(); i++) {
      if (structs[i] != null) {
        names.add(table.structs().name(i));
      }
    }
    return names;
  }

  /** The names of the variables that have a value. */
  public List<String> variableNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.variables().size(); i++) {
      if (variables[i] != null) {
        names.add(table.variables().name(i));
      }
    }
    return names;
  }
}
