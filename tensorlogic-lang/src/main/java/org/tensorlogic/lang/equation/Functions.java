package org.tensorlogic.lang.equation;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.value.Fault;

/** The functions that equations apply. */
final class Functions {
  private static final Map<String, UnaryOp> UNARY = new HashMap<>();
  private static final Map<String, BinaryOp> BINARY =
      Map.of(
          "pow", BinaryOp.POW,
          "max", BinaryOp.MAXIMUM,
          "min", BinaryOp.MINIMUM,
          "add", BinaryOp.ADD,
          "sub", BinaryOp.SUB,
          "mul", BinaryOp.MUL,
          "div", BinaryOp.DIV);
  private static final Set<String> REDUCTIONS = Set.of("sum", "mean", "max", "min");
  private static final Set<String> NORMALIZING =
      Set.of("softmax", "log_softmax", "lnorm", "normalize");

  static {
    for (UnaryOp op : UnaryOp.values()) {
      UNARY.put(op.name().toLowerCase(Locale.ROOT), op);
    }
    UNARY.put("sig", UnaryOp.SIGMOID);
    UNARY.put("H", UnaryOp.STEP);
  }

  private Functions() {}

  static @Nullable UnaryOp unary(String name) {
    return UNARY.get(name);
  }

  static @Nullable BinaryOp binary(String name) {
    return BINARY.get(name);
  }

  static boolean isNormalizing(String name) {
    return NORMALIZING.contains(name);
  }

  /** Whether it is a sigmoid, which may have a temperature. */
  static boolean isSigmoid(String name) {
    return UNARY.get(name) == UnaryOp.SIGMOID;
  }

  /** Checks that a function exists and takes this many arguments. */
  static void check(Expression.Call call, int arguments, EquationNames names) {
    String name = call.function().name();
    if (names.isFunction(name)) {
      return;
    }
    int expected = BINARY.containsKey(name) ? 2 : 1;
    boolean known = UNARY.containsKey(name) || BINARY.containsKey(name) || isNormalizing(name);
    if (!known) {
      Fault fault =
          new Fault(
                  DiagnosticCode.UNKNOWN_FUNCTION,
                  "function '" + name + "' cannot be used in a tensor equation")
              .at(call.function().span());
      throw REDUCTIONS.contains(name)
          ? fault.withHelp(
              "indices that the left lacks are summed; max=, min=, avg= reduce otherwise")
          : fault.suggesting("function", name, names());
    }
    if (arguments != expected && !(isSigmoid(name) && arguments == 2)) {
      throw new Fault(
              DiagnosticCode.ARGUMENT_COUNT,
              name
                  + ": expected "
                  + expected
                  + " argument"
                  + (expected == 1 ? "" : "s")
                  + " in an equation, got "
                  + arguments)
          .at(call.span());
    }
  }

  private static List<String> names() {
    Set<String> names = new TreeSet<>(UNARY.keySet());
    names.addAll(BINARY.keySet());
    names.addAll(NORMALIZING);
    names.add("concat");
    return List.copyOf(names);
  }
}
