package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.tensorlogic.DType;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.testing.ContractCase.Values;

/** Every operation gives what PyTorch and NumPy give, in both types, however its inputs lie. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface ValuesContract extends ContractPart {
  /** One container for each family, one test for each case. */
  @TestFactory
  default Stream<DynamicContainer> operationsGiveTheValuesOfPyTorchAndNumPy() {
    return Stream.of("elementwise", "shape", "reduction", "product", "network", "attention")
        .map(
            family -> dynamicContainer(family, ContractCase.read(family).stream().map(this::test)));
  }

  private DynamicTest test(ContractCase c) {
    return dynamicTest(
        c.name,
        () -> {
          for (DType type : DType.values()) {
            for (ViewKind view : ViewKind.values()) {
              check(c, type, view);
            }
          }
        });
  }

  private void check(ContractCase c, DType type, ViewKind view) {
    String what = c.name + " as " + type + ", inputs " + view;
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = new ArrayList<>();
      for (Values values : c.inputs) {
        inputs.add(view.create(on(type), values));
      }
      List<Tensor> outputs = ContractOperations.run(c, inputs);
      assertThat(outputs).as(what).hasSameSizeAs(c.outputs);
      for (int i = 0; i < outputs.size(); i++) {
        Values expected = c.outputs.get(i);
        assertThat(outputs.get(i).shape()).as(what).isEqualTo(expected.shape());
        Tolerance.of(c.operation).check(what, outputs.get(i), doubles(expected.elements()));
      }
      for (int i = 0; i < inputs.size(); i++) {
        assertThat(inputs.get(i).toFloatArray())
            .as("%s: input %d must not change", what, i)
            .isEqualTo(c.inputs.get(i).elements());
      }
    }
  }

  private static double[] doubles(float[] floats) {
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }
}
