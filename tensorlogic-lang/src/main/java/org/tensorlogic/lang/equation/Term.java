package org.tensorlogic.lang.equation;

import java.util.List;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.BinaryOperator;

/** The right side of an equation: a function of named indices. */
sealed interface Term {
  Span span();

  /** A number in the text. */
  record Literal(Span span, double value) implements Term {}

  /** A value of the program without indices: a number, or a tensor with one element. */
  record Scalar(Span span, int input) implements Term {}

  /** A tensor with one index per axis; {@code name} is for messages. */
  record Access(Span span, String name, int input, List<IndexForm> indices) implements Term {}

  /** The left tensor as it is before this equation. */
  record Self(Span span, String name, List<IndexForm> indices) implements Term {}

  /** A relation as a tensor of 0 and 1. */
  record Atom(Span span, String relation, List<IndexForm> indices) implements Term {}

  /** Terms added. */
  record Sum(Span span, List<Term> terms) implements Term {}

  record Negation(Span span, Term operand) implements Term {}

  /** Factors multiplied; each divisor is one factor. */
  record Product(Span span, List<Term> factors, List<Term> divisors) implements Term {}

  record Power(Span span, Term base, Term exponent) implements Term {}

  record Comparison(Span span, BinaryOperator operator, Term left, Term right) implements Term {}

  /** A function applied elementwise or, if it normalises, along an index. */
  record Application(Span span, String function, boolean custom, List<Term> arguments)
      implements Term {}

  /** {@code concat(…)}: indices that are not on the left, joined. */
  record Concatenation(Span span, Term argument) implements Term {}
}
