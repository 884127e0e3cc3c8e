package org.tensorlogic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A parsed Einstein summation: labels per operand and of the result, and the extent of each label.
 * Letters are labels by their code; the axes of an ellipsis get negative labels, the last one -1.
 */
final class EinsumSpec {
  final List<int[]> inputs = new ArrayList<>();
  final int[] output;
  private final Map<Integer, Long> extents = new HashMap<>();

  private final String equation;

  EinsumSpec(String equation, Shape... shapes) {
    this.equation = equation;
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] left = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (left.length != shapes.length) {
      throw error(left.length + " operands are named, " + shapes.length + " are given");
    }
    int ellipsis = 0;
    for (int i = 0; i < left.length; i++) {
      int[] labels = labels(left[i], shapes[i].rank());
      inputs.add(labels);
      for (int axis = 0; axis < labels.length; axis++) {
        fix(labels[axis], shapes[i].dim(axis));
        ellipsis = Math.max(ellipsis, -labels[axis]);
      }
    }
    output = arrow < 0 ? implicit() : letters(text.substring(arrow + 2), ellipsis);
    for (int i = 0; i < output.length; i++) {
      if (!extents.containsKey(output[i])) {
        throw error("index '" + (char) output[i] + "' of the result is in no operand");
      }
      for (int j = 0; j < i; j++) {
        if (output[i] == output[j]) {
          throw error("index '" + (char) output[i] + "' is twice in the result");
        }
      }
    }
  }

  /** The extent of a label of this equation. */
  long extent(int label) {
    return Objects.requireNonNull(extents.get(label));
  }

  private int[] labels(String term, int rank) {
    int letters = term.replace("...", "").length();
    if (rank < letters || (rank > letters && !term.contains("..."))) {
      throw error("'" + term + "' names " + letters + " axes of an operand of rank " + rank);
    }
    return letters(term, rank - letters);
  }

  private int[] letters(String term, int ellipsis) {
    List<Integer> labels = new ArrayList<>();
    boolean seen = false;
    for (int i = 0; i < term.length(); i++) {
      char c = term.charAt(i);
      if (!seen && term.startsWith("...", i)) {
        seen = true;
        for (int j = ellipsis; j > 0; j--) {
          labels.add(-j);
        }
        i += 2;
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        labels.add((int) c);
      } else {
        throw error("'" + c + "' is not an index; letters, ',', '->' and one '...' are");
      }
    }
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  private void fix(int label, long extent) {
    Long known = extents.putIfAbsent(label, extent);
    if (known == null || known == extent) {
      return;
    }
    if (label < 0 && (known == 1 || extent == 1)) {
      extents.put(label, Math.max(known, extent) == 1 ? 1 : known == 1 ? extent : known);
      return;
    }
    throw error(
        (label < 0 ? "an axis of '...'" : "index '" + (char) label + "'")
            + " has extent "
            + known
            + " and "
            + extent);
  }

  /** NumPy's rule: the ellipsis, then every letter that occurs once, in alphabetical order. */
  private int[] implicit() {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int[] labels : inputs) {
      for (int label : labels) {
        counts.merge(label, 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey() < 0 || entry.getValue() == 1)
        .mapToInt(Map.Entry::getKey)
        .toArray();
  }

  private ShapeException error(String facts) {
    return new ShapeException("einsum \"" + equation + "\": " + facts);
  }
}
