package org.tensorlogic.lang.syntax;

/** The infix operators; synonyms ({@code ^}, {@code ⊙}, {@code and}, …) are folded. */
public enum BinaryOperator {
  OR("||"),
  AND("&&"),
  EQUAL("=="),
  NOT_EQUAL("!="),
  APPROXIMATE("≈"),
  LESS("<"),
  LESS_EQUAL("<="),
  GREATER(">"),
  GREATER_EQUAL(">="),
  ADD("+"),
  SUBTRACT("-"),
  MULTIPLY("*"),
  DIVIDE("/"),
  REMAINDER("%"),
  MATMUL("@"),
  POWER("**"),
  OUTER("⊗");

  private final String text;

  BinaryOperator(String text) {
    this.text = text;
  }

  /** True for the operators whose result is a truth value per element. */
  public boolean isComparison() {
    return switch (this) {
      case EQUAL, NOT_EQUAL, APPROXIMATE, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> true;
      case OR, AND, ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, MATMUL, POWER, OUTER -> false;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
