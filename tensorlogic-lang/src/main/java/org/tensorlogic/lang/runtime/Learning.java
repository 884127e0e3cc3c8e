package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.GradientTape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.optim.Optimizer;
import org.tensorlogic.optim.Parameter;

/** A learn block while it runs: its parameters, what records their use, and the optimizer. */
public final class Learning implements AutoCloseable {
  private final List<Learnables.Named> learnables;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Optimizer optimizer;
  private final List<Tensor> fits = new ArrayList<>();
  private @Nullable GradientTape tape;
  private double dropout;
  private boolean dropping = true;

  Learning(List<Learnables.Named> learnables, OptimizerChoice choice) {
    this.learnables = learnables;
    for (Learnables.Named learnable : learnables) {
      parameters.add(Parameter.of(learnable.value().tensor()));
      learnable.value().setLearning(true);
    }
    this.optimizer = choice.create(parameters);
    publish();
  }

  Optimizer optimizer() {
    return optimizer;
  }

  /** Changes the rate of later steps. */
  public void setLearningRate(double rate) {
    optimizer.learningRate(rate);
  }

  void setDropout(double rate, boolean on) {
    dropout = rate;
    dropping = on;
  }

  /** The rate of {@code dropout(x)} without a rate of its own. */
  public double dropoutRate() {
    return dropout;
  }

  public boolean isDropping() {
    return dropping;
  }

  /** Begins to record: everything computed from now on counts for the next step. */
  void record() {
    GradientTape fresh = GradientTape.open();
    fresh.watch(values());
    tape = fresh;
  }

  private Tensor[] values() {
    return parameters.stream().map(Parameter::value).toArray(Tensor[]::new);
  }

  boolean isTracked(Tensor tensor) {
    return tape != null && tape.isTracked(tensor);
  }

  /** Adds mean((a - b)²) to the loss of the next step. */
  void fit(Tensor a, Tensor b) {
    try (Tensor difference = a.sub(b);
        Tensor squared = difference.square()) {
      fits.add(squared.to(DType.F32).mean());
    }
  }

  boolean hasFits() {
    return !fits.isEmpty();
  }

  /**
   * One step against the gradients of a loss, which is summed with what was fitted.
   *
   * @param loss null if only what was fitted counts
   * @return the value of the loss before the step
   */
  public double step(@Nullable Tensor loss) {
    Tensor total = loss == null ? null : scalar(loss);
    for (Tensor fit : fits) {
      total = total == null ? fit : total.add(fit);
    }
    fits.clear();
    GradientTape recorded = tape;
    if (total == null || recorded == null || !recorded.isTracked(total)) {
      throw new Fault(
              DiagnosticCode.OBJECTIVE_INDEPENDENT,
              "the objective does not depend on any learnable tensor",
              "learnable here: " + Learnables.names(learnables))
          .withHelp("compute it inside the learn block: only what runs there is differentiated");
    }
    double value = total.item();
    List<@Nullable Tensor> gradients = recorded.gradientsOrNull(total, values());
    stopRecording();
    optimizer.step(gradients);
    for (Tensor gradient : gradients) {
      if (gradient != null) {
        gradient.close();
      }
    }
    publish();
    return value;
  }

  private static Tensor scalar(Tensor loss) {
    return loss.size() == 1 && loss.dtype() == DType.F32 ? loss : loss.to(DType.F32).sum();
  }

  /** Shows the program the current values. */
  private void publish() {
    for (int i = 0; i < parameters.size(); i++) {
      learnables.get(i).value().update(parameters.get(i).value());
    }
  }

  private void stopRecording() {
    if (tape != null) {
      tape.close();
      tape = null;
    }
  }

  /** Ends learning: the program keeps the values, everything else is freed. */
  @Override
  public void close() {
    stopRecording();
    for (int i = 0; i < parameters.size(); i++) {
      Tensor value = parameters.get(i).value();
      TensorValue learnable = learnables.get(i).value();
      learnable.setLearning(false);
      learnable.update(Tensor.detached(() -> value.reshape(value.shape().dims())));
      parameters.get(i).close();
    }
    optimizer.close();
  }
}
