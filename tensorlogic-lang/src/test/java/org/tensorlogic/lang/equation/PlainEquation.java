package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.syntax.AssignOperator;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.syntax.UnaryOperator;

/**
 * The plain meaning of an equation, element by element in double: every subexpression is a table
 * over its indices. For equations that define their left side anew.
 */
final class PlainEquation {
  private final Map<String, Tensor> tensors;
  private final Map<String, Integer> sizes = new TreeMap<>();
  private final List<String> left = new ArrayList<>();
  private final List<String> marked = new ArrayList<>();
  private final Map<String, Integer> divisors = new HashMap<>();
  private final Statement.Assign assign;

  private PlainEquation(Statement.Assign assign, Map<String, Tensor> tensors) {
    this.assign = assign;
    this.tensors = tensors;
  }

  /** The elements of the left tensor, row-major. */
  static double[] evaluate(String line, Map<String, Tensor> tensors) {
    return new PlainEquation(Program.parse(line), tensors).evaluate();
  }

  private double[] evaluate() {
    if (assign.target() instanceof Expression.Index index) {
      for (IndexItem item : index.items()) {
        IndexItem.At at = (IndexItem.At) item;
        Expression value = at.value();
        int divisor = 1;
        if (value instanceof Expression.Binary binary) {
          divisor = (int) ((Expression.IntLiteral) binary.right()).value();
          value = binary.left();
        }
        String name = ((Expression.Name) value).name();
        left.add(name);
        divisors.put(name, divisor);
        if (at.normalized()) {
          marked.add(name);
        }
      }
    }
    findSizes(assign.value(), true);
    findSizes(assign.value(), false);
    Table total = additive(assign.value(), left, assign.operator());
    return grouped(total);
  }

  private static <T> T of(Map<String, T> values, String key) {
    return Objects.requireNonNull(values.get(key));
  }

  private double[] grouped(Table total) {
    Map<String, Integer> groups = new HashMap<>();
    for (String label : left) {
      int divisor = of(divisors, label);
      groups.put(label, (of(sizes, label) + divisor - 1) / divisor);
    }
    return Table.of(
            left,
            groups,
            at -> {
              List<Double> members = new ArrayList<>();
              Table.of(
                  left,
                  sizes,
                  inner -> {
                    boolean inside =
                        left.stream()
                            .allMatch(
                                label -> of(inner, label) / of(divisors, label) == of(at, label));
                    if (inside) {
                      members.add(total.at(inner));
                    }
                    return 0;
                  });
              return switch (assign.operator()) {
                case SET, ADD -> members.stream().mapToDouble(v -> v).sum();
                case MAX -> members.stream().mapToDouble(v -> v).max().orElseThrow();
                case MIN -> members.stream().mapToDouble(v -> v).min().orElseThrow();
                case AVERAGE -> members.stream().mapToDouble(v -> v).average().orElseThrow();
              };
            })
        .data();
  }

  /** Ranges: the size of an axis where an index stands alone, else where it is in a sum. */
  private void findSizes(Expression e, boolean alone) {
    if (e instanceof Expression.Index index) {
      Tensor tensor = of(tensors, ((Expression.Name) index.target()).name());
      for (int axis = 0; axis < index.items().size(); axis++) {
        Map<String, Integer> linear = linear(((IndexItem.At) index.items().get(axis)).value());
        boolean single = linear.size() == 2 && of(linear, "") == 0 && linear.containsValue(1);
        for (String name : linear.keySet()) {
          if (!name.isEmpty() && single == alone && !sizes.containsKey(name)) {
            sizes.put(name, (int) tensor.dim(axis));
          }
        }
      }
    }
    children(e).forEach(child -> findSizes(child, alone));
  }

  private static List<Expression> children(Expression e) {
    if (e instanceof Expression.Unary unary) {
      return List.of(unary.operand());
    } else if (e instanceof Expression.Binary binary) {
      return List.of(binary.left(), binary.right());
    } else if (e instanceof Expression.Join join) {
      return join.factors();
    } else if (e instanceof Expression.Call call) {
      return call.arguments().stream().map(argument -> argument.value()).toList();
    }
    return List.of();
  }

  /** Coefficients by name; the constant under the empty name. */
  private static Map<String, Integer> linear(Expression e) {
    Map<String, Integer> result = new HashMap<>(Map.of("", 0));
    if (e instanceof Expression.Name name) {
      result.put(name.name(), 1);
    } else if (e instanceof Expression.IntLiteral number) {
      result.put("", (int) number.value());
    } else if (e instanceof Expression.Binary binary) {
      if (binary.operator() == BinaryOperator.MULTIPLY) {
        int factor = of(linear(binary.left()), "");
        linear(binary.right()).forEach((name, value) -> result.put(name, factor * value));
      } else {
        int sign = binary.operator() == BinaryOperator.SUBTRACT ? -1 : 1;
        result.putAll(linear(binary.left()));
        linear(binary.right())
            .forEach((name, value) -> result.merge(name, sign * value, Integer::sum));
      }
    }
    return result;
  }

  private List<String> names(Expression e) {
    List<String> found = new ArrayList<>();
    if (e instanceof Expression.Index index) {
      for (IndexItem item : index.items()) {
        linear(((IndexItem.At) item).value()).keySet().stream()
            .filter(name -> !name.isEmpty())
            .forEach(found::add);
      }
    }
    children(e).forEach(child -> found.addAll(names(child)));
    return found.stream().distinct().toList();
  }

  private static List<String> plus(List<String> kept, List<String> more) {
    List<String> all = new ArrayList<>(kept);
    all.addAll(more);
    return all;
  }

  /** The additive terms, each reduced to {@code kept}, then added. */
  private Table additive(Expression e, List<String> kept, AssignOperator operator) {
    List<Expression> terms = new ArrayList<>();
    List<Boolean> negated = new ArrayList<>();
    addends(e, false, terms, negated);
    @Nullable Table total = null;
    for (int i = 0; i < terms.size(); i++) {
      boolean projects =
          operator == AssignOperator.MAX
              || operator == AssignOperator.MIN
              || operator == AssignOperator.AVERAGE;
      Table value = projects ? unsummed(terms.get(i), kept) : value(terms.get(i), kept);
      if (negated.get(i)) {
        value = value.map(v -> -v);
      }
      value =
          switch (operator) {
            case SET, ADD -> value.sum(kept);
            case MAX -> value.reduce(kept, Double.NEGATIVE_INFINITY, Math::max, (v, n) -> v);
            case MIN -> value.reduce(kept, Double.POSITIVE_INFINITY, Math::min, (v, n) -> v);
            case AVERAGE -> value.reduce(kept, 0, Double::sum, (v, n) -> v / n);
          };
      total = total == null ? value : total.with(value, Double::sum);
    }
    return Objects.requireNonNull(total);
  }

  private static void addends(
      Expression e, boolean negative, List<Expression> terms, List<Boolean> negated) {
    if (e instanceof Expression.Binary binary
        && (binary.operator() == BinaryOperator.ADD
            || binary.operator() == BinaryOperator.SUBTRACT)) {
      addends(binary.left(), negative, terms, negated);
      boolean minus = binary.operator() == BinaryOperator.SUBTRACT;
      addends(binary.right(), negative != minus, terms, negated);
    } else if (e instanceof Expression.Unary unary && unary.operator() == UnaryOperator.NEGATE) {
      addends(unary.operand(), !negative, terms, negated);
    } else {
      terms.add(e);
      negated.add(negative);
    }
  }

  private Table unsummed(Expression e, List<String> kept) {
    return isProduct(e) ? product(e, kept, false) : value(e, kept);
  }

  private static boolean isProduct(Expression e) {
    return e instanceof Expression.Join
        || (e instanceof Expression.Binary binary
            && (binary.operator() == BinaryOperator.MULTIPLY
                || binary.operator() == BinaryOperator.DIVIDE));
  }

  private Table value(Expression e, List<String> kept) {
    if (e instanceof Expression.IntLiteral number) {
      return constant((double) number.value());
    } else if (e instanceof Expression.FloatLiteral number) {
      return constant(number.value());
    } else if (e instanceof Expression.Index index) {
      return access(index);
    } else if (isProduct(e)) {
      return product(e, kept, true);
    } else if (e instanceof Expression.Unary unary) {
      return value(unary.operand(), kept).map(v -> -v);
    } else if (e instanceof Expression.Binary binary) {
      boolean elementwise = binary.operator() == BinaryOperator.POWER;
      List<String> first = elementwise ? plus(kept, names(binary.right())) : kept;
      List<String> second = elementwise ? plus(kept, names(binary.left())) : kept;
      return value(binary.left(), first).with(value(binary.right(), second), operation(binary));
    }
    return call((Expression.Call) e, kept);
  }

  private static DoubleBinaryOperator operation(Expression.Binary binary) {
    return switch (binary.operator()) {
      case ADD -> Double::sum;
      case SUBTRACT -> (x, y) -> x - y;
      case POWER -> Math::pow;
      default -> throw new IllegalArgumentException(binary.span().text());
    };
  }

  private Table constant(double value) {
    return Table.of(List.of(), sizes, at -> value);
  }

  private Table access(Expression.Index index) {
    Tensor tensor = of(tensors, ((Expression.Name) index.target()).name());
    List<Map<String, Integer>> axes =
        index.items().stream().map(item -> linear(((IndexItem.At) item).value())).toList();
    float[] data = tensor.toFloatArray();
    return Table.of(
        names(index),
        sizes,
        at -> {
          long position = 0;
          for (int axis = 0; axis < axes.size(); axis++) {
            long index1 = 0;
            for (Map.Entry<String, Integer> part : axes.get(axis).entrySet()) {
              index1 +=
                  part.getValue() * (long) (part.getKey().isEmpty() ? 1 : of(at, part.getKey()));
            }
            if (index1 < 0 || index1 >= tensor.dim(axis)) {
              return 0;
            }
            position = position * tensor.dim(axis) + index1;
          }
          return data[(int) position];
        });
  }

  private static void factors(
      Expression e, boolean below, List<Expression> factors, List<Boolean> divides) {
    if (e instanceof Expression.Join join && !below) {
      join.factors().forEach(factor -> factors(factor, false, factors, divides));
    } else if (e instanceof Expression.Binary binary && isProduct(e) && !below) {
      factors(binary.left(), false, factors, divides);
      factors(binary.right(), binary.operator() == BinaryOperator.DIVIDE, factors, divides);
    } else {
      factors.add(e);
      divides.add(below);
    }
  }

  private Table product(Expression e, List<String> kept, boolean summed) {
    List<Expression> factors = new ArrayList<>();
    List<Boolean> divides = new ArrayList<>();
    factors(e, false, factors, divides);
    Table total = constant(1);
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < factors.size(); i++) {
      List<String> inner = new ArrayList<>(kept);
      for (int j = 0; j < factors.size(); j++) {
        if (j != i) {
          inner.addAll(names(factors.get(j)));
        }
      }
      Table factor = value(factors.get(i), inner);
      factor.labels().forEach(label -> counts.merge(label, 1, Integer::sum));
      total = total.with(factor, divides.get(i) ? (x, y) -> x / y : (x, y) -> x * y);
    }
    if (!summed) {
      return total;
    }
    List<String> left =
        total.labels().stream()
            .filter(label -> kept.contains(label) || of(counts, label) < 2)
            .toList();
    return total.sum(left);
  }

  private Table call(Expression.Call call, List<String> kept) {
    Table x = additive(call.arguments().get(0).value(), kept, AssignOperator.SET);
    return switch (call.function().name()) {
      case "relu" -> x.map(v -> Math.max(v, 0));
      case "exp" -> x.map(Math::exp);
      case "tanh" -> x.map(Math::tanh);
      case "step" -> x.map(v -> v > 0 ? 1 : 0);
      case "sig" -> x.map(v -> 1 / (1 + Math.exp(-v)));
      case "twice" -> x.map(v -> 2 * v);
      case "abs" -> x.map(Math::abs);
      case "softmax" -> softmax(x);
      default -> throw new IllegalArgumentException(call.span().text());
    };
  }

  private Table softmax(Table x) {
    List<String> along = marked.isEmpty() ? List.of(left.get(left.size() - 1)) : marked;
    List<String> others = x.labels().stream().filter(l -> !along.contains(l)).toList();
    Table e = x.map(Math::exp);
    return e.with(e.sum(others), (a, total) -> a / total);
  }
}
