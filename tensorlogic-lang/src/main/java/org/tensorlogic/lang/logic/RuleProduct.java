package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.logic.Step.Next;
import org.tensorlogic.lang.logic.Step.Rows;

/**
 * The body of a rule as a product of tensors of 0 and 1, one per atom, with an axis per variable.
 * Summed over the variables that the head lacks it counts the matches, and its step is 1 where the
 * head follows: A(x, z) is step(B(x, y) C(y, z)).
 */
final class RuleProduct {
  /** As many variables as einsum has letters. */
  private static final int MOST_VARIABLES = 52;

  private final Rule rule;
  private final List<Rows> rows;
  private final Domains domains;
  private final Meter meter;
  private final int[] result;
  private final Contraction contraction;

  private RuleProduct(Rule rule, List<Rows> rows, Meter meter) {
    this.rule = rule;
    this.rows = rows;
    this.meter = meter;
    this.domains = Domains.of(rule, rows);
    this.result = variables(rule.head());
    List<int[]> factors = new ArrayList<>();
    rule.body().forEach(literal -> factors.add(variables(literal.atom())));
    this.contraction = new Contraction(domains, factors, result);
  }

  /**
   * The product for the rows that take part, or null if one of its tensors would be too large or
   * the rule compares: a comparison may fail for constants that no match has.
   */
  static @Nullable RuleProduct of(Rule rule, List<Rows> rows, Meter meter, long mostElements) {
    if (rule.variables().size() > MOST_VARIABLES || !rule.guards().isEmpty()) {
      return null;
    }
    RuleProduct product = new RuleProduct(rule, rows, meter);
    return product.contraction.largest() <= mostElements ? product : null;
  }

  private static int[] variables(Atom atom) {
    return IntStream.of(atom.terms()).filter(Atom::isVariable).map(t -> ~t).distinct().toArray();
  }

  double multiplications() {
    return contraction.multiplications();
  }

  /** Adds what follows to the head's relation, in the order of the head's variables. */
  @SuppressWarnings("try") // the scope frees
  void derive(TensorFactory floats) {
    float[] truth;
    try (Scope scope = Scope.open()) {
      List<Tensor> factors = factors(floats);
      for (Contraction.Product product : contraction.products()) {
        Tensor second = factors.remove(product.second());
        Tensor first = factors.remove(product.first());
        factors.add(Tensor.einsum(DType.F32, product.equation(), first, second).step());
      }
      truth = Tensor.einsum(contraction.last(), factors.get(0)).toFloatArray();
    }
    Next head = Step.derive(rule.head());
    int[] binding = new int[rule.variables().size()];
    for (int i = 0; i < truth.length; i++) {
      if (truth[i] > 0) {
        meter.count();
        bind(binding, result, i);
        head.run(binding);
      }
    }
  }

  /** Gives the variables the constants of an element of a tensor over them. */
  private void bind(int[] binding, int[] variables, int element) {
    int rest = element;
    for (int axis = variables.length - 1; axis >= 0; axis--) {
      int variable = variables[axis];
      binding[variable] = domains.constant(variable, rest % domains.size(variable));
      rest /= domains.size(variable);
    }
  }

  private List<Tensor> factors(TensorFactory floats) {
    List<Tensor> factors = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Rule.Literal literal = rule.body().get(i);
      int[] variables = variables(literal.atom());
      float[] truth = elements(literal.atom(), rows.get(i), variables);
      factors.add(tensor(floats, literal.negated() ? inverted(truth) : truth, variables));
    }
    return factors;
  }

  private Tensor tensor(TensorFactory floats, float[] values, int... variables) {
    return floats.of(values, IntStream.of(variables).mapToLong(domains::size).toArray());
  }

  /** 1 for the rows of an atom that agree with its constants and repeated variables. */
  private float[] elements(Atom atom, Rows which, int... variables) {
    float[] truth = new float[(int) domains.size(variables)];
    Tuples tuples = atom.relation().rows();
    int[] binding = new int[rule.variables().size()];
    int to = which.to(atom.relation());
    for (int row = which.from(atom.relation()); row < to; row++) {
      meter.count();
      int element = element(atom, tuples, row, binding, variables);
      if (element >= 0) {
        truth[element] = 1;
      }
    }
    return truth;
  }

  private int element(Atom atom, Tuples tuples, int row, int[] binding, int... variables) {
    for (int column = 0; column < tuples.arity(); column++) {
      if (Atom.isVariable(atom.term(column))) {
        binding[~atom.term(column)] = tuples.get(row, column);
      }
    }
    for (int column = 0; column < tuples.arity(); column++) {
      if (Step.value(atom.term(column), binding) != tuples.get(row, column)) {
        return -1;
      }
    }
    int element = 0;
    for (int variable : variables) {
      int position = domains.position(variable, binding[variable]);
      if (position < 0) {
        return -1;
      }
      element = element * domains.size(variable) + position;
    }
    return element;
  }

  private static float[] inverted(float[] truth) {
    float[] inverse = new float[truth.length];
    for (int i = 0; i < inverse.length; i++) {
      inverse[i] = 1 - truth[i];
    }
    return inverse;
  }
}
