package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** Random equations with the tensors that they read. */
final class RandomEquations {
  private static final List<String> NAMES = List.of("i", "j", "k", "l'");

  final Map<String, Tensor> tensors = new LinkedHashMap<>();
  final String text;
  private final Random random;
  private final Map<String, Integer> sizes = new LinkedHashMap<>();
  private final List<String> alone = new ArrayList<>();

  RandomEquations(long seed) {
    random = new Random(seed);
    for (String name : NAMES) {
      sizes.put(name, 1 + random.nextInt(3));
    }
    String right = sum(2);
    List<String> left = new ArrayList<>(alone.stream().distinct().toList());
    Collections.shuffle(left, random);
    left = left.subList(0, random.nextInt(left.size() + 1));
    List<String> shown = new ArrayList<>(left);
    boolean divided = !shown.isEmpty() && random.nextInt(6) == 0;
    if (divided) {
      int at = random.nextInt(shown.size());
      shown.set(at, shown.get(at) + "/" + (1 + random.nextInt(3)));
    }
    String operator =
        left.isEmpty() && random.nextBoolean()
            ? "="
            : List.of("=", "=", "=", "max=", "min=", "avg=").get(random.nextInt(6));
    text =
        "Y"
            + (left.isEmpty() ? "" : "[" + String.join(", ", shown) + "]")
            + " "
            + operator
            + " "
            + right;
  }

  private String sum(int depth) {
    StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "-" : "");
    text.append(product(depth));
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(random.nextBoolean() ? " + " : " - ").append(product(depth));
    }
    return text.toString();
  }

  private String product(int depth) {
    StringBuilder text = new StringBuilder(factor(depth));
    boolean divided = false;
    for (int i = random.nextInt(3); i > 0; i--) {
      boolean divides = random.nextInt(5) == 0;
      if (divides) {
        text.append(" / ").append("(").append(access()).append(" ^ 2 + 1)");
      } else { // a join would belong to the divisor
        text.append(divided || random.nextInt(4) == 0 ? " * " : " ").append(factor(depth));
      }
      divided = divides;
    }
    return text.toString();
  }

  private String factor(int depth) {
    if (depth == 0) {
      return access();
    }
    return switch (random.nextInt(9)) {
      case 0 -> "(" + sum(depth - 1) + ")";
      case 1 -> "(" + sum(depth - 1) + ")^2";
      case 2 ->
          List.of("relu", "tanh", "step", "sig", "twice", "abs").get(random.nextInt(6))
              + "("
              + sum(depth - 1)
              + ")";
      case 3 -> Integer.toString(1 + random.nextInt(3));
      default -> access();
    };
  }

  private String access() {
    int rank = 1 + random.nextInt(3);
    List<String> items = new ArrayList<>();
    long[] shape = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      String name = NAMES.get(random.nextInt(NAMES.size()));
      if (random.nextInt(8) == 0 && alone.size() > 1) {
        String first = alone.get(random.nextInt(alone.size()));
        String second = alone.get(random.nextInt(alone.size()));
        shape[axis] = 1L + random.nextInt(5);
        items.add(
            switch (random.nextInt(4)) {
              case 0 -> first + "+1";
              case 1 -> first + "-2";
              case 2 -> first.equals(second) ? first + "+2" : first + "+" + second;
              default -> first.equals(second) ? "2*" + first : "2*" + first + "-" + second + "+1";
            });
      } else {
        alone.add(name);
        shape[axis] = Objects.requireNonNull(sizes.get(name));
        items.add(name);
      }
    }
    String tensor = "T" + tensors.size();
    DType type = random.nextInt(4) == 0 ? DType.F16 : DType.F32;
    tensors.put(tensor, Tensor.as(type).normal(random.nextLong(), 0, 1, shape));
    return tensor + "[" + String.join(", ", items) + "]";
  }
}
