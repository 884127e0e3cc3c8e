package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StructValue;

/** {@code match}: the first arm whose pattern and guard hold. */
final class MatchNode extends Node {
  private final Node subject;
  private final List<Arm> arms;

  /** One arm; its bindings are the slots {@code from} to {@code to}. */
  record Arm(Test test, @Nullable Node guard, Node body, int from, int to) {}

  /** A compiled pattern: whether a value fits, storing what it binds. */
  interface Test {
    boolean matches(Datum value, Frame frame);
  }

  MatchNode(Span span, Node subject, List<Arm> arms) {
    super(span);
    this.subject = subject;
    this.arms = arms;
  }

  private interface Run<T> {
    T run(Node body);
  }

  private <T> T choose(Frame frame, Run<T> run) {
    Datum value = subject.evaluate(frame);
    value.hold();
    for (Arm arm : arms) {
      boolean fits =
          arm.test().matches(value, frame)
              && (arm.guard() == null || ControlNodes.truth(arm.guard(), frame));
      if (fits) {
        T result = run.run(arm.body());
        leave(frame, arm, result instanceof Datum kept ? kept : frame.result());
        if (result == value || frame.result() == value) {
          value.unhold();
        } else {
          value.release();
        }
        return result;
      }
      frame.leave(arm.from(), arm.to());
    }
    throw new Fault(DiagnosticCode.NO_MATCHING_ARM, "no arm matches " + value.quoted()).at(span());
  }

  private static void leave(Frame frame, Arm arm, Datum kept) {
    kept.hold();
    frame.leave(arm.from(), arm.to());
    kept.unhold();
  }

  @Override
  public Datum evaluate(Frame frame) {
    return choose(frame, body -> body.evaluate(frame));
  }

  @Override
  public Completion execute(Frame frame) {
    return choose(frame, body -> body.execute(frame));
  }

  @Override
  public Completion executeLast(Frame frame) {
    return choose(frame, body -> body.executeLast(frame));
  }

  static Test any() {
    return (value, frame) -> true;
  }

  static Test binding(int slot) {
    return (value, frame) -> {
      frame.set(slot, value);
      return true;
    };
  }

  static Test literal(Datum literal) {
    return (value, frame) -> Operators.areEqual(literal, value);
  }

  static Test alternatives(List<Test> options) {
    return (value, frame) -> options.stream().anyMatch(test -> test.matches(value, frame));
  }

  /** A struct of this name whose fields fit. */
  static Test struct(String name, List<String> fields, List<Test> tests) {
    return (value, frame) -> {
      if (!(value instanceof StructValue struct) || !struct.structType().name().equals(name)) {
        return false;
      }
      for (int i = 0; i < fields.size(); i++) {
        int index = struct.structType().index(fields.get(i));
        if (index < 0) {
          throw struct.unknownField(fields.get(i));
        }
        if (!tests.get(i).matches(struct.get(index), frame)) {
          return false;
        }
      }
      return true;
    };
  }
}
