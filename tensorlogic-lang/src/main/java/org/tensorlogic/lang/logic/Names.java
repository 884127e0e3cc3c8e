package org.tensorlogic.lang.logic;

/** What the spelling of a name in an atom tells. */
final class Names {
  static final String ANONYMOUS = "_";

  /** Begins the names of anonymous variables of a rule; no name in the text begins so. */
  static final String ANONYMOUS_IN_RULE = "_ ";

  private Names() {}

  /** A single capital letter, perhaps with digits or primes. */
  static boolean isVariable(String name) {
    return isSingle(name) && Character.isUpperCase(name.codePointAt(0));
  }

  /** A single lower-case letter, perhaps with digits or primes. */
  static boolean isSingleLowerCase(String name) {
    return isSingle(name) && !Character.isUpperCase(name.codePointAt(0));
  }

  private static boolean isSingle(String name) {
    int first = Character.charCount(name.codePointAt(0));
    return Character.isLetter(name.codePointAt(0))
        && name.substring(first)
            .codePoints()
            .allMatch(c -> Character.isDigit(c) || c == '\'' || c == '′');
  }

  /** Whether a rule takes a name for a constant: a capital letter first, and another letter. */
  static boolean isConstantInRule(String name) {
    return Character.isUpperCase(name.codePointAt(0)) && !isVariable(name);
  }
}
