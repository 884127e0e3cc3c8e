package org.tensorlogic.lang;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds the names somebody may have meant: those written nearly so, and those used elsewhere. */
public final class Suggestions {
  private static final int MOST = 3;

  /** What other libraries call things, and what is written here. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("average", "mean"),
          Map.entry("axis", "dim"),
          Map.entry("clip", "clamp"),
          Map.entry("concatenate", "concat"),
          Map.entry("dot", "matmul"),
          Map.entry("expand", "broadcast_to"),
          Map.entry("keepdims", "keepdim"),
          Map.entry("length", "len"),
          Map.entry("ln", "log"),
          Map.entry("mm", "matmul"),
          Map.entry("ndim", "rank"),
          Map.entry("power", "pow"),
          Map.entry("size", "numel"),
          Map.entry("std", "sqrt(variance(x))"),
          Map.entry("t", "transpose"),
          Map.entry("var", "variance"),
          Map.entry("view", "reshape"));

  private Suggestions() {}

  /** The best three of {@code candidates} within distance max(1, ⌊length/3⌋) of {@code name}. */
  public static List<String> nearest(String name, Collection<String> candidates) {
    int limit = Math.max(1, name.length() / 3);
    record Scored(String name, int distance) {}
    return candidates.stream()
        .distinct()
        .filter(c -> Math.abs(c.length() - name.length()) <= limit && !c.equals(name))
        .map(c -> new Scored(c, distance(name, c)))
        .filter(s -> s.distance <= limit)
        .sorted(Comparator.comparingInt(Scored::distance).thenComparing(Scored::name))
        .limit(MOST)
        .map(Scored::name)
        .collect(Collectors.toList());
  }

  /** {@code diagnostic} with a line of help if there is another name for it, or a similar one. */
  public static Diagnostic add(
      Diagnostic diagnostic, String kind, String name, Collection<String> candidates) {
    String here = ELSEWHERE.getOrDefault(name, "");
    if (candidates.contains(here.replaceAll("\\(.*", ""))) {
      return diagnostic.withHelp("'" + name + "' is written '" + here + "' here");
    }
    List<String> nearest = nearest(name, candidates);
    if (nearest.isEmpty()) {
      return diagnostic;
    }
    String article = "aeiou".indexOf(kind.charAt(0)) >= 0 ? "an " : "a ";
    String names = nearest.stream().map(n -> "'" + n + "'").collect(Collectors.joining(", "));
    return diagnostic.withHelp(article + kind + " with a similar name exists: " + names);
  }

  /** Damerau-Levenshtein distance (optimal string alignment). */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] recycled = beforeLast;
      beforeLast = last;
      last = row;
      row = recycled;
    }
    return last[b.length()];
  }
}
