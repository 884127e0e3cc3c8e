package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** A function of named indices as a table of doubles, row-major. */
final class Table {
  private final List<String> labels;
  private final Map<String, Integer> sizes;
  private final double[] data;

  private Table(List<String> labels, Map<String, Integer> sizes, double[] data) {
    this.labels = labels;
    this.sizes = sizes;
    this.data = data;
  }

  List<String> labels() {
    return labels;
  }

  double[] data() {
    return data;
  }

  interface Value {
    double at(Map<String, Integer> indices);
  }

  /** The table of a function. */
  static Table of(List<String> labels, Map<String, Integer> sizes, Value value) {
    int count = 1;
    for (String label : labels) {
      count *= size(sizes, label);
    }
    double[] data = new double[count];
    Map<String, Integer> at = new HashMap<>();
    for (int i = 0; i < count; i++) {
      int rest = i;
      for (int l = labels.size() - 1; l >= 0; l--) {
        int size = size(sizes, labels.get(l));
        at.put(labels.get(l), rest % size);
        rest /= size;
      }
      data[i] = value.at(at);
    }
    return new Table(labels, sizes, data);
  }

  private static int size(Map<String, Integer> values, String label) {
    return Objects.requireNonNull(values.get(label));
  }

  double at(Map<String, Integer> indices) {
    int position = 0;
    for (String label : labels) {
      position = position * size(sizes, label) + size(indices, label);
    }
    return data[position];
  }

  Table map(DoubleUnaryOperator f) {
    return of(labels, sizes, at -> f.applyAsDouble(at(at)));
  }

  Table with(Table other, DoubleBinaryOperator f) {
    List<String> union = new ArrayList<>(labels);
    other.labels.stream().filter(label -> !union.contains(label)).forEach(union::add);
    return of(union, sizes, at -> f.applyAsDouble(at(at), other.at(at)));
  }

  /** Only these labels are left; the others are reduced from {@code start}, then finished. */
  Table reduce(
      List<String> kept, double start, DoubleBinaryOperator f, DoubleBinaryOperator finish) {
    List<String> left = labels.stream().filter(kept::contains).toList();
    List<String> gone = labels.stream().filter(label -> !kept.contains(label)).toList();
    if (gone.isEmpty()) {
      return this;
    }
    return of(
        left,
        sizes,
        at -> {
          Map<String, Integer> outer = new HashMap<>(at);
          double[] total = {start, 0};
          of(
              gone,
              sizes,
              inner -> {
                Map<String, Integer> both = new HashMap<>(outer);
                both.putAll(inner);
                total[0] = f.applyAsDouble(total[0], at(both));
                total[1]++;
                return 0;
              });
          return finish.applyAsDouble(total[0], total[1]);
        });
  }

  Table sum(List<String> kept) {
    return reduce(kept, 0, Double::sum, (total, count) -> total);
  }
}
