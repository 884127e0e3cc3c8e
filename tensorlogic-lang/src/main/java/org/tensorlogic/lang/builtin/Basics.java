package org.tensorlogic.lang.builtin;

import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Learning;
import org.tensorlogic.lang.runtime.Operators;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.6 without files: printing, strings, assertions. */
final class Basics {
  private Basics() {}

  static void define(Registry registry) {
    registry.add("print(items…)", Basics::print);
    registry.add("str(x)", a -> StringValue.of(a.get(0).toString()));
    registry.addMethod("format(text, items…)", a -> StringValue.of(text(a)));
    registry.add("to_int(x)", Basics::toInt);
    registry.add("to_float(x)", a -> a.isTracking(0) ? scalar(a) : FloatValue.of(a.number(0)));
    registry.add("string_length(s)", a -> IntValue.of(length(a.string(0))));
    registry.add("string_substring(s, start, len)", Basics::substring);
    registry.add("assert(condition, message?)", Basics::assertTrue);
    registry.add("assert_eq(a, b)", Basics::assertEqual);
    registry.add("assert_about_eq(a, b, eps?)", Basics::assertNear);
    registry.add("backward(loss)", Basics::backward);
    registry.add("set_lr(optimizer, lr)", Basics::setLearningRate);
    registry.add("panic(text, items…)", a -> panic(text(a)));
  }

  /** A tensor of one element as one of rank 0. */
  private static Datum scalar(Arguments a) {
    a.number(0);
    return a.result(a.tensor(0).reshape());
  }

  private static Datum print(Arguments a) {
    a.execution().print(text(a) + "\n");
    return VoidValue.VOID;
  }

  /** The arguments with spaces between, or put into the braces of the first. */
  private static String text(Arguments a) {
    boolean template =
        a.count() > 1 && a.get(0) instanceof StringValue first && first.value().contains("{}");
    if (template) {
      return formatted(a);
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < a.count(); i++) {
      out.append(i == 0 ? "" : " ").append(a.get(i));
    }
    return out.toString();
  }

  private static String formatted(Arguments a) {
    String template = a.string(0);
    StringBuilder out = new StringBuilder();
    int used = 1;
    int at = 0;
    for (int hole = template.indexOf("{}"); hole >= 0; hole = template.indexOf("{}", at)) {
      if (used == a.count()) {
        throw a.invalid("more '{}' than values, which are " + (a.count() - 1));
      }
      out.append(template, at, hole).append(a.get(used++));
      at = hole + 2;
    }
    out.append(template, at, template.length());
    while (used < a.count()) {
      out.append(' ').append(a.get(used++));
    }
    return out.toString();
  }

  private static Datum toInt(Arguments a) {
    return a.get(0) instanceof IntValue integer
        ? integer
        : IntValue.of(Conversions.truncated(a.function(), a.number(0)));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static Datum substring(Arguments a) {
    String text = a.string(0);
    int length = length(text);
    long start = a.integer(1);
    long count = a.integer(2);
    if (start < 0 || count < 0 || start > length) {
      throw new Fault(
          DiagnosticCode.INDEX_OUT_OF_RANGE,
          a.function() + ": start " + start + ", length " + count + " in a string of " + length);
    }
    int from = text.offsetByCodePoints(0, (int) start);
    int to = text.offsetByCodePoints(0, (int) Math.min(length, start + count));
    return StringValue.of(text.substring(from, to));
  }

  private static Datum assertTrue(Arguments a) {
    if (!Operators.truth(a.get(0))) {
      String message = a.has(1) ? ": " + a.get(1) : "";
      throw new Fault(DiagnosticCode.ASSERTION_FAILED, "assertion failed" + message);
    }
    return VoidValue.VOID;
  }

  private static Datum assertEqual(Arguments a) {
    if (!Operators.areEqual(a.get(0), a.get(1))) {
      throw new Fault(
          DiagnosticCode.ASSERTION_FAILED,
          "assertion failed: " + a.get(0).quoted() + " is not equal to " + a.get(1).quoted());
    }
    return VoidValue.VOID;
  }

  private static Datum assertNear(Arguments a) {
    double eps = a.number(2, 1e-6);
    if (!near(a, eps)) {
      throw new Fault(
          DiagnosticCode.ASSERTION_FAILED,
          "assertion failed: "
              + a.get(0)
              + " and "
              + a.get(1)
              + " differ by more than "
              + FloatValue.of(eps));
    }
    return VoidValue.VOID;
  }

  private static boolean near(Arguments a, double eps) {
    boolean numbers = a.get(0).isNumber() && a.get(1).isNumber();
    if (numbers) {
      return Math.abs(a.number(0) - a.number(1)) <= eps;
    }
    float[] x = a.tensor(0).toFloatArray();
    float[] y = a.tensor(1).toFloatArray();
    boolean near = x.length == y.length;
    for (int i = 0; near && i < x.length; i++) {
      near = Math.abs((double) x[i] - y[i]) <= eps;
    }
    return near;
  }

  private static Datum backward(Arguments a) {
    a.execution().backward(a.tensor(0));
    return VoidValue.VOID;
  }

  private static Datum setLearningRate(Arguments a) {
    Learning learning = a.execution().learning();
    if (learning == null) {
      throw new Fault(
          DiagnosticCode.BACKWARD_OUTSIDE_LEARN, "set_lr works only inside a learn block");
    }
    if (!a.get(0).type().equals("optimizer")) {
      throw a.wrong(0, "an optimizer");
    }
    try {
      learning.setLearningRate(a.number(1));
    } catch (IllegalArgumentException e) {
      throw a.invalid("lr must be a finite number of at least 0, got " + a.get(1));
    }
    return VoidValue.VOID;
  }

  private static Datum panic(String message) {
    throw new Fault(DiagnosticCode.PANIC, "panic: " + message);
  }
}
