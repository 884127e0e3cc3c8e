package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.tensorlogic.DType;
import org.tensorlogic.GradientTape;
import org.tensorlogic.Tensor;

/** The gradients of every operation are those of PyTorch; see {@code generate_gradients.py}. */
class GradientValuesTest {
  @TestFactory
  Stream<DynamicTest> gradientsAreThoseOfPyTorch() {
    return ContractCase.read("gradient").stream()
        .flatMap(
            c ->
                Stream.of(
                    dynamicTest(c.name, () -> check(c, DType.F32, 2e-5)),
                    dynamicTest(c.name + " of halves", () -> check(c, DType.F16, 1e-2))));
  }

  private static void check(ContractCase c, DType type, double tolerance) {
    Tensor[] inputs =
        c.inputs.stream()
            .map(in -> Tensor.as(type).of(in.elements(), in.shape().dims()))
            .toArray(Tensor[]::new);
    List<Tensor> gradients;
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(inputs);
      Tensor y = ContractOperations.run(c, List.of(inputs)).get(0);
      gradients = tape.gradients(y.mul(weights(y)), inputs);
    }
    for (int i = 0; i < inputs.length; i++) {
      float[] expected = c.outputs.get(i).elements();
      float[] actual = gradients.get(i).toFloatArray();
      double scale = 1;
      for (float value : expected) {
        scale = Math.max(scale, Math.abs(value));
      }
      for (int j = 0; j < expected.length; j++) {
        assertThat((double) actual[j])
            .as("gradient of input %d, element %d", i, j)
            .isCloseTo(expected[j], within(tolerance * scale));
      }
    }
  }

  private static Tensor weights(Tensor y) {
    float[] values = new float[(int) y.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ((7 * i) % 11 - 5) / 8f;
    }
    return Tensor.as(DType.F32).of(values, y.shape().dims());
  }
}
