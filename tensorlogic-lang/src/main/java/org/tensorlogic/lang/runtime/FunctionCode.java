package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;

/** A function ready to run. Parameters are the first slots, then its dimension names. */
public final class FunctionCode {
  private final String name;
  private final Span span;
  private final List<Parameter> parameters;
  private final Dimensions dimensions;
  private final @Nullable TypeCheck result;
  private final boolean checked;
  private Body body = new Body(null, 0);

  /** A parameter; {@code check} is null for an untyped one. */
  record Parameter(String name, @Nullable TypeCheck check) {}

  private record Body(@Nullable Node node, int slots) {}

  FunctionCode(
      String name,
      Span span,
      List<Parameter> parameters,
      Dimensions dimensions,
      @Nullable TypeCheck result) {
    this.name = name;
    this.span = span;
    this.parameters = parameters;
    this.dimensions = dimensions;
    this.result = result;
    this.checked =
        result != null || parameters.stream().anyMatch(parameter -> parameter.check() != null);
  }

  /** Called once, when the body has been compiled: bodies may call functions that come later. */
  void complete(Node node, int slots) {
    body = new Body(node, slots);
  }

  public String name() {
    return name;
  }

  public Span span() {
    return span;
  }

  List<String> dimensionNames() {
    return dimensions.names();
  }

  int parameterCount() {
    return parameters.size();
  }

  public List<String> parameterNames() {
    return parameters.stream().map(Parameter::name).toList();
  }

  /** A frame for a call; the caller stores the arguments in its first slots. */
  Frame frame(Execution execution) {
    return new Frame(execution, body.slots());
  }

  /** The declaration's line, for messages. */
  String declaredAt() {
    return "'" + name + "' is declared at " + span;
  }

  /** Runs the body in a frame that holds the arguments. */
  Datum run(Frame frame) {
    Execution execution = frame.execution();
    execution.enterCall();
    try {
      if (checked) {
        checkArguments(frame);
      }
      Node node = body.node();
      if (node == null) {
        throw new IllegalStateException("function " + name + " has not been compiled");
      }
      if (execution.needsNewStack()) {
        DeepStack.execute(node, frame);
      } else {
        node.executeLast(frame);
      }
      Datum value = frame.result();
      if (result != null) {
        value = checkResult(frame, value, result);
      }
      value.hold();
      frame.leave(0, body.slots());
      value.unhold();
      return value;
    } finally {
      execution.leaveCall();
    }
  }

  private void checkArguments(Frame frame) {
    DimensionSizes sizes = dimensions.isEmpty() ? null : new DimensionSizes(dimensions);
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Datum argument = frame.get(i);
      if (parameter.check() == null || argument == null) {
        continue;
      }
      Datum converted =
          parameter.check().apply(argument, frame.execution(), sizes, parameter.name());
      frame.set(i, converted);
    }
    if (sizes != null) {
      sizes.bind(frame, parameters.size());
    }
  }

  private Datum checkResult(Frame frame, Datum value, TypeCheck check) {
    DimensionSizes sizes = null;
    if (!dimensions.isEmpty()) {
      sizes = new DimensionSizes(dimensions);
      sizes.recall(frame, parameters.size());
    }
    try {
      return check.apply(value, frame.execution(), sizes, null);
    } catch (Fault e) {
      throw e.at(span);
    }
  }

  static Fault wrongCount(String function, int expected, int got, String declared) {
    String wanted = expected + (expected == 1 ? " argument" : " arguments");
    return new Fault(
            DiagnosticCode.ARGUMENT_COUNT, "'" + function + "' expects " + wanted + ", got " + got)
        .withNote(declared);
  }
}
