package org.tensorlogic.lang.logic;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The entity types of the arguments of relations: declared, or implied by rules. */
final class ColumnTypes {
  private final Datalog program;
  private final BiFunction<String, Integer, @Nullable String> declared;
  private final Set<Column> open = new HashSet<>();

  private record Column(Relation relation, int number) {}

  /** {@code declared} gives the type that a relation's declaration gives a column, or null. */
  ColumnTypes(Datalog program, BiFunction<String, Integer, @Nullable String> declared) {
    this.program = program;
    this.declared = declared;
  }

  /**
   * The type of a column: as declared, else that of the column where the bodies of its rules bind
   * its variable; null without one.
   */
  @Nullable String of(Relation relation, int column) {
    String known = declared.apply(relation.name(), column);
    if (known != null || !open.add(new Column(relation, column))) {
      return known;
    }
    for (Rule rule : program.rules()) {
      if (known == null && rule.head().relation() == relation) {
        known = ofVariable(rule, rule.head().term(column));
      }
    }
    return known;
  }

  private @Nullable String ofVariable(Rule rule, int term) {
    for (Rule.Literal literal : rule.body()) {
      Atom atom = literal.atom();
      for (int column = 0; column < atom.relation().arity(); column++) {
        if (Atom.isVariable(term) && !literal.negated() && atom.term(column) == term) {
          String type = of(atom.relation(), column);
          if (type != null) {
            return type;
          }
        }
      }
    }
    return null;
  }
}
