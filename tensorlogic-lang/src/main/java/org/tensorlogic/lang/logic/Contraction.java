package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The order in which factors are multiplied: always the two whose product is smallest, summed over
 * the variables that neither the result nor another factor has.
 */
final class Contraction {
  private final Domains domains;
  private final int[] result;
  private final List<int[]> factors;
  private final List<Product> products = new ArrayList<>();
  private double multiplications;
  private double largest;

  /** Two factors to be taken from the list, and their product as einsum writes it. */
  record Product(int first, int second, String equation) {}

  /** For factors with these variables and a result with others, all of them distinct. */
  Contraction(Domains domains, List<int[]> factors, int... result) {
    this.domains = domains;
    this.result = result;
    this.factors = new ArrayList<>(factors);
    factors.forEach(factor -> largest = Math.max(largest, domains.size(factor)));
    while (this.factors.size() > 1) {
      multiplyCheapest();
    }
  }

  private void multiplyCheapest() {
    int first = 0;
    int second = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < factors.size(); i++) {
      for (int j = i + 1; j < factors.size(); j++) {
        double size = domains.size(kept(i, j));
        if (size < least) {
          least = size;
          first = i;
          second = j;
        }
      }
    }
    int[] kept = kept(first, second);
    products.add(
        new Product(first, second, equation(kept, factors.get(first), factors.get(second))));
    multiplications += domains.size(union(factors.get(first), factors.get(second)));
    largest = Math.max(largest, domains.size(kept));
    factors.remove(second);
    factors.remove(first);
    factors.add(kept);
  }

  /** The variables of the product of two factors that are still needed. */
  private int[] kept(int i, int j) {
    return IntStream.of(union(factors.get(i), factors.get(j)))
        .filter(
            variable ->
                contains(result, variable)
                    || IntStream.range(0, factors.size())
                        .anyMatch(k -> k != i && k != j && contains(factors.get(k), variable)))
        .toArray();
  }

  private static int[] union(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).distinct().toArray();
  }

  private static boolean contains(int[] variables, int variable) {
    return IntStream.of(variables).anyMatch(own -> own == variable);
  }

  private static String equation(int[] result, int[]... factors) {
    return Arrays.stream(factors).map(Contraction::letters).collect(Collectors.joining(","))
        + "->"
        + letters(result);
  }

  private static String letters(int... variables) {
    return IntStream.of(variables)
        .mapToObj(v -> String.valueOf((char) (v < 26 ? 'a' + v : 'A' + v - 26)))
        .collect(Collectors.joining());
  }

  /** Each takes two factors from the list and adds their product at its end. */
  List<Product> products() {
    return products;
  }

  /** Sums the last factor over what the result lacks, and puts its axes in order. */
  String last() {
    return equation(result, factors.get(0));
  }

  /** How many multiplications all products need. */
  double multiplications() {
    return multiplications;
  }

  /** How many elements the largest factor or product has. */
  double largest() {
    return largest;
  }
}
