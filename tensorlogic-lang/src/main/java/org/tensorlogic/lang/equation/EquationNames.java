package org.tensorlogic.lang.equation;

/** What the names around an equation mean, as far as the text tells. */
public interface EquationNames {
  boolean isVariable(String name);

  /** Whether it is a symbol of an entity type or fact, and so a constant in an index. */
  boolean isSymbol(String name);

  boolean isRelation(String name);

  /** Whether the program defines a function of this name. */
  boolean isFunction(String name);
}
