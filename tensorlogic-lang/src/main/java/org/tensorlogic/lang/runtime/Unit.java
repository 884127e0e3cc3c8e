package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.HostFunction;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.syntax.AssignOperator;
import org.tensorlogic.lang.syntax.Block;
import org.tensorlogic.lang.syntax.Declaration;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.SourceFile;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;

/** What the statements of one file may refer to while it is compiled. */
final class Unit {
  private final SymbolTable table;
  private final Map<String, HostFunction> hostFunctions;
  private final Consumer<Diagnostic> warnings;
  private final Set<String> functions;
  private final Set<String> before;
  private final Set<String> allGlobals;
  private final Map<String, Declaration.Function> declared = new HashMap<>();

  /**
   * A unit on top of what exists.
   *
   * @param variables names of global variables that have a value already
   * @param functions names of functions that are defined already
   */
  Unit(
      SymbolTable table,
      Set<String> variables,
      Set<String> functions,
      Map<String, HostFunction> hostFunctions,
      Consumer<Diagnostic> warnings) {
    this.table = table;
    this.before = Set.copyOf(variables);
    this.allGlobals = new HashSet<>(variables);
    this.functions = new HashSet<>(functions);
    this.hostFunctions = hostFunctions;
    this.warnings = warnings;
  }

  /** Notes the names that a file declares. */
  void hoist(SourceFile file) {
    Set<String> structs = new HashSet<>();
    for (Statement item : file.items()) {
      if (item instanceof Declaration.Struct struct && !structs.add(struct.name().name())) {
        throw new Fault(
                DiagnosticCode.DEFINED_TWICE, "struct '" + struct.name() + "' is defined twice")
            .at(struct.name().span());
      }
      hoist(item);
      String global = declaredName(item);
      if (global != null) {
        allGlobals.add(global);
      }
    }
  }

  private void hoist(Statement statement) {
    if (statement instanceof Declaration.Function function) {
      String name = function.name().name();
      Declaration.Function first = declared.putIfAbsent(name, function);
      if (first != null && first.span().source() == function.span().source()) {
        throw new Fault(DiagnosticCode.DEFINED_TWICE, "function '" + name + "' is defined twice")
            .withNote("the first definition is at " + first.name().span())
            .at(function.name().span());
      }
      declared.put(name, function);
      functions.add(name);
      nested(function.body()).forEach(this::hoist);
    } else if (statement instanceof Declaration.Main main) {
      nested(main.body()).forEach(this::hoist);
    } else if (statement instanceof LogicStatement.Entity entity && entity.symbols() != null) {
      entity.symbols().forEach(symbol -> table.symbols().add(symbol.name()));
    } else if (statement instanceof LogicStatement.Relation relation) {
      table.relations().add(relation.name().name());
    } else if (statement instanceof LogicStatement.Rule rule) {
      table.relations().add(rule.head().relation().name());
    } else if (statement instanceof LogicStatement.Embedding embedding) {
      hoist(embedding);
    }
  }

  private void hoist(LogicStatement.Embedding embedding) {
    table.embeddings().add(embedding.name().name());
    for (LogicStatement.EmbeddingEntry entry : embedding.entries()) {
      if (entry.value() instanceof LogicStatement.EmbeddingValue.Symbols symbols) {
        symbols.names().forEach(symbol -> table.symbols().add(symbol.name()));
      }
    }
  }

  private static @Nullable String declaredName(Statement item) {
    if (item instanceof Statement.Let let) {
      return let.name().name();
    } else if (item instanceof Statement.TensorDeclaration tensor) {
      return tensor.name().name();
    } else if (item instanceof LogicStatement.Embedding embedding) {
      return embedding.name().name();
    } else if (item instanceof Statement.Assign assign) {
      return assignedName(assign);
    }
    return null;
  }

  private static @Nullable String assignedName(Statement.Assign assign) {
    Expression target = assign.target();
    if (target instanceof Expression.Index index) {
      target = index.target();
    }
    boolean declares = assign.operator() != AssignOperator.ADD;
    return declares && target instanceof Expression.Name name ? name.name() : null;
  }

  /** Every function of the unit, nested ones included, the last definition of a name. */
  List<Declaration.Function> declaredFunctions() {
    return new ArrayList<>(declared.values());
  }

  SymbolTable table() {
    return table;
  }

  Map<String, HostFunction> hostFunctions() {
    return hostFunctions;
  }

  boolean isFunction(String name) {
    return functions.contains(name);
  }

  /** Whether the program or the host has a function of this name. */
  boolean hasFunction(String name) {
    return isFunction(name) || hostFunctions.containsKey(name);
  }

  /** Whether a relation is declared or derived by a rule: then it wins over a built-in. */
  boolean declaresRelation(String name) {
    return table.relations().contains(name);
  }

  /** Declared, or written like one: a capital letter first, and no function of the name. */
  boolean isRelation(String name) {
    return declaresRelation(name)
        || (Character.isUpperCase(name.codePointAt(0))
            && !hasFunction(name)
            && Registry.function(name) == null);
  }

  /** Whether a call that stands as a statement asserts a fact. */
  boolean isFact(Expression.Call call) {
    String name = call.function().name();
    return !hasFunction(name) && isRelation(name);
  }

  /** Set by the host or an earlier evaluation: declaring it again is no mistake. */
  boolean isFromHost(String name) {
    return before.contains(name);
  }

  /** What top-level statements see at first. */
  Set<String> globalsBefore() {
    return new HashSet<>(before);
  }

  /** What functions see. */
  Set<String> allGlobals() {
    return new HashSet<>(allGlobals);
  }

  void warn(Diagnostic warning) {
    warnings.accept(warning);
  }

  /** Functions declared inside a block; they are as global as the others. */
  private static List<Statement> nested(Block block) {
    return block.statements().stream().filter(Declaration.Function.class::isInstance).toList();
  }
}
