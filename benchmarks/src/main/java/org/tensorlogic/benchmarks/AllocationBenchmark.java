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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** What memory costs: taken and given back, with and without writing to it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AllocationBenchmark {
  /** Of the memory. */
  @Param({"1024", "1048576", "67108864"})
  public long bytes;

  /** Allocates and frees. */
  @Benchmark
  public void allocate(BackendState state) {
    state.backend().allocate(bytes).close();
  }

  /** Allocates a tensor, fills it with zeros and frees it. */
  @Benchmark
  public void zeros(BackendState state) {
    Tensor.on(state.backend(), DType.F16).zeros(bytes / 2).close();
  }
}
