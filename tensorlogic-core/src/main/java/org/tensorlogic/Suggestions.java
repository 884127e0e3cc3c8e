package org.tensorlogic;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** "Did you mean": the nearest known names. */
final class Suggestions {
  private static final int MOST = 3;

  private Suggestions() {}

  /** A clause that begins with "; ", or nothing if no name is near. */
  static String of(String wanted, Collection<String> known) {
    int limit = Math.max(2, wanted.length() / 3);
    record Near(String name, int distance) {}
    List<String> nearest =
        known.stream()
            .filter(name -> Math.abs(name.length() - wanted.length()) <= limit)
            .map(name -> new Near(name, distance(wanted, name)))
            .filter(near -> near.distance <= limit)
            .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
            .limit(MOST)
            .map(Near::name)
            .toList();
    return nearest.isEmpty()
        ? ""
        : nearest.stream().collect(Collectors.joining("', '", "; did you mean '", "'?"));
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
