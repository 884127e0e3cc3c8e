package org.tensorlogic.lang.builtin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A built-in's name and parameters, written {@code softmax(x, dim?)}: {@code ?} marks one that may
 * be missing, {@code …} one that takes any number of arguments. What stands after a semicolon is
 * only given by name; {@code weight|W} can be called either.
 *
 * @param parameters their names, first those that have a place
 * @param places the place of each name
 * @param positional how many have a place
 * @param required how many must be given
 * @param variadic whether the last one that has a place takes any number
 */
public record Signature(
    String name,
    List<String> parameters,
    Map<String, Integer> places,
    int positional,
    int required,
    boolean variadic) {

  static Signature parse(String text) {
    int open = text.indexOf('(');
    String[] parts = text.substring(open + 1, text.length() - 1).split(";", -1);
    List<String> parameters = new ArrayList<>();
    Map<String, Integer> places = new HashMap<>();
    int required = 0;
    for (String word : words(parts[0])) {
      add(word, parameters, places);
      required += word.endsWith("?") || word.endsWith("…") ? 0 : 1;
    }
    int positional = parameters.size();
    for (String word : words(parts.length > 1 ? parts[1] : "")) {
      add(word, parameters, places);
    }
    return new Signature(
        text.substring(0, open),
        List.copyOf(parameters),
        Map.copyOf(places),
        positional,
        required,
        parts[0].endsWith("…"));
  }

  private static String[] words(String list) {
    return list.isBlank() ? new String[0] : list.strip().split(", *");
  }

  private static void add(String word, List<String> parameters, Map<String, Integer> places) {
    String[] names = word.replaceAll("[?…]$", "").split("\\|");
    for (String name : names) {
      places.put(name, parameters.size());
    }
    parameters.add(names[0]);
  }

  Signature renamed(String other) {
    return new Signature(other, parameters, places, positional, required, variadic);
  }

  /** The parameter that an argument at this place goes to. */
  public String parameter(int place) {
    return parameters.get(Math.min(place, (variadic ? positional : parameters.size()) - 1));
  }

  /**
   * The place of a named argument among {@code count}; -1 if no parameter is called so. Beside any
   * number of others what is only given by name comes last.
   */
  public int place(String argument, int count) {
    int place = places.getOrDefault(argument, -1);
    return variadic && place >= positional ? count - 1 : place;
  }

  /** How many arguments it takes, for messages. */
  public String counts() {
    if (variadic) {
      return "at least " + required;
    }
    return required == positional ? "" + required : required + " to " + positional;
  }

  /** As in the documentation: {@code softmax(x [, dim])}. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(name).append('(');
    for (int i = 0; i < parameters.size(); i++) {
      boolean optional = i >= required;
      out.append(optional ? i == 0 ? "[" : " [, " : i == 0 ? "" : ", ").append(parameters.get(i));
      boolean many = variadic && i == positional - 1;
      out.append(optional ? many ? ", …]" : i >= positional ? ": …]" : "]" : "");
    }
    return out.append(')').toString();
  }
}
