package org.tensorlogic.optim;

import java.util.List;
import org.tensorlogic.Tensor;

/**
 * Adam (arXiv 1412.6980), its AMSGrad variant (arXiv 1904.09237) and AdamW (arXiv 1711.05101), as
 * in PyTorch. Weight decay is added to the gradient, or with {@link #decoupled} taken from the
 * parameter directly.
 */
public final class Adam extends Optimizer {
  private final State means;
  private final State squares;
  private final State largest;
  private final long[] updates;
  private final boolean decoupled;
  private double beta1 = 0.9;
  private double beta2 = 0.999;
  private double epsilon = 1e-8;
  private boolean amsgrad;

  private Adam(List<Parameter> parameters, boolean decoupled) {
    super(parameters, 0.001);
    this.decoupled = decoupled;
    means = new State(parameters.size());
    squares = new State(parameters.size());
    largest = new State(parameters.size());
    updates = new long[parameters.size()];
  }

  /** Adam with learning rate 0.001, betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
  public static Adam of(List<Parameter> parameters) {
    return new Adam(parameters, false);
  }

  /** AdamW: as Adam, with decoupled weight decay of 0.01. */
  public static Adam decoupled(List<Parameter> parameters) {
    return new Adam(parameters, true).weightDecay(0.01);
  }

  /** How slowly the means of gradients and of their squares move. */
  public Adam betas(double first, double second) {
    beta1 = requireFraction("beta1", first);
    beta2 = requireFraction("beta2", second);
    return this;
  }

  /** Added to the denominator. */
  public Adam epsilon(double added) {
    epsilon = requirePositive("epsilon", added);
    return this;
  }

  /** Divides by the largest mean of squares so far. */
  public Adam amsgrad(boolean use) {
    amsgrad = use;
    return this;
  }

  @Override
  public Adam learningRate(double rate) {
    super.learningRate(rate);
    return this;
  }

  @Override
  public Adam weightDecay(double decay) {
    super.weightDecay(decay);
    return this;
  }

  @Override
  public Adam clipNorm(double norm) {
    super.clipNorm(norm);
    return this;
  }

  @Override
  Tensor update(int index, Tensor value, Tensor gradient) {
    boolean added = weightDecay() != 0 && !decoupled;
    Tensor g = added ? gradient.add(value.mul(weightDecay())) : gradient;
    Tensor decayed =
        weightDecay() != 0 && decoupled ? value.mul(1 - learningRate() * weightDecay()) : value;
    Tensor zero = g.mul(0);
    Tensor oldMean = means.get(index, zero);
    Tensor oldSquare = squares.get(index, zero);
    Tensor mean = means.set(index, () -> oldMean.mul(beta1).add(g.mul(1 - beta1)));
    Tensor square = squares.set(index, () -> oldSquare.mul(beta2).add(g.square().mul(1 - beta2)));
    if (amsgrad) {
      Tensor oldLargest = largest.get(index, zero);
      Tensor current = square;
      square = largest.set(index, () -> oldLargest.maximum(current));
    }
    double count = ++updates[index];
    double correction1 = 1 - Math.pow(beta1, count);
    double correction2 = 1 - Math.pow(beta2, count);
    Tensor denominator = square.sqrt().mul(1 / Math.sqrt(correction2)).add(epsilon);
    return decayed.sub(mean.div(denominator).mul(learningRate() / correction1));
  }

  @Override
  public void close() {
    means.close();
    squares.close();
    largest.close();
  }
}
