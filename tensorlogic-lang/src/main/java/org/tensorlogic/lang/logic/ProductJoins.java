package org.tensorlogic.lang.logic;

import java.util.List;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.logic.Step.Next;
import org.tensorlogic.lang.logic.Step.Rows;

/**
 * Matches a rule's body tuple by tuple until that has cost as much as a product of tensors would,
 * then by that product: never much more than the cheaper of the two, whatever the data are.
 */
public final class ProductJoins {
  /** Matches for which a product is never worth its tensors. */
  private static final long FEW_MATCHES = 1 << 16;

  /** What a processor multiplies and adds while it matches one tuple. */
  private static final double MULTIPLICATIONS_PER_MATCH = 500;

  private final TensorFactory floats;
  private final long mostElements;
  private final long fewMatches;
  private final double multiplicationsPerMatch;

  /**
   * Products of tensors with at most {@code mostElements} elements each.
   *
   * @param floats makes them
   */
  public ProductJoins(TensorFactory floats, long mostElements) {
    this(floats, mostElements, FEW_MATCHES, MULTIPLICATIONS_PER_MATCH);
  }

  private ProductJoins(
      TensorFactory floats, long mostElements, long fewMatches, double multiplicationsPerMatch) {
    this.floats = floats;
    this.mostElements = mostElements;
    this.fewMatches = fewMatches;
    this.multiplicationsPerMatch = multiplicationsPerMatch;
  }

  /** Products wherever the sizes allow one. */
  static ProductJoins always(TensorFactory floats, long mostElements) {
    return new ProductJoins(floats, mostElements, 0, Double.POSITIVE_INFINITY);
  }

  /**
   * Derives what follows by one rule.
   *
   * @param rows which rows of each literal of the body take part
   * @param tuples matches the body tuple by tuple
   */
  void derive(Rule rule, List<Rows> rows, Next tuples, Meter meter) {
    Runnable matching = () -> tuples.run(new int[rule.variables().size()]);
    if (meter.within(fewMatches, matching)) {
      return;
    }
    RuleProduct product = RuleProduct.of(rule, rows, meter, mostElements);
    if (product == null) {
      matching.run();
    } else if (!meter.within(
        (long) (product.multiplications() / multiplicationsPerMatch), matching)) {
      product.derive(floats);
    }
  }
}
