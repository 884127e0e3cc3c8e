package org.tensorlogic.lang.logic;

/** A condition on the values of variables: a comparison in a rule's body or after {@code where}. */
public interface Guard {
  /** The variables that must have values. */
  int[] variables();

  /** Whether it holds for these constants, one per variable of the rule. */
  boolean holds(int[] binding);
}
