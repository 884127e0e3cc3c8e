package org.tensorlogic.lang.builtin;

import java.util.ArrayList;
import java.util.List;

/**
 * A built-in's name and parameters, written {@code softmax(x, dim?)}: {@code ?} marks one that may
 * be missing, {@code …} after the last one any number.
 */
public record Signature(String name, List<String> parameters, int required, boolean variadic) {

  static Signature parse(String text) {
    int open = text.indexOf('(');
    String inner = text.substring(open + 1, text.length() - 1);
    List<String> parameters = new ArrayList<>();
    int required = 0;
    boolean variadic = false;
    for (String word : inner.isEmpty() ? new String[0] : inner.split(",")) {
      String parameter = word.strip();
      if (parameter.endsWith("…")) {
        variadic = true;
        parameter = parameter.substring(0, parameter.length() - 1);
      } else if (parameter.endsWith("?")) {
        parameter = parameter.substring(0, parameter.length() - 1);
      } else {
        required++;
      }
      parameters.add(parameter);
    }
    return new Signature(text.substring(0, open), List.copyOf(parameters), required, variadic);
  }

  /** The parameter that an argument goes to. */
  public String parameter(int argument) {
    return parameters.get(Math.min(argument, parameters.size() - 1));
  }

  /** How many arguments it takes, for messages. */
  public String counts() {
    if (variadic) {
      return "at least " + required;
    }
    return required == parameters.size() ? "" + required : required + " to " + parameters.size();
  }

  /** As in the documentation: {@code softmax(x [, dim])}. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(name).append('(');
    for (int i = 0; i < parameters.size(); i++) {
      boolean optional = i >= required;
      out.append(optional ? i == 0 ? "[" : " [, " : i == 0 ? "" : ", ").append(parameters.get(i));
      out.append(optional ? variadic ? ", …]" : "]" : "");
    }
    return out.append(')').toString();
  }
}
