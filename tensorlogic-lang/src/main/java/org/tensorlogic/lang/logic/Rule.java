package org.tensorlogic.lang.logic;

import java.util.BitSet;
import java.util.List;

/**
 * {@code head <- body, guards}. Variables are numbered from 0 in one rule.
 *
 * @param variables their names, for messages
 */
public record Rule(Atom head, List<Literal> body, List<Guard> guards, List<String> variables) {

  /** An atom of a body, perhaps negated. */
  public record Literal(Atom atom, boolean negated) {}

  public Rule {
    body = List.copyOf(body);
    guards = List.copyOf(guards);
    variables = List.copyOf(variables);
  }

  /** The variables that occur in a positive atom of the body. */
  BitSet bound() {
    BitSet bound = new BitSet();
    for (Literal literal : body) {
      if (!literal.negated()) {
        bound.or(literal.atom().variables());
      }
    }
    return bound;
  }
}
