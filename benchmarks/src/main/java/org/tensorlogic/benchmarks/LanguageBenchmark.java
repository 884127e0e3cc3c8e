package org.tensorlogic.benchmarks;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.Program;
import org.tensorlogic.lang.TensorFunction;
import org.tensorlogic.lang.TensorLogic;
import org.tensorlogic.lang.Value;

/** What the language costs beside what it computes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LanguageBenchmark {
  private static final int LAYERS = 20;
  private static final int SIZE = 256;

  private Tensor x = Tensor.scalar(0);
  private Tensor w = Tensor.scalar(0);
  private Program addition = program("a + 1");
  private Program steps = addition;
  private Program layers = addition;
  private TensorFunction square = function("fn square(a) { a * a }", "square");

  private static Program program(String text) {
    return TensorLogic.create().compile(text);
  }

  private static TensorFunction function(String text, String name) {
    return TensorLogic.create().compile(text).function(name);
  }

  /** Compiles the programs and allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    x = state.random(DType.F16, 1, SIZE, SIZE);
    w = state.random(DType.F16, 2, SIZE, SIZE);
    TensorLogic session = TensorLogic.builder().backend(state.backend()).build();
    addition = session.compile("a + 1");
    steps = session.compile("let total = 0\nfor i in 0..n { total = total + i % 7 }\ntotal");
    layers = session.compile("let y = x\nfor i in 0..n { y = relu(y @ w * 0.1 + x) }\ny");
    square = session.compile("fn square(a) { a * a }").function("square");
  }

  /** A run of a compiled program that adds two numbers. */
  @Benchmark
  public Value run() {
    return addition.run(Map.of("a", 41));
  }

  /** A call of a function of a program. */
  @Benchmark
  public Value call() {
    return square.call(3);
  }

  /** A million iterations with an addition, a remainder and an assignment each. */
  @Benchmark
  public Value millionSteps() {
    return steps.run(Map.of("n", 1_000_000));
  }

  /** Twenty layers of 256 x 256 in a program. */
  @Benchmark
  public void layersInProgram() {
    layers.run(Map.of("x", x, "w", w, "n", LAYERS)).asTensor().close();
  }

  /** The same calls from Java. */
  @Benchmark
  public void layersInJava() {
    Tensor y = x;
    for (int i = 0; i < LAYERS; i++) {
      try (Tensor product = y.matmul(w);
          Tensor scaled = product.mul(0.1);
          Tensor sum = scaled.add(x)) {
        Tensor next = sum.relu();
        if (y != x) {
          y.close();
        }
        y = next;
      }
    }
    y.close();
  }
}
