package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;

/** Constants and reading variables. */
final class Variables {
  private Variables() {}

  /** Reads a variable, which may have no value. */
  interface Reading {
    @Nullable Datum valueOrNull(Frame frame);
  }

  /** A value of the text of the program, which all its runs share. */
  static final class Constant extends Node {
    private final Datum value;

    Constant(Span span, Datum value) {
      super(span);
      value.escape();
      this.value = value;
    }

    Datum value() {
      return value;
    }

    @Override
    public Datum evaluate(Frame frame) {
      return value;
    }

    @Override
    public boolean isPure() {
      return true;
    }
  }

  static final class Local extends Node implements Reading {
    private final int slot;
    private final String name;

    Local(Span span, int slot, String name) {
      super(span);
      this.slot = slot;
      this.name = name;
    }

    @Override
    public @Nullable Datum valueOrNull(Frame frame) {
      return frame.get(slot);
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum value = valueOrNull(frame);
      if (value == null) {
        throw unset(name).at(span());
      }
      return value;
    }

    @Override
    public boolean isPure() {
      return true;
    }
  }

  static final class Global extends Node implements Reading {
    private final int index;
    private final String name;

    Global(Span span, int index, String name) {
      super(span);
      this.index = index;
      this.name = name;
    }

    @Override
    public @Nullable Datum valueOrNull(Frame frame) {
      return frame.execution().globals().get(index);
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum value = valueOrNull(frame);
      if (value == null) {
        throw unset(name).at(span());
      }
      return value;
    }

    @Override
    public boolean isPure() {
      return true;
    }
  }

  /**
   * A name that no variable has by the text: the host may bind it, or it may mean something to
   * logic, else it is an error.
   */
  static final class Unbound extends Node implements Reading {
    private final int index;
    private final String name;
    private final List<String> visible;

    Unbound(Span span, int index, String name, List<String> visible) {
      super(span);
      this.index = index;
      this.name = name;
      this.visible = visible;
    }

    @Override
    public @Nullable Datum valueOrNull(Frame frame) {
      Datum bound = frame.execution().globals().get(index);
      return bound != null ? bound : frame.execution().logic().named(name);
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum value = valueOrNull(frame);
      if (value == null) {
        throw undefined(name, visible).at(span());
      }
      return value;
    }

    @Override
    public boolean isPure() {
      return true;
    }
  }

  static Fault unset(String name) {
    return new Fault(
        DiagnosticCode.UNSET_VARIABLE, "variable '" + name + "' is declared but has no value yet");
  }

  static Fault undefined(String name, List<String> visible) {
    if (name.equals("python")) {
      return new Fault(
          DiagnosticCode.UNSUPPORTED_PYTHON,
          "calling Python is not supported",
          "register a Java function and call it by name");
    }
    return new Fault(DiagnosticCode.UNDEFINED_VARIABLE, "undefined variable '" + name + "'")
        .suggesting("variable", name, visible);
  }
}
