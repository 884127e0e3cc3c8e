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

/** Dense products: time per product; 2 rows inner columns / time is the rate. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MatmulBenchmark {

  /** Of both operands. */
  @Param({"F16", "F32"})
  public DType dtype = DType.F16;

  private Tensor x = Tensor.scalar(0);
  private Tensor weight = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state, ProductSize size) {
    x = state.random(dtype, 1, size.rows(), size.inner());
    weight = state.random(dtype, 2, size.columns(), size.inner());
  }

  /** x times the transpose of a weight. */
  @Benchmark
  public void linear() {
    x.linear(weight).close();
  }
}
