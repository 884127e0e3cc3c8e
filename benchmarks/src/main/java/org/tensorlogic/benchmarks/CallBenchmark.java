package org.tensorlogic.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.metal.cpu.WorkerPool;

/** What a call costs beside its arithmetic: small operations one after another. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CallBenchmark {

  /** Elements per tensor. */
  @Param({"16", "576"})
  public int elements;

  private Tensor x = Tensor.scalar(0);
  private Tensor y = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    x = state.random(DType.F16, 1, elements);
    y = state.random(DType.F16, 2, elements);
  }

  /** One addition. */
  @Benchmark
  public void add() {
    x.add(y).close();
  }

  /** Three hundred operations in a scope, as a small decoder needs for a token. */
  @Benchmark
  @SuppressWarnings("try") // the scope frees
  public void chainOf300() {
    try (org.tensorlogic.Scope scope = org.tensorlogic.Scope.open()) {
      Tensor z = x;
      for (int i = 0; i < 100; i++) {
        z = z.add(y).mul(0.5).sigmoid();
      }
    }
  }

  /** A view and its end: no memory, no native call. */
  @Benchmark
  public void view() {
    x.reshape(-1, 1).close();
  }

  /** A call through JNI that only reads a number, whatever the backend. */
  @Benchmark
  public int jni() {
    return WorkerPool.size();
  }
}
