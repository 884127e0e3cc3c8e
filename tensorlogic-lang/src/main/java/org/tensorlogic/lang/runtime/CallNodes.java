package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.ShapeException;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.HostFunction;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.TensorLogicException;
import org.tensorlogic.lang.Value;
import org.tensorlogic.lang.builtin.Arguments;
import org.tensorlogic.lang.builtin.Builtin;
import org.tensorlogic.lang.builtin.CallSite;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;

/** Calls of functions by name. */
final class CallNodes {
  private CallNodes() {}

  /** Stores positional and named arguments in the slots of a new frame, from {@code first} on. */
  static void bind(
      FunctionCode code, Frame callee, int first, Node[] values, String[] names, Frame caller) {
    int expected = code.parameterCount() - first;
    if (values.length != expected) {
      throw FunctionCode.wrongCount(code.name(), expected, values.length, code.declaredAt());
    }
    for (int i = 0; i < values.length; i++) {
      int slot =
          first + (names.length == 0 || names[i].isEmpty() ? i : slot(code, names[i]) - first);
      if (callee.get(slot) != null) {
        throw new Fault(
            DiagnosticCode.ARGUMENT_COUNT,
            "'"
                + code.name()
                + "': argument '"
                + code.parameterNames().get(slot)
                + "' is given twice");
      }
      callee.set(slot, values[i].evaluate(caller));
    }
  }

  private static int slot(FunctionCode code, String name) {
    int slot = code.parameterNames().indexOf(name);
    if (slot < 0) {
      throw unknownParameter(code.name(), name, code.parameterNames());
    }
    return slot;
  }

  static Fault unknownParameter(String function, String name, List<String> known) {
    return new Fault(
            DiagnosticCode.UNKNOWN_PARAMETER, "'" + function + "' has no parameter '" + name + "'")
        .suggesting("parameter", name, known)
        .withNote("parameters: " + String.join(", ", known));
  }

  /** Runs a function, noting the call in errors. */
  static Datum run(FunctionCode code, Frame callee, Span span) {
    try {
      return code.run(callee);
    } catch (Fault e) {
      throw e.at(span).leaving(code.name() + ", called at " + span);
    }
  }

  /** A call of a function of the program. */
  static final class User extends Node {
    private final int function;
    private final String name;
    private final Node[] values;
    private final String[] names;

    User(Span span, int function, String name, Node[] values, String[] names) {
      super(span);
      this.function = function;
      this.name = name;
      this.values = values;
      this.names = names;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Execution execution = frame.execution();
      FunctionCode code = execution.globals().function(function);
      if (code == null) {
        throw Functions.unknown(name, execution).at(span());
      }
      Frame callee = code.frame(execution);
      try {
        bind(code, callee, 0, values, names, frame);
      } catch (Fault e) {
        throw e.at(span());
      }
      return run(code, callee, span());
    }
  }

  /** A call of a built-in; missing arguments are null. */
  static final class BuiltIn extends BuiltInCall {
    private final Builtin builtin;
    private final @Nullable Node[] values;
    private final boolean pure;

    BuiltIn(Span span, Builtin builtin, @Nullable Node[] values, @Nullable DType type) {
      super(span, type);
      this.builtin = builtin;
      this.values = values;
      this.pure = arePure(values);
    }

    private static boolean arePure(@Nullable Node[] values) {
      for (Node value : values) {
        if (value != null && !value.isPure()) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean isPure() {
      return pure;
    }

    @Override
    Datum call(Frame frame, CallSite site) {
      @Nullable Datum[] arguments = new @Nullable Datum[values.length];
      for (int i = 0; i < values.length; i++) {
        Node value = values[i];
        if (value != null) {
          Datum argument = value.evaluate(frame);
          if (!pure) {
            argument.hold();
          }
          arguments[i] = argument;
        }
      }
      return CallNodes.call(builtin, frame, arguments, !pure, site);
    }
  }

  /** Calls a built-in and frees the arguments that nobody holds. */
  static Datum call(
      Builtin builtin, Frame frame, @Nullable Datum[] values, boolean held, CallSite site) {
    try {
      if (held) {
        for (Datum value : values) {
          if (value != null) {
            value.unhold();
          }
        }
      }
      Arguments arguments = new Arguments(frame.execution(), builtin.signature(), values, site);
      Datum result = builtin.implementation().call(arguments);
      arguments.close(result);
      result.hold();
      for (Datum value : values) {
        if (value != null) {
          value.discard();
        }
      }
      result.unhold();
      return result;
    } catch (ShapeException | IndexOutOfBoundsException e) {
      throw Faults.of(builtin.signature().name(), e).at(site.span());
    } catch (RuntimeException e) {
      throw Faults.locate(e, site.span());
    } catch (OutOfMemoryError e) {
      throw Faults.of(e).at(site.span());
    }
  }

  /** A call of a Java function that the host has registered. */
  static final class Hosted extends Node {
    private final String name;
    private final HostFunction function;
    private final Node[] values;

    Hosted(Span span, String name, HostFunction function, Node[] values) {
      super(span);
      this.name = name;
      this.function = function;
      this.values = values;
    }

    @Override
    public Datum evaluate(Frame frame) {
      List<Value> arguments = new ArrayList<>(values.length);
      for (Node value : values) {
        Datum argument = value.evaluate(frame);
        argument.escape();
        arguments.add(argument);
      }
      try {
        return Conversions.fromJava(function.call(arguments));
      } catch (Fault e) {
        throw e.at(span());
      } catch (TensorLogicException e) {
        throw new Fault(e.diagnostic(), e).at(span());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failed(e);
      } catch (Exception e) {
        throw failed(e);
      }
    }

    private Fault failed(Exception e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      return new Fault(
          Diagnostic.error(DiagnosticCode.HOST_FUNCTION, span(), name + ": " + reason), e);
    }
  }
}
