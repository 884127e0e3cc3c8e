package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.GradientTape;
import org.tensorlogic.Indices;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Pooling;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.ShapeException;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.testing.ContractCase.Values;

/**
 * Whoever closes what an operation was given and what it gave has freed everything: nothing is left
 * to a scope or the collector. A budget counts what has been made and not been closed.
 */
interface ClosingContract extends ContractPart {
  /** Runs work in which everything is closed, and looks whether it is. */
  private void assertAllIsFreed(String what, Runnable work) {
    long before = backend().liveBytes();
    MemoryBudget budget = new MemoryBudget(1L << 40);
    budget.bound(
        () -> {
          work.run();
          return what;
        });
    assertThat(budget.used()).as("bytes left by %s", what).isZero();
    assertThat(backend().liveBytes()).as("live bytes, %s", what).isLessThanOrEqualTo(before);
  }

  private static void closeAll(Iterable<Tensor> tensors) {
    tensors.forEach(Tensor::close);
  }

  private List<Tensor> inputs(ContractCase c, DType type, ViewKind view) {
    List<Tensor> inputs = new ArrayList<>();
    for (Values values : c.inputs) {
      try (Scope scope = Scope.open()) {
        inputs.add(scope.keep(view.create(on(type), values)));
      }
    }
    return inputs;
  }

  /** One container for each family, one test for each case. */
  @TestFactory
  default Stream<DynamicContainer> closingOperandsAndResultsFreesEverything() {
    return Stream.of("elementwise", "shape", "reduction", "product", "network", "attention")
        .map(
            family ->
                dynamicContainer(
                    family,
                    ContractCase.read(family).stream()
                        .map(c -> dynamicTest(c.name, () -> runAndClose(c)))));
  }

  private void runAndClose(ContractCase c) {
    for (DType type : DType.values()) {
      for (ViewKind view : ViewKind.values()) {
        assertAllIsFreed(
            c.name + " of " + type + ", " + view,
            () -> {
              List<Tensor> inputs = inputs(c, type, view);
              closeAll(ContractOperations.run(c, inputs));
              closeAll(inputs);
            });
      }
    }
  }

  /** Gradients, too. */
  @TestFactory
  default Stream<DynamicTest> closingTapeAndGradientsFreesEverything() {
    return ContractCase.read("gradient").stream()
        .map(c -> dynamicTest(c.name, () -> differentiateAndClose(c)));
  }

  private void differentiateAndClose(ContractCase c) {
    for (ViewKind view : ViewKind.values()) {
      assertAllIsFreed(
          "gradients of " + c.name + ", " + view,
          () -> {
            List<Tensor> inputs = inputs(c, DType.F32, view);
            try (GradientTape tape = GradientTape.open()) {
              tape.watch(inputs.toArray(Tensor[]::new));
              List<Tensor> results = ContractOperations.run(c, inputs);
              closeAll(tape.gradients(results.get(0), inputs.toArray(Tensor[]::new)));
              closeAll(results);
            }
            closeAll(inputs);
          });
    }
  }

  /** What the files of cases lack, on a tensor [4, 6, 8] and weights [5, 8] or of its own shape. */
  private static Map<String, Consumer<Tensor[]>> furtherOperations() {
    Map<String, Consumer<Tensor[]>> uses = new LinkedHashMap<>();
    Convolution plain = Convolution.plain();
    uses.put("linear of rank 3", closing(in -> in[0].linear(in[1])));
    uses.put("activation", closing(in -> in[0].linear(in[1], null, UnaryOp.SILU)));
    uses.put("matmul, 3 by 2", closing(in -> in[0].matmul(in[2])));
    uses.put("matmul, 3 by 1", closing(in -> in[0].matmul(in[3])));
    uses.put("matmul, 1 by 3", closing(in -> in[4].matmul(in[0])));
    uses.put("conv1d", closing(in -> in[0].conv1d(in[0], null, plain.padding(9))));
    uses.put("conv1d of rank 2", closing(in -> in[2].conv1d(in[5], null, plain)));
    uses.put("conv2d of rank 3", closing(in -> in[0].conv2d(in[6], null, plain)));
    uses.put("maxPool of rank 3", closing(in -> in[0].maxPool(Pooling.window(2))));
    uses.put("avgPool of rank 3", closing(in -> in[0].avgPool(Pooling.window(2))));
    uses.put("attention of rank 3", closing(in -> in[0].attention(in[0], in[0], Attention.full())));
    uses.put("attention of rank 2", closing(in -> in[2].attention(in[2], in[2], Attention.full())));
    uses.put("gather", closing(in -> in[0].gather(1, Indices.of(new int[8], Shape.of(1, 1, 8)))));
    uses.put("stack", closing(in -> Tensor.stack(-1, in[0], in[0])));
    uses.put("reshape", closing(in -> in[0].reshape(8, -1)));
    uses.put("to another type", closing(in -> in[0].to(DType.F16)));
    uses.put("einsum that is a view", closing(in -> Tensor.einsum("abc->cab", in[0])));
    uses.put("detached", closing(in -> Tensor.detached(() -> in[0].exp().linear(in[1]))));
    uses.put("split", in -> closeAll(in[0].split(4, 1)));
    uses.put("chunk", in -> closeAll(in[0].chunk(3, 2)));
    uses.put("position of the largest", in -> in[0].argmax());
    uses.put("position of the smallest", in -> in[0].argmin());
    uses.put("positions of the largest", in -> in[0].argmax(1));
    uses.put("get", in -> in[0].get(1, 2, 3));
    uses.put("floats", in -> in[0].copyTo(FloatBuffer.allocate(192)));
    uses.put("halves", in -> in[0].toHalfArray());
    uses.put("comparison", in -> in[0].isClose(in[0], 0, 0));
    uses.put("text", in -> assertThat(String.valueOf(in[0])).startsWith("[[["));
    return uses;
  }

  private static Consumer<Tensor[]> closing(Function<Tensor[], Tensor> operation) {
    return in -> {
      Tensor made = operation.apply(in);
      boolean given = false;
      for (Tensor input : in) {
        given |= made == input;
      }
      if (!given) {
        made.close();
      }
    };
  }

  /** On operands as they are and on views, with and without a tape that records them. */
  @TestFactory
  default Stream<DynamicTest> closingFreesEverythingOfFurtherOperations() {
    return furtherOperations().entrySet().stream()
        .map(use -> dynamicTest(use.getKey(), () -> useAndClose(use.getKey(), use.getValue())));
  }

  private void useAndClose(String name, Consumer<Tensor[]> use) {
    long[][] shapes = {{4, 6, 8}, {5, 8}, {8, 5}, {8}, {6}, {3, 8, 2}, {3, 4, 2, 2}};
    for (ViewKind view : ViewKind.values()) {
      assertAllIsFreed(name + " of " + view, () -> use(view, shapes, use));
      assertAllIsFreed(
          name + " of " + view + ", recorded",
          () -> {
            try (GradientTape tape = GradientTape.open()) {
              use(view, shapes, watchedBy(tape, use));
            }
          });
    }
  }

  private static Consumer<Tensor[]> watchedBy(GradientTape tape, Consumer<Tensor[]> use) {
    return in -> {
      tape.watch(in);
      use.accept(in);
    };
  }

  private void use(ViewKind view, long[][] shapes, Consumer<Tensor[]> use) {
    List<Tensor> inputs = new ArrayList<>();
    for (long[] shape : shapes) {
      Values values = new Values(Shape.of(shape), new float[(int) Shape.of(shape).size()]);
      try (Scope scope = Scope.open()) {
        inputs.add(scope.keep(view.create(on(DType.F32), values)));
      }
    }
    use.accept(inputs.toArray(Tensor[]::new));
    closeAll(inputs);
  }

  /** Zeros of a packed encoding. */
  private Tensor packed(Encoding encoding, long... shape) {
    long size = Shape.of(shape).size();
    byte[] bytes = new byte[Math.toIntExact(encoding.bytes(size))];
    Memory memory = backend().allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    return Tensor.over(backend(), Storage.of(memory, encoding, size), Shape.of(shape));
  }

  @ParameterizedTest
  @EnumSource
  default void closingFreesEverythingOfPackedOperands(Encoding encoding) {
    assertAllIsFreed(
        "products by " + encoding,
        () -> {
          try (Tensor weights = packed(encoding, 3, 5, 512);
              Tensor expert = weights.select(0, 1);
              Tensor part = weights.slice(Slice.all(), Slice.of(1, 4, 2), Slice.from(7));
              Tensor x = on(DType.F16).ones(2, 3, 512)) {
            x.linear(expert).close();
            expert.embedding(Indices.of(4, 0)).close();
            expert.add(1).close();
            expert.softmax(0).close();
            expert.attention(expert, expert, Attention.full()).close();
            expert.to(DType.F32).close();
            part.exp().close();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  default void whatIsRefusedHasDecodedNothing(Encoding encoding) {
    if (!encoding.isPacked()) {
      return;
    }
    assertAllIsFreed(
        "refused operations on " + encoding,
        () -> {
          try (Tensor x = packed(encoding, 2, 512);
              Tensor three = on(DType.F16).ones(3);
              Tensor image = on(DType.F16).ones(1, 1, 2, 2)) {
            List<Runnable> refused =
                List.of(
                    () -> x.layerNorm(three, null, 0.1),
                    () -> x.rmsNorm(three, 0.1),
                    () -> x.softmax(2),
                    () -> x.sum(2),
                    () -> x.argmax(2),
                    () -> x.repeat(2),
                    () -> Tensor.concat(0, x, three),
                    () -> x.add(three),
                    () -> x.attention(x, three, Attention.full()),
                    () -> x.maxPool(Pooling.window(2)),
                    () -> image.conv2d(x, null, Convolution.plain()));
            for (Runnable operation : refused) {
              assertThatThrownBy(operation::run).isInstanceOf(ShapeException.class);
            }
          }
        });
  }
}
