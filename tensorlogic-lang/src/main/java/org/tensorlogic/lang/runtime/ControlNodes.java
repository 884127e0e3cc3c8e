package org.tensorlogic.lang.runtime;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.VoidValue;

/** Blocks, branches, and leaving them. */
final class ControlNodes {
  private ControlNodes() {}

  /** Statements with the slots {@code from} to {@code to} as their scope. */
  static final class Block extends Node {
    private final Node[] statements;
    private final int from;
    private final int to;

    Block(Span span, Node[] statements, int from, int to) {
      super(span);
      this.statements = statements;
      this.from = from;
      this.to = to;
    }

    @Override
    public Completion execute(Frame frame) {
      Completion completion = Completion.NORMAL;
      try {
        for (Node statement : statements) {
          frame.execution().step();
          completion = statement.execute(frame);
          if (completion != Completion.NORMAL) {
            break;
          }
        }
      } catch (Departure e) {
        completion = e.completion();
      }
      leave(frame, frame.result());
      return completion;
    }

    @Override
    public Completion executeLast(Frame frame) {
      Completion completion = Completion.NORMAL;
      try {
        int last = statements.length - 1;
        for (int i = 0; i < last && completion == Completion.NORMAL; i++) {
          frame.execution().step();
          completion = statements[i].execute(frame);
        }
        if (completion == Completion.NORMAL) {
          frame.execution().step();
          if (last < 0) {
            frame.returns(VoidValue.VOID);
          } else {
            statements[last].executeLast(frame);
          }
        }
      } catch (Departure e) {
        completion = e.completion();
      }
      leave(frame, frame.result());
      return Completion.RETURN;
    }

    @Override
    public Datum evaluate(Frame frame) {
      try {
        int last = statements.length - 1;
        for (int i = 0; i < last; i++) {
          frame.execution().step();
          Completion completion = statements[i].execute(frame);
          if (completion != Completion.NORMAL) {
            throw Departure.of(completion);
          }
        }
        Datum value = last < 0 ? VoidValue.VOID : statements[last].evaluate(frame);
        leave(frame, value);
        return value;
      } catch (Departure e) {
        leave(frame, frame.result());
        throw e;
      }
    }

    /** Ends the scope, but not of a value that goes on. */
    private void leave(Frame frame, Datum kept) {
      if (to > from) {
        kept.hold();
        frame.leave(from, to);
        kept.unhold();
      }
    }
  }

  static final class If extends Node {
    private final Node condition;
    private final Node then;
    private final @Nullable Node otherwise;

    If(Span span, Node condition, Node then, @Nullable Node otherwise) {
      super(span);
      this.condition = condition;
      this.then = then;
      this.otherwise = otherwise;
    }

    private @Nullable Node chosen(Frame frame) {
      return truth(condition, frame) ? then : otherwise;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Node branch = chosen(frame);
      return branch == null ? VoidValue.VOID : branch.evaluate(frame);
    }

    @Override
    public Completion execute(Frame frame) {
      Node branch = chosen(frame);
      return branch == null ? Completion.NORMAL : branch.execute(frame);
    }

    @Override
    public Completion executeLast(Frame frame) {
      Node branch = chosen(frame);
      if (branch == null) {
        frame.returns(VoidValue.VOID);
        return Completion.RETURN;
      }
      return branch.executeLast(frame);
    }
  }

  /** The truth value of a condition. */
  static boolean truth(Node condition, Frame frame) {
    Datum value = condition.evaluate(frame);
    try {
      return Operators.truth(value);
    } catch (Fault e) {
      throw e.at(condition.span());
    }
  }

  static final class Return extends Node {
    private final @Nullable Node value;

    Return(Span span, @Nullable Node value) {
      super(span);
      this.value = value;
    }

    @Override
    public Completion execute(Frame frame) {
      frame.returns(value == null ? VoidValue.VOID : value.evaluate(frame));
      return Completion.RETURN;
    }

    @Override
    public Completion executeLast(Frame frame) {
      return execute(frame);
    }

    @Override
    public Datum evaluate(Frame frame) {
      throw Departure.of(execute(frame));
    }
  }

  /** {@code break} and {@code continue}. */
  static final class Jump extends Node {
    private final Completion completion;

    Jump(Span span, Completion completion) {
      super(span);
      this.completion = completion;
    }

    @Override
    public Completion execute(Frame frame) {
      return completion;
    }

    @Override
    public Completion executeLast(Frame frame) {
      return completion;
    }

    @Override
    public Datum evaluate(Frame frame) {
      throw Departure.of(completion);
    }
  }
}
