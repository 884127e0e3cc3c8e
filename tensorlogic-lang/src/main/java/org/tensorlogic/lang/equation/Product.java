package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;

/** Factors joined by one einsum; numbers are multiplied into the smallest operand. */
final class Product extends Node {
  private final List<Node> factors;
  private final List<Node> numbers;
  private final List<Node> numberDivisors;
  private final String spec;
  private final int scaled;

  private Product(
      List<Node> factors,
      List<Node> numbers,
      List<Node> numberDivisors,
      Ranges ranges,
      int[] kept) {
    super(kept);
    this.factors = factors;
    this.numbers = numbers;
    this.numberDivisors = numberDivisors;
    this.spec = spec(factors, kept);
    this.scaled = smallest(factors, ranges, kept);
  }

  private static String spec(List<Node> factors, int... kept) {
    return factors.stream().map(f -> Spec.letters(f.labels)).collect(Collectors.joining(","))
        + "->"
        + Spec.letters(kept);
  }

  /** The operand that is cheapest to scale, or -1 for the result. */
  private static int smallest(List<Node> factors, Ranges ranges, int... kept) {
    int best = -1;
    double least = size(ranges, kept) / 2;
    for (int i = 0; i < factors.size(); i++) {
      double size = size(ranges, factors.get(i).labels);
      if (size < least) {
        least = size;
        best = i;
      }
    }
    return best;
  }

  private static double size(Ranges ranges, int... labels) {
    double size = 1;
    for (int label : labels) {
      size *= ranges.size(label);
    }
    return size;
  }

  /**
   * The product of factors over divisors, with every label outside {@code kept} summed out.
   *
   * @param kept labels that some operand has
   */
  static Node of(List<Node> factors, List<Node> divisors, Ranges ranges, int... kept) {
    List<Node> tensors = new ArrayList<>();
    List<Node> numbers = new ArrayList<>();
    for (Node factor : factors) {
      (factor.isNumber() ? numbers : tensors).add(factor);
    }
    List<Node> numberDivisors = new ArrayList<>();
    List<Node> below = new ArrayList<>();
    for (Node divisor : divisors) {
      if (divisor.isNumber()) {
        numberDivisors.add(divisor);
      } else if (IntStream.of(divisor.labels).allMatch(label -> Node.indexOf(kept, label) >= 0)) {
        below.add(divisor);
      } else {
        tensors.add(new Nodes.Map(divisor, Tensor::reciprocal));
      }
    }
    if (tensors.isEmpty() && below.isEmpty()) {
      return NumberNodes.of(run -> quotient(numbers, numberDivisors, run));
    }
    Node above;
    if (tensors.isEmpty()) {
      above = NumberNodes.of(run -> quotient(numbers, numberDivisors, run));
    } else {
      int[] own =
          tensors.stream()
              .flatMapToInt(tensor -> IntStream.of(tensor.labels))
              .distinct()
              .filter(label -> Node.indexOf(kept, label) >= 0)
              .toArray();
      above = multiply(tensors, numbers, numberDivisors, ranges, own);
    }
    for (Node divisor : below) {
      above = new Nodes.Pair(BinaryOp.DIV, above, divisor);
    }
    return above;
  }

  private static Node multiply(
      List<Node> tensors, List<Node> numbers, List<Node> divisors, Ranges ranges, int... kept) {
    if (tensors.size() == 2) {
      Node convolution = ConvolutionNode.match(tensors.get(0), tensors.get(1), ranges, kept);
      if (convolution != null) {
        return new Product(List.of(convolution), numbers, divisors, ranges, convolution.labels);
      }
    }
    return new Product(tensors, numbers, divisors, ranges, kept);
  }

  private static double quotient(List<Node> numbers, List<Node> divisors, Run run) {
    double value = 1;
    for (Node number : numbers) {
      value *= number.number(run);
    }
    for (Node divisor : divisors) {
      value /= divisor.number(run);
    }
    return value;
  }

  @Override
  Tensor tensor(Run run) {
    double factor = quotient(numbers, numberDivisors, run);
    Tensor[] operands = new Tensor[factors.size()];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = factors.get(i).tensor(run);
      if (i == scaled && factor != 1) {
        operands[i] = operands[i].to(DType.F32).mul(factor);
      }
    }
    Tensor product = multiply(operands);
    return scaled < 0 && factor != 1 ? product.to(DType.F32).mul(factor) : product;
  }

  private Tensor multiply(Tensor... operands) {
    if (operands.length == 1 && factors.get(0).labels.length == labels.length) {
      return Node.align(operands[0], factors.get(0).labels, labels);
    }
    return Tensor.einsum(DType.F32, spec, operands);
  }
}
