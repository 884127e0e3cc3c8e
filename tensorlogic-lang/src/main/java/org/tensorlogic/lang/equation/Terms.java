package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Walking over terms. */
final class Terms {
  private Terms() {}

  static List<Term> children(Term term) {
    if (term instanceof Term.Sum sum) {
      return sum.terms();
    } else if (term instanceof Term.Negation negation) {
      return List.of(negation.operand());
    } else if (term instanceof Term.Product product) {
      List<Term> all = new ArrayList<>(product.factors());
      all.addAll(product.divisors());
      return all;
    } else if (term instanceof Term.Power power) {
      return List.of(power.base(), power.exponent());
    } else if (term instanceof Term.Comparison comparison) {
      return List.of(comparison.left(), comparison.right());
    } else if (term instanceof Term.Application application) {
      return application.arguments();
    } else if (term instanceof Term.Concatenation concatenation) {
      return List.of(concatenation.argument());
    }
    return List.of();
  }

  static void walk(Term term, Consumer<Term> visitor) {
    visitor.accept(term);
    children(term).forEach(child -> walk(child, visitor));
  }

  /** The terms that add up to this one; a negated one is a {@link Term.Negation}. */
  static List<Term> addends(Term term) {
    List<Term> addends = new ArrayList<>();
    collect(term, false, addends);
    return addends;
  }

  private static void collect(Term term, boolean negated, List<Term> addends) {
    if (term instanceof Term.Sum sum) {
      sum.terms().forEach(part -> collect(part, negated, addends));
    } else if (term instanceof Term.Negation negation) {
      collect(negation.operand(), !negated, addends);
    } else {
      addends.add(negated ? new Term.Negation(term.span(), term) : term);
    }
  }
}
