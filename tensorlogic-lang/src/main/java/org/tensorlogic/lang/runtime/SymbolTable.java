package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The indices of the global names: variables, functions and structs are separate name spaces. */
public final class SymbolTable {
  private final Space variables;
  private final Space functions;
  private final Space structs;

  /** Symbols of entity types, which are constants wherever no variable has the name. */
  private final Set<String> symbols;

  private final Set<String> factSymbols;
  private final Set<String> relations;
  private final Set<String> embeddings;
  private final Set<String> equationVariables;

  public SymbolTable() {
    this(new Space(), new Space(), new Space(), Set.of(), Set.of(), Set.of(), Set.of(), Set.of());
  }

  private SymbolTable(
      Space variables,
      Space functions,
      Space structs,
      Set<String> symbols,
      Set<String> factSymbols,
      Set<String> relations,
      Set<String> embeddings,
      Set<String> equationVariables) {
    this.variables = variables;
    this.functions = functions;
    this.structs = structs;
    this.symbols = new HashSet<>(symbols);
    this.factSymbols = new HashSet<>(factSymbols);
    this.relations = new HashSet<>(relations);
    this.embeddings = new HashSet<>(embeddings);
    this.equationVariables = new HashSet<>(equationVariables);
  }

  /** A table with the same indices that grows on its own. */
  public SymbolTable copy() {
    return new SymbolTable(
        variables.copy(),
        functions.copy(),
        structs.copy(),
        symbols,
        factSymbols,
        relations,
        embeddings,
        equationVariables);
  }

  public Space variables() {
    return variables;
  }

  public Space functions() {
    return functions;
  }

  public Space structs() {
    return structs;
  }

  public Set<String> symbols() {
    return symbols;
  }

  /** Symbols that the text of facts has. */
  public Set<String> factSymbols() {
    return factSymbols;
  }

  /** Names that are declared as relations or stand at the head of a rule. */
  public Set<String> relations() {
    return relations;
  }

  /** Names of embeddings. */
  public Set<String> embeddings() {
    return embeddings;
  }

  /** Global variables that are defined by equations, not declared. */
  public Set<String> equationVariables() {
    return equationVariables;
  }

  /** One name space. */
  public static final class Space {
    private final Map<String, Integer> indices;
    private final List<String> names;

    Space() {
      this(new HashMap<>(), new ArrayList<>());
    }

    private Space(Map<String, Integer> indices, List<String> names) {
      this.indices = indices;
      this.names = names;
    }

    Space copy() {
      return new Space(new HashMap<>(indices), new ArrayList<>(names));
    }

    /** The index of a name, given to it now if it has none. */
    public int index(String name) {
      Integer known = indices.get(name);
      if (known != null) {
        return known;
      }
      indices.put(name, names.size());
      names.add(name);
      return names.size() - 1;
    }

    public @Nullable Integer find(String name) {
      return indices.get(name);
    }

    public String name(int index) {
      return names.get(index);
    }

    public List<String> names() {
      return names;
    }

    public int size() {
      return names.size();
    }
  }
}
