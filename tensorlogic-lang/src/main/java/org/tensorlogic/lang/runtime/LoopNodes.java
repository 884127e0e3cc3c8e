package org.tensorlogic.lang.runtime;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.VoidValue;

/** Loops. Their value is {@code ()}. */
final class LoopNodes {
  private LoopNodes() {}

  /** What loops share: leaving early, and having no value. */
  abstract static class Loop extends Node {
    Loop(Span span) {
      super(span);
    }

    @Override
    public final Datum evaluate(Frame frame) {
      if (execute(frame) == Completion.RETURN) {
        throw Departure.of(Completion.RETURN);
      }
      return VoidValue.VOID;
    }

    @Override
    public final Completion executeLast(Frame frame) {
      if (execute(frame) == Completion.NORMAL) {
        frame.returns(VoidValue.VOID);
      }
      return Completion.RETURN;
    }

    /** Counts an iteration. */
    final void count(Frame frame, long iterations) {
      try {
        frame.execution().step();
        frame.execution().checkIterations(iterations);
      } catch (Fault e) {
        throw e.at(span());
      }
    }
  }

  /** {@code while}, and {@code loop} when there is no condition. */
  static final class While extends Loop {
    private final @Nullable Node condition;
    private final Node body;

    While(Span span, @Nullable Node condition, Node body) {
      super(span);
      this.condition = condition;
      this.body = body;
    }

    @Override
    public Completion execute(Frame frame) {
      long iterations = 0;
      while (condition == null || ControlNodes.truth(condition, frame)) {
        count(frame, ++iterations);
        Completion completion = body.execute(frame);
        if (completion == Completion.BREAK) {
          break;
        } else if (completion == Completion.RETURN) {
          return completion;
        }
      }
      return Completion.NORMAL;
    }
  }

  /** {@code for i in from..to}. */
  static final class Range extends Loop {
    private final int slot;
    private final Node from;
    private final Node to;
    private final Node body;

    Range(Span span, int slot, Node from, Node to, Node body) {
      super(span);
      this.slot = slot;
      this.from = from;
      this.to = to;
      this.body = body;
    }

    @Override
    public Completion execute(Frame frame) {
      long first = bound(from, frame);
      long end = bound(to, frame);
      Completion completion = Completion.NORMAL;
      for (long i = first; i < end; i++) {
        count(frame, i - first + 1);
        frame.set(slot, IntValue.of(i));
        completion = body.execute(frame);
        if (completion == Completion.BREAK || completion == Completion.RETURN) {
          break;
        }
      }
      frame.set(slot, null);
      return completion == Completion.RETURN ? completion : Completion.NORMAL;
    }

    private static long bound(Node node, Frame frame) {
      Datum value = node.evaluate(frame);
      if (!value.isNumber()) {
        throw new Fault(DiagnosticCode.TYPE_MISMATCH, "a range needs integers, got " + value.type())
            .at(node.span());
      }
      try {
        return value.toLong();
      } catch (Fault e) {
        throw e.at(node.span());
      }
    }
  }

  /** {@code for x in value}. */
  static final class Each extends Loop {
    private final int slot;
    private final Node domain;
    private final Node body;

    Each(Span span, int slot, Node domain, Node body) {
      super(span);
      this.slot = slot;
      this.domain = domain;
      this.body = body;
    }

    @Override
    public Completion execute(Frame frame) {
      Datum value = domain.evaluate(frame);
      value.hold();
      Iterator<Datum> elements;
      try {
        elements = Elements.of(value, frame.execution());
      } catch (RuntimeException e) {
        throw Faults.locate(e, domain.span());
      }
      Completion completion = run(frame, elements);
      value.release();
      return completion == Completion.RETURN ? completion : Completion.NORMAL;
    }

    private Completion run(Frame frame, Iterator<Datum> elements) {
      Completion completion = Completion.NORMAL;
      long iterations = 0;
      while (elements.hasNext()) {
        count(frame, ++iterations);
        frame.set(slot, elements.next());
        completion = body.execute(frame);
        if (completion == Completion.BREAK || completion == Completion.RETURN) {
          break;
        }
      }
      Datum result = frame.result();
      result.hold();
      frame.set(slot, null);
      result.unhold();
      return completion;
    }
  }

  /** {@code for x in {a, b, c}}. */
  static final class Symbols extends Node {
    private final List<Datum> symbols;

    Symbols(Span span, List<Datum> symbols) {
      super(span);
      symbols.forEach(Datum::escape);
      this.symbols = symbols;
    }

    @Override
    public Datum evaluate(Frame frame) {
      return new ListValue(symbols);
    }
  }
}
