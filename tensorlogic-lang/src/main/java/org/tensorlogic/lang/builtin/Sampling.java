package org.tensorlogic.lang.builtin;

import java.util.Arrays;
import java.util.Comparator;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.5: filtering logits and choosing from them. */
final class Sampling {
  private static final double SUM_TOLERANCE = 0.01;

  private Sampling() {}

  static void define(Registry registry) {
    registry.add("temperature(x, t)", Sampling::temperature);
    registry.add("top_k(x, k)", a -> filtered(a, row -> keepLargest(row, a.intValue(1))));
    registry.add("top_p(x, p)", a -> filtered(a, row -> keepNucleus(row, a.number(1))));
    registry.add("sample(probs)", Sampling::sample);
    registry.add("temperature_sample(x, t)", Sampling::temperatureSample);
    registry.add("top_p_sample(x, p)", Sampling::nucleusSample);
    registry.add("print_top_k(x, k)", Sampling::printLargest);
  }

  private interface Filter {
    /** Sets to -inf in place what is not kept. */
    void apply(double[] row);
  }

  private static Datum temperature(Arguments a) {
    double t = a.number(1);
    if (!(t > 0)) {
      throw a.invalid("the temperature must be above 0, got " + a.get(1));
    }
    return a.result(a.tensor(0).div(t));
  }

  /** What is kept, with its gradient, and -inf elsewhere. */
  private static Datum filtered(Arguments a, Filter filter) {
    Tensor x = a.tensor(0);
    float[] values = x.toFloatArray();
    int width = x.rank() == 0 ? 1 : Math.toIntExact(x.dim(-1));
    for (int from = 0; width > 0 && from < values.length; from += width) {
      double[] row = new double[width];
      for (int i = 0; i < width; i++) {
        row[i] = values[from + i];
      }
      filter.apply(row);
      for (int i = 0; i < width; i++) {
        values[from + i] = row[i] == Double.NEGATIVE_INFINITY ? 0 : 1;
      }
    }
    TensorFactory beside = Tensor.on(x.backend(), x.dtype());
    try (Tensor kept = beside.of(values, x.shape().dims());
        Tensor hidden = beside.full(Double.NEGATIVE_INFINITY)) {
      return TensorValue.of(Tensor.where(kept, x, hidden));
    }
  }

  private static Integer[] largestFirst(double[] row) {
    Integer[] order = new Integer[row.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble((Integer i) -> -row[i]));
    return order;
  }

  private static void keepLargest(double[] row, int k) {
    if (k < 1) {
      throw new Fault(DiagnosticCode.INVALID_VALUE, "top_k: k must be at least 1, got " + k);
    }
    Integer[] order = largestFirst(row);
    for (int rank = k; rank < order.length; rank++) {
      row[order[rank]] = Double.NEGATIVE_INFINITY;
    }
  }

  /** The fewest whose probabilities reach p stay. */
  private static void keepNucleus(double[] row, double p) {
    if (!(p > 0 && p <= 1)) {
      throw new Fault(
          DiagnosticCode.INVALID_VALUE, "top_p: p must be above 0 and at most 1, got " + p);
    }
    double[] probabilities = softmax(row, 1);
    Integer[] order = largestFirst(row);
    double sum = 0;
    for (int index : order) {
      if (sum >= p) {
        row[index] = Double.NEGATIVE_INFINITY;
      }
      sum += probabilities[index];
    }
  }

  /** The numbers of a vector, or of the last row of a matrix. */
  private static double[] lastRow(Arguments a) {
    Tensor x = a.tensor(0);
    if (x.rank() < 1 || x.dim(-1) == 0) {
      throw new Fault(
          DiagnosticCode.EMPTY_SEQUENCE, a.function() + ": nothing to choose from " + x.shape());
    }
    float[] values = x.toFloatArray();
    int width = Math.toIntExact(x.dim(-1));
    double[] row = new double[width];
    for (int i = 0; i < width; i++) {
      row[i] = values[values.length - width + i];
    }
    return row;
  }

  private static double[] softmax(double[] row, double t) {
    double largest = Arrays.stream(row).max().orElse(0);
    double[] weights = Arrays.stream(row).map(v -> Math.exp((v - largest) / t)).toArray();
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  private static Datum sample(Arguments a) {
    double[] probabilities = lastRow(a);
    double least = Arrays.stream(probabilities).min().orElse(0);
    if (least < 0) {
      throw a.invalid("probabilities must be at least 0, got " + (float) least);
    }
    double sum = Arrays.stream(probabilities).sum();
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      throw a.invalid("probabilities must sum to 1, got " + (float) sum);
    }
    return choose(a, probabilities);
  }

  private static Datum temperatureSample(Arguments a) {
    double t = a.number(1);
    double[] row = lastRow(a);
    if (t < 0) {
      throw a.invalid("the temperature cannot be negative, got " + a.get(1));
    }
    return t == 0 ? IntValue.of(largestFirst(row)[0]) : choose(a, softmax(row, t));
  }

  private static Datum nucleusSample(Arguments a) {
    double[] row = lastRow(a);
    keepNucleus(row, a.number(1));
    return choose(a, softmax(row, 1));
  }

  private static Datum choose(Arguments a, double[] probabilities) {
    double left = a.execution().random().nextDouble() * Arrays.stream(probabilities).sum();
    int last = 0;
    for (int i = 0; i < probabilities.length; i++) {
      if (probabilities[i] > 0) {
        last = i;
        left -= probabilities[i];
        if (left < 0) {
          break;
        }
      }
    }
    return IntValue.of(last);
  }

  private static Datum printLargest(Arguments a) {
    double[] row = lastRow(a);
    int k = a.intValue(1);
    StringBuilder out = new StringBuilder();
    Integer[] order = largestFirst(row);
    for (int rank = 0; rank < Math.min(k, order.length); rank++) {
      String value = a.tensor(0).dtype().format((float) row[order[rank]]);
      out.append(order[rank]).append(" = ").append(value).append('\n');
    }
    a.execution().print(out);
    return VoidValue.VOID;
  }
}
