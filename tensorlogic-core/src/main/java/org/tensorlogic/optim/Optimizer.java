package org.tensorlogic.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.GradientTape;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;

/**
 * Changes parameters against their gradients. State is float32, beside the master copies.
 *
 * <pre>{@code
 * Optimizer optimizer = Adam.of(List.of(w, b)).learningRate(0.01);
 * for (int epoch = 0; epoch < 100; epoch++) {
 *   double loss = optimizer.minimize(() -> x.linear(w.value(), b.value()).sub(y).square().mean());
 * }
 * }</pre>
 */
public abstract class Optimizer implements AutoCloseable {
  private final List<Parameter> parameters;
  private double learningRate;
  private double weightDecay;
  private double clipNorm = Double.POSITIVE_INFINITY;
  private long steps;

  Optimizer(List<Parameter> parameters, double learningRate) {
    this.parameters = List.copyOf(parameters);
    this.learningRate = requirePositive("learningRate", learningRate);
  }

  static double requirePositive(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "optimizer: " + name + " must be a finite number of at least 0, got " + value);
    }
    return value;
  }

  static double requireFraction(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException("optimizer: " + name + " must be in [0, 1), got " + value);
    }
    return value;
  }

  /** The parameters, in the order of the gradients. */
  public final List<Parameter> parameters() {
    return parameters;
  }

  /** The size of a step. */
  public final double learningRate() {
    return learningRate;
  }

  /** Changes the size of later steps; schedules call this. */
  public Optimizer learningRate(double rate) {
    learningRate = requirePositive("learningRate", rate);
    return this;
  }

  /** Pulls parameters towards 0: how, the optimizer says. */
  public Optimizer weightDecay(double decay) {
    weightDecay = requirePositive("weightDecay", decay);
    return this;
  }

  final double weightDecay() {
    return weightDecay;
  }

  /** Scales all gradients down together when their common Euclidean norm exceeds this. */
  public Optimizer clipNorm(double norm) {
    clipNorm = requirePositive("clipNorm", norm);
    return this;
  }

  /** Steps made so far. */
  public final long steps() {
    return steps;
  }

  /**
   * Computes a loss, differentiates it and makes one step.
   *
   * @param loss computed from the values of the parameters; more than one element is summed
   * @return its value, before the step
   */
  public final double minimize(Supplier<Tensor> loss) {
    Tensor[] values = parameters.stream().map(Parameter::value).toArray(Tensor[]::new);
    double[] result = new double[1];
    List<@Nullable Tensor> gradients;
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(values);
      Tensor computed = loss.get();
      Tensor total = computed.size() == 1 ? computed : sum(computed);
      result[0] = total.item();
      gradients = tape.gradientsOrNull(total, values);
    }
    step(gradients);
    for (Tensor gradient : gradients) {
      if (gradient != null) {
        gradient.close();
      }
    }
    return result[0];
  }

  private static Tensor sum(Tensor losses) {
    try (Scope scope = Scope.open()) {
      return scope.keep(losses.to(DType.F32).sum());
    }
  }

  /**
   * Makes one step with one gradient per parameter, each of its shape. A parameter whose gradient
   * is null stays as it is, without weight decay or momentum, as PyTorch skips those with none.
   */
  public final void step(List<? extends @Nullable Tensor> gradients) {
    if (gradients.size() != parameters.size()) {
      throw new IllegalArgumentException(
          "step: "
              + parameters.size()
              + " gradients are needed, one per parameter, got "
              + gradients.size());
    }
    steps++;
    double factor = clipFactor(gradients);
    List<@Nullable Tensor> next = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      int index = i;
      Parameter parameter = parameters.get(i);
      Tensor gradient = gradients.get(i);
      next.add(
          gradient == null
              ? null
              : Tensor.detached(
                  () ->
                      update(
                          index,
                          parameter.master(),
                          factor == 1 ? gradient : gradient.mul(factor))));
    }
    for (int i = 0; i < next.size(); i++) {
      Tensor values = next.get(i);
      if (values != null) {
        parameters.get(i).set(values);
        values.close();
      }
    }
  }

  private double clipFactor(List<? extends @Nullable Tensor> gradients) {
    if (Double.isInfinite(clipNorm)) {
      return 1;
    }
    double squares = 0;
    for (Tensor gradient : gradients) {
      if (gradient == null) {
        continue;
      }
      try (Tensor norm = gradient.norm()) {
        squares += (double) norm.item() * norm.item();
      }
    }
    double norm = Math.sqrt(squares);
    return norm > clipNorm ? clipNorm / (norm + 1e-6) : 1;
  }

  /** The next value of parameter {@code index}; state is kept by {@link State}. */
  abstract Tensor update(int index, Tensor value, Tensor gradient);

  /** Frees the state; parameters stay. */
  @Override
  public abstract void close();

  /** One float32 tensor per parameter, absent until first set. */
  static final class State {
    private final List<Optional<Tensor>> tensors = new ArrayList<>();

    State(int size) {
      for (int i = 0; i < size; i++) {
        tensors.add(Optional.empty());
      }
    }

    /** The tensor of a parameter, {@code first} if there is none yet. */
    Tensor get(int index, Tensor first) {
      return tensors.get(index).orElse(first);
    }

    boolean isPresent(int index) {
      return tensors.get(index).isPresent();
    }

    /** Replaces the tensor by the result of a computation that may read the old one. */
    Tensor set(int index, Supplier<Tensor> computation) {
      Tensor next = Tensor.detached(computation);
      tensors.get(index).ifPresent(Tensor::close);
      tensors.set(index, Optional.of(next));
      return next;
    }

    void close() {
      tensors.forEach(tensor -> tensor.ifPresent(Tensor::close));
    }
  }
}
