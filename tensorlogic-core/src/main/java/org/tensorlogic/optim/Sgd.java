package org.tensorlogic.optim;

import java.util.List;
import org.tensorlogic.Tensor;

/**
 * Stochastic gradient descent with momentum, dampening and Nesterov's form, as PyTorch's SGD: g +=
 * decay p; b = momentum b + (1 - dampening) g (the first b is g); p -= rate (Nesterov: g + momentum
 * b, else b).
 */
public final class Sgd extends Optimizer {
  private final State momenta;
  private double momentum;
  private double dampening;
  private boolean nesterov;

  private Sgd(List<Parameter> parameters) {
    super(parameters, 0.01);
    momenta = new State(parameters.size());
  }

  /** Learning rate 0.01, no momentum. */
  public static Sgd of(List<Parameter> parameters) {
    return new Sgd(parameters);
  }

  /** Keeps this share of the last step. */
  public Sgd momentum(double share) {
    momentum = requireFraction("momentum", share);
    return this;
  }

  /** Adds only 1 - this of a gradient to the momentum. */
  public Sgd dampening(double share) {
    dampening = requireFraction("dampening", share);
    return this;
  }

  /** Looks ahead along the momentum. */
  public Sgd nesterov(boolean ahead) {
    nesterov = ahead;
    return this;
  }

  @Override
  public Sgd learningRate(double rate) {
    super.learningRate(rate);
    return this;
  }

  @Override
  public Sgd weightDecay(double decay) {
    super.weightDecay(decay);
    return this;
  }

  @Override
  public Sgd clipNorm(double norm) {
    super.clipNorm(norm);
    return this;
  }

  @Override
  Tensor update(int index, Tensor value, Tensor gradient) {
    Tensor g = weightDecay() == 0 ? gradient : gradient.add(value.mul(weightDecay()));
    Tensor step = momentum == 0 ? g : withMomentum(index, g);
    return value.sub(step.mul(learningRate()));
  }

  private Tensor withMomentum(int index, Tensor g) {
    Tensor before = momenta.get(index, g);
    Tensor b =
        momenta.set(
            index,
            () ->
                momenta.isPresent(index)
                    ? before.mul(momentum).add(g.mul(1 - dampening))
                    : g.contiguous());
    return nesterov ? g.add(b.mul(momentum)) : b;
  }

  @Override
  public void close() {
    momenta.close();
  }
}
