package org.tensorlogic.lang.runtime;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.OpaqueValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;
import org.tensorlogic.optim.Schedule;

/** {@code learn}, and {@code a ~ b}. */
final class LearnNodes {
  private static final int DIGITS = 6;

  private LearnNodes() {}

  /** {@code left ~ right}: only means something while learning. */
  static final class Fit extends Node {
    private final Node left;
    private final Node right;

    Fit(Span span, Node left, Node right) {
      super(span);
      this.left = left;
      this.right = right;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum a = left.evaluate(frame);
      a.hold();
      Datum b = right.evaluate(frame);
      a.unhold();
      Learning learning = frame.execution().learning();
      if (learning != null) {
        try {
          learning.fit(frame.execution().asTensor(a), frame.execution().asTensor(b));
        } catch (RuntimeException e) {
          throw Faults.locate(e, span());
        }
      }
      a.discard();
      b.discard();
      return VoidValue.VOID;
    }
  }

  /** What {@code optimizer} is bound to in an imperative block. */
  static final class OptimizerHandle extends OpaqueValue {
    private final String name;

    OptimizerHandle(String name) {
      super("optimizer");
      this.name = name;
    }

    @Override
    public String toString() {
      return "Optimizer(" + name + ")";
    }
  }

  /** The entries of a learn block; a missing one is null. */
  record Headers(
      @Nullable Node objective,
      @Nullable ChoiceNode optimizer,
      @Nullable ChoiceNode scheduler,
      @Nullable Node epochs,
      @Nullable Node clip,
      @Nullable Node dropout,
      @Nullable Node seed,
      @Nullable Node logEvery) {}

  /** An optimizer or scheduler whose settings are still to be evaluated. */
  record ChoiceNode(Span span, String name, List<String> names, List<Node> values) {
    OptimizerChoice evaluate(Frame frame) {
      List<Double> settings = values.stream().map(node -> number(node, frame)).toList();
      try {
        return OptimizerChoice.of(name, names, settings);
      } catch (Fault e) {
        throw e.at(span);
      }
    }

    private static double number(Node node, Frame frame) {
      Datum value = node.evaluate(frame);
      if (value instanceof BoolValue truth) {
        return truth.value() ? 1 : 0;
      }
      return LearnNodes.number(value, node);
    }
  }

  static double number(Datum value, Node node) {
    try {
      return value.toDouble();
    } catch (Fault e) {
      throw e.at(node.span());
    }
  }

  private static long integer(Datum value, Node node) {
    try {
      return value.toLong();
    } catch (Fault e) {
      throw e.at(node.span());
    }
  }

  /** A variable that may hold parameters. */
  record Visible(String name, Scopes.Variable variable) {
    @Nullable Datum value(Frame frame) {
      return variable.global()
          ? frame.execution().globals().get(variable.index())
          : frame.get(variable.index());
    }
  }

  /** A learn block. With an objective it loops over epochs, without one its body runs once. */
  static final class Learn extends Node {
    private final Headers headers;
    private final List<Visible> visible;
    private final Node body;
    private final int from;
    private final int to;
    private final int epochsSlot;
    private final int optimizerSlot;

    Learn(
        Span span,
        Headers headers,
        List<Visible> visible,
        Node body,
        int from,
        int to,
        int epochsSlot,
        int optimizerSlot) {
      super(span);
      this.headers = headers;
      this.visible = visible;
      this.body = body;
      this.from = from;
      this.to = to;
      this.epochsSlot = epochsSlot;
      this.optimizerSlot = optimizerSlot;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Execution execution = frame.execution();
      if (execution.learning() != null) {
        throw new Fault(DiagnosticCode.NOTHING_TO_LEARN, "learn blocks cannot be nested")
            .at(span());
      }
      Learnables learnables = new Learnables();
      visible.forEach(v -> learnables.add(v.name(), v.value(frame)));
      addGlobals(learnables, execution.globals());
      execution.logic().addLearnables(learnables);
      if (learnables.found().isEmpty()) {
        throw new Fault(
                DiagnosticCode.NOTHING_TO_LEARN,
                "learn finds no learnable tensor here",
                "declare one: tensor W: float32[2, 3] learnable = …")
            .at(span());
      }
      ChoiceNode chosen = headers.optimizer();
      OptimizerChoice choice = chosen == null ? OptimizerChoice.standard() : chosen.evaluate(frame);
      if (headers.seed() != null) {
        execution.seed(integer(headers.seed().evaluate(frame), headers.seed()));
      }
      try (Learning learning = learning(learnables, choice)) {
        configure(learning, frame);
        execution.setLearning(learning);
        if (headers.objective() == null) {
          imperative(learning, choice, frame);
        } else {
          declarative(learning, learnables.found(), frame);
        }
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      } finally {
        execution.setLearning(null);
      }
      return VoidValue.VOID;
    }

    /** Globals whose declaration comes after the text of the block, as for one in a function. */
    private void addGlobals(Learnables learnables, Globals globals) {
      Set<String> known = visible.stream().map(Visible::name).collect(Collectors.toSet());
      for (String name : globals.variableNames()) {
        if (!known.contains(name)) {
          learnables.add(name, globals.get(name));
        }
      }
    }

    private void configure(Learning learning, Frame frame) {
      if (headers.clip() != null) {
        double norm = number(headers.clip().evaluate(frame), headers.clip());
        if (!(norm >= 0 && norm < Double.POSITIVE_INFINITY)) {
          throw header("clip_grad_norm must be a number of at least 0, got ", norm, headers.clip());
        }
        learning.optimizer().clipNorm(norm);
      }
      if (headers.dropout() != null) {
        Datum value = headers.dropout().evaluate(frame);
        boolean on = !(value instanceof BoolValue truth) || truth.value();
        double rate = value instanceof BoolValue ? 0 : number(value, headers.dropout());
        if (!(rate >= 0 && rate < 1)) {
          throw header("dropout must be at least 0 and below 1, got ", rate, headers.dropout());
        }
        learning.setDropout(rate, on);
      }
    }

    private static Fault header(String message, double got, Node node) {
      return new Fault(DiagnosticCode.INVALID_HEADER, message + FloatValue.of(got)).at(node.span());
    }

    private long epochs(Frame frame) {
      Node node = headers.epochs();
      if (node == null) {
        throw new Fault(
                DiagnosticCode.INVALID_HEADER,
                "learn with an objective needs the number of epochs",
                "add 'epochs: 100'")
            .at(span());
      }
      long epochs = integer(node.evaluate(frame), node);
      if (epochs < 1) {
        throw new Fault(DiagnosticCode.INVALID_HEADER, "epochs must be at least 1, got " + epochs)
            .at(node.span());
      }
      return epochs;
    }

    private Learning learning(Learnables learnables, OptimizerChoice choice) {
      try {
        return new Learning(learnables.found(), choice);
      } catch (RuntimeException e) {
        throw Faults.locate(e, headers.optimizer() == null ? span() : headers.optimizer().span());
      }
    }

    private static Schedule schedule(ChoiceNode chosen, Frame frame, long epochs) {
      try {
        return chosen.evaluate(frame).schedule(epochs);
      } catch (RuntimeException e) {
        throw Faults.locate(e, chosen.span());
      }
    }

    private void declarative(Learning learning, List<Learnables.Named> parameters, Frame frame) {
      Execution execution = frame.execution();
      long epochs = epochs(frame);
      Schedule schedule =
          headers.scheduler() == null
              ? Schedule.constant()
              : schedule(headers.scheduler(), frame, epochs);
      double rate = learning.optimizer().learningRate();
      Node log = headers.logEvery();
      long every = log == null ? 0 : integer(log.evaluate(frame), log);
      double first = 0;
      double last = 0;
      for (long epoch = 1; epoch <= epochs; epoch++) {
        execution.step();
        last = epoch(learning, frame);
        first = epoch == 1 ? last : first;
        learning.setLearningRate(schedule.rate(rate, epoch));
        if (every > 0 && epoch % every == 0) {
          execution.print("epoch " + epoch + "/" + epochs + " loss=" + shown(last) + "\n");
        }
      }
      execution.print(
          "learn: " + epochs + " epochs, loss " + shown(first) + " -> " + shown(last) + "\n");
      for (Learnables.Named parameter : parameters) {
        execution.print("  " + parameter.name() + ": " + parameter.value() + "\n");
      }
    }

    private double epoch(Learning learning, Frame frame) {
      learning.record();
      body.execute(frame);
      Node objective = headers.objective();
      if (objective == null) {
        throw new IllegalStateException("a declarative block has an objective");
      }
      Datum value = objective.evaluate(frame);
      value.hold();
      frame.leave(from, to);
      value.unhold();
      try {
        if (!value.isNumber() && !(value instanceof TensorValue)) {
          throw new Fault(
              DiagnosticCode.TYPE_MISMATCH, "the objective must be a number, got " + value.type());
        }
        double loss = learning.step(value instanceof TensorValue t ? t.tensor() : null);
        value.discard();
        return loss;
      } catch (Fault e) {
        throw e.at(objective.span());
      }
    }

    private void imperative(Learning learning, OptimizerChoice choice, Frame frame) {
      if (headers.epochs() != null) {
        frame.set(epochsSlot, IntValue.of(epochs(frame)));
      }
      frame.set(optimizerSlot, new OptimizerHandle(choice.name()));
      learning.record();
      body.execute(frame);
      if (learning.hasFits()) {
        learning.step(null);
      }
      frame.leave(from, to);
    }

    /** At most six digits, without an exponent where that is short. */
    private static String shown(double loss) {
      if (loss == 0 || !Double.isFinite(loss) || Math.abs(loss) < 1e-9 || Math.abs(loss) >= 1e9) {
        return FloatValue.of(loss).toString();
      }
      String text =
          new BigDecimal(loss).round(new MathContext(DIGITS)).stripTrailingZeros().toPlainString();
      return text.indexOf('.') < 0 ? text + ".0" : text;
    }
  }

  /** The gradients of a loss, and one step: {@code backward(loss)}. */
  static void backward(Execution execution, Tensor loss) {
    Learning learning = execution.learning();
    if (learning == null) {
      throw new Fault(
          DiagnosticCode.BACKWARD_OUTSIDE_LEARN, "backward works only inside a learn block");
    }
    learning.step(loss);
    learning.record();
  }
}
