package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The constants of a knowledge base as small ints: strings (symbols and strings are the same),
 * longs and doubles. A double with an integral value is the long of that value.
 */
public final class Constants {
  static final int UNKNOWN = -1;

  /** What a number takes, and a string without its characters. */
  private static final int BYTES = 100;

  private final Budget budget;
  private final Map<Object, Integer> ids = new HashMap<>();
  private final List<Object> values = new ArrayList<>();

  /** Constants whose memory counts against a budget. */
  Constants(Budget budget) {
    this.budget = budget;
  }

  /** The id of a constant, given to it now if it has none. */
  public int intern(Object value) {
    Object key = canonical(value);
    Integer known = ids.get(key);
    if (known != null) {
      return known;
    }
    budget.memory(
        BYTES + (key instanceof String text ? (long) Character.BYTES * text.length() : 0));
    ids.put(key, values.size());
    values.add(key);
    return values.size() - 1;
  }

  /** The id of a constant, or -1 if no fact or rule has it. */
  public int find(Object value) {
    return ids.getOrDefault(canonical(value), UNKNOWN);
  }

  /** The String, Long or Double behind an id. */
  public Object value(int id) {
    return values.get(id);
  }

  public int size() {
    return values.size();
  }

  static Object canonical(Object value) {
    if (value instanceof Double number) {
      long integer = (long) (double) number;
      return integer == number && Math.abs(number) < 0x1p53 ? (Object) integer : number;
    }
    return value;
  }
}
