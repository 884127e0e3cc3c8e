package org.tensorlogic.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tensorlogic.DType;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;

class OptimizerTest {
  private static final TensorFactory F32 = Tensor.as(DType.F32);

  // what src/test/python/generate_optimizers.py prints: torch.optim
  private static final double[] EXPECTED_SGD = {
    0.6868801712989807, -3.7404959201812744, 0.7245940566062927
  };
  private static final double[] EXPECTED_NESTEROV = {
    0.5957030057907104, -5.686276435852051, 0.4047139585018158
  };
  private static final double[] EXPECTED_ADAM = {
    0.5194528102874756, -2.502223253250122, 2.5040109157562256
  };
  private static final double[] EXPECTED_AMSGRAD = {
    -0.6369460821151733, -4.470227241516113, 0.7848477363586426
  };
  private static final double[] EXPECTED_ADAMW = {
    0.48366132378578186, -2.3941292762756348, 2.368487596511841
  };

  private static final double[] EXPECTED_SKIPPING_SGD = {0.4351000487804413, -0.8702000975608826};
  private static final double[] EXPECTED_SKIPPING_ADAM = {0.8004122376441956, -1.8001664876937866};
  private static final double[] EXPECTED_SKIPPING_ADAMW = {0.7815719246864319, -1.7614089250564575};

  private static Parameter parameter() {
    return Parameter.of(F32.of(1, -2, 3));
  }

  /** Five steps on sum(p^3) / 10, whose gradient is 0.3 p^2. */
  private static float[] afterFiveSteps(Optimizer optimizer, Parameter p) {
    for (int i = 0; i < 5; i++) {
      optimizer.minimize(() -> p.value().pow(3).mul(0.1));
    }
    optimizer.close();
    return p.value().toFloatArray();
  }

  private static void assertClose(float[] actual, double... expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(2e-6));
    }
  }

  @Test
  void sgdWithMomentumStepsAsPyTorch() {
    Parameter p = parameter();
    Sgd sgd = Sgd.of(List.of(p)).learningRate(0.1).momentum(0.9).dampening(0.2).weightDecay(0.01);
    assertClose(afterFiveSteps(sgd, p), EXPECTED_SGD);
  }

  @Test
  void sgdWithNesterovStepsAsPyTorch() {
    Parameter p = parameter();
    Sgd sgd = Sgd.of(List.of(p)).learningRate(0.1).momentum(0.9).nesterov(true);
    assertClose(afterFiveSteps(sgd, p), EXPECTED_NESTEROV);
  }

  @Test
  void adamStepsAsPyTorch() {
    Parameter p = parameter();
    Adam adam = Adam.of(List.of(p)).learningRate(0.1).weightDecay(0.01);
    assertClose(afterFiveSteps(adam, p), EXPECTED_ADAM);
  }

  @Test
  void amsgradStepsAsPyTorch() {
    Parameter p = parameter();
    Adam adam = Adam.of(List.of(p)).learningRate(0.5).betas(0.8, 0.9).amsgrad(true);
    assertClose(afterFiveSteps(adam, p), EXPECTED_AMSGRAD);
  }

  @Test
  void adamwStepsAsPyTorch() {
    Parameter p = parameter();
    Adam adam = Adam.decoupled(List.of(p)).learningRate(0.1).weightDecay(0.1);
    assertClose(afterFiveSteps(adam, p), EXPECTED_ADAMW);
  }

  /** Five steps on sum(p^2), of which every other adds sum(q^2). */
  private static void assertSkips(Function<List<Parameter>, Optimizer> make, double... expected) {
    Parameter p = Parameter.of(F32.of(1));
    Parameter q = Parameter.of(F32.of(1, -2));
    try (Optimizer optimizer = make.apply(List.of(p, q))) {
      for (int i = 0; i < 5; i++) {
        boolean both = i % 2 == 1;
        optimizer.minimize(
            () -> {
              Tensor loss = p.value().square().sum();
              return both ? loss.add(q.value().square().sum()) : loss;
            });
      }
    }
    assertClose(q.value().toFloatArray(), expected);
  }

  @Test
  void aParameterThatTheLossDoesNotUseIsSkippedAsInPyTorch() {
    assertSkips(
        all -> Sgd.of(all).learningRate(0.1).momentum(0.9).weightDecay(0.1), EXPECTED_SKIPPING_SGD);
    assertSkips(all -> Adam.of(all).learningRate(0.1).weightDecay(0.1), EXPECTED_SKIPPING_ADAM);
    assertSkips(
        all -> Adam.decoupled(all).learningRate(0.1).weightDecay(0.1), EXPECTED_SKIPPING_ADAMW);
  }

  @Test
  void clippingScalesAllGradientsTogether() {
    Parameter p = parameter();
    Sgd sgd = Sgd.of(List.of(p)).learningRate(1).clipNorm(0.5);
    sgd.step(List.of(F32.of(3, 0, 4)));
    assertClose(p.value().toFloatArray(), 1 - 0.3, -2, 3 - 0.4);
    sgd.step(List.of(F32.of(0.3f, 0, 0)));
    assertClose(p.value().toFloatArray(), 1 - 0.6, -2, 3 - 0.4);
  }

  @Test
  void halvesAccumulateStepsTooSmallForThem() {
    Parameter p = Parameter.of(Tensor.of(1));
    Sgd sgd = Sgd.of(List.of(p)).learningRate(1e-5);
    for (int i = 0; i < 100; i++) {
      sgd.step(List.of(F32.of(-1)));
    }
    assertThat(p.dtype()).isEqualTo(DType.F16);
    assertThat(p.value().item()).isEqualTo(1.0009766f);
  }

  @Test
  void parametersOutliveTheScopeInWhichTheyLearn() {
    Parameter p = parameter();
    Adam adam = Adam.of(List.of(p));
    for (int i = 0; i < 2; i++) {
      try (Scope scope = Scope.open()) {
        scope.keep(Tensor.of(1));
        adam.minimize(() -> p.value().square().sum());
      }
    }
    assertThat(p.value().isClosed()).isFalse();
    assertThat(p.value().get(0)).isLessThan(1);
  }

  @Test
  void learnsALine() {
    Tensor x = F32.uniform(1, -1, 1, 64, 1);
    Tensor y = x.mul(3).add(0.5);
    Parameter w = Parameter.of(F32.zeros(1, 1));
    Parameter b = Parameter.of(F32.zeros(1));
    Adam adam = Adam.of(List.of(w, b)).learningRate(0.1);
    double loss = 1;
    for (int i = 0; i < 200; i++) {
      loss = adam.minimize(() -> x.linear(w.value(), b.value()).sub(y).square().mean());
    }
    assertThat(loss).isLessThan(1e-4);
    assertThat(w.value().item()).isCloseTo(3, within(0.02f));
    assertThat(b.value().item()).isCloseTo(0.5f, within(0.02f));
  }

  @Test
  void schedulesFollowTheirFormulas() {
    assertThat(Schedule.step(10, 0.1).rate(1, 9)).isEqualTo(1);
    assertThat(Schedule.step(10, 0.1).rate(1, 10)).isEqualTo(0.1);
    assertThat(Schedule.exponential(0.5).rate(8, 3)).isEqualTo(1);
    assertThat(Schedule.cosine(10, 0.2).rate(1, 0)).isEqualTo(1);
    assertThat(Schedule.cosine(10, 0.2).rate(1, 5)).isCloseTo(0.6, within(1e-12));
    assertThat(Schedule.cosine(10, 0.2).rate(1, 10)).isCloseTo(0.2, within(1e-12));
    assertThat(Schedule.constant().rate(3, 99)).isEqualTo(3);
  }

  @Test
  void refusesNonsense() {
    Parameter p = parameter();
    assertThatThrownBy(() -> Sgd.of(List.of(p)).learningRate(-1))
        .hasMessage("optimizer: learningRate must be a finite number of at least 0, got -1.0");
    assertThatThrownBy(() -> Adam.of(List.of(p)).betas(1, 0.5)).hasMessageContaining("[0, 1)");
    assertThatThrownBy(() -> Sgd.of(List.of(p)).step(List.of()))
        .hasMessage("step: 1 gradients are needed, one per parameter, got 0");
    assertThatThrownBy(() -> p.set(F32.of(1, 2))).hasMessageContaining("[3] is fixed");
  }
}
