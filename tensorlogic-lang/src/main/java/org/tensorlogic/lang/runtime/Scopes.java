package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The scopes of one body while it is compiled: which slot or global each visible name has. */
final class Scopes {
  private final SymbolTable table;
  private final Set<String> visibleGlobals;
  private @Nullable Local innermost;
  private final Map<String, Integer> topLevelProgress = new HashMap<>();
  private int next;
  private int slots;

  private static final class Local {
    final @Nullable Local outer;
    final Map<String, Integer> names = new HashMap<>();
    final Map<String, Integer> progress = new HashMap<>();
    final Set<String> equationVariables = new HashSet<>();
    final int first;

    Local(@Nullable Local outer, int first) {
      this.outer = outer;
      this.first = first;
    }
  }

  /** Where a variable lives. */
  record Variable(boolean global, int index) {
    Stores.Place place() {
      return global ? Stores.global(index) : Stores.local(index);
    }
  }

  /** {@code visibleGlobals} grows while top-level statements are compiled. */
  Scopes(SymbolTable table, Set<String> visibleGlobals) {
    this.table = table;
    this.visibleGlobals = visibleGlobals;
  }

  SymbolTable table() {
    return table;
  }

  void push() {
    innermost = new Local(innermost, next);
  }

  /** Ends the innermost scope; its slots are from the returned one to {@link #next}. */
  int pop() {
    Local ended = innermost;
    if (ended == null) {
      throw new IllegalStateException("no scope is open");
    }
    innermost = ended.outer;
    next = ended.first;
    return ended.first;
  }

  int next() {
    return next;
  }

  /** How many slots a frame needs. */
  int slots() {
    return slots;
  }

  boolean atTopLevel() {
    return innermost == null;
  }

  @Nullable Variable find(String name) {
    for (Local scope = innermost; scope != null; scope = scope.outer) {
      Integer slot = scope.names.get(name);
      if (slot != null) {
        return new Variable(false, slot);
      }
    }
    return visibleGlobals.contains(name) ? new Variable(true, table.variables().index(name)) : null;
  }

  boolean isVisible(String name) {
    return find(name) != null;
  }

  /** Whether the innermost scope itself declares the name. */
  boolean declaresHere(String name) {
    Local scope = innermost;
    return scope == null ? visibleGlobals.contains(name) : scope.names.containsKey(name);
  }

  /** A new variable of the innermost scope; a name declared again keeps its place. */
  Variable declare(String name) {
    Local scope = innermost;
    if (scope == null) {
      visibleGlobals.add(name);
      table.equationVariables().remove(name);
      return new Variable(true, table.variables().index(name));
    }
    Integer known = scope.names.get(name);
    if (known != null) {
      return new Variable(false, known);
    }
    scope.names.put(name, next);
    slots = Math.max(slots, next + 1);
    return new Variable(false, next++);
  }

  /** A new variable of the innermost scope whose shape its equations decide. */
  Variable declareByEquation(String name) {
    Variable variable = declare(name);
    if (innermost == null) {
      table.equationVariables().add(name);
    } else {
      innermost.equationVariables.add(name);
    }
    return variable;
  }

  /** Whether the visible variable of this name was declared by an equation. */
  boolean isDefinedByEquation(String name) {
    for (Local scope = innermost; scope != null; scope = scope.outer) {
      if (scope.names.containsKey(name)) {
        return scope.equationVariables.contains(name);
      }
    }
    return table.equationVariables().contains(name);
  }

  /** The slot, one per block, that notes what equations have written of a tensor. */
  int progressSlot(String name) {
    Map<String, Integer> progress = innermost == null ? topLevelProgress : innermost.progress;
    return progress.computeIfAbsent(name, unused -> reserve());
  }

  /** A slot without a name. */
  int reserve() {
    slots = Math.max(slots, next + 1);
    return next++;
  }

  /** Every visible variable: globals by index, then locals from the outermost scope in. */
  Map<String, Variable> inOrder() {
    Map<String, Variable> variables = new LinkedHashMap<>();
    for (String name : table.variables().names()) {
      Variable variable = visibleGlobals.contains(name) ? find(name) : null;
      if (variable != null && variable.global()) {
        variables.put(name, variable);
      }
    }
    List<Map.Entry<String, Variable>> locals = new ArrayList<>();
    for (Local scope = innermost; scope != null; scope = scope.outer) {
      for (String name : scope.names.keySet()) {
        Variable variable = find(name);
        if (variable != null && variable.index() == scope.names.get(name)) {
          locals.add(Map.entry(name, variable));
        }
      }
    }
    locals.sort(Comparator.comparingInt(entry -> entry.getValue().index()));
    locals.forEach(entry -> variables.put(entry.getKey(), entry.getValue()));
    return variables;
  }

  /** Every visible name, for suggestions. */
  List<String> visible() {
    List<String> names = new ArrayList<>(visibleGlobals);
    for (Local scope = innermost; scope != null; scope = scope.outer) {
      names.addAll(scope.names.keySet());
    }
    return names;
  }
}
