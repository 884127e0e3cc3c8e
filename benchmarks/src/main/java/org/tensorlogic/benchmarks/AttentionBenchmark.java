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
import org.tensorlogic.Attention;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** Attention of 32 heads over 8 groups of a key-value cache, head extent 128. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AttentionBenchmark {

  /** Queries and keys. */
  @Param({"1x512", "1x4096", "512x512"})
  public String size = "";

  private Tensor q = Tensor.scalar(0);
  private Tensor k = Tensor.scalar(0);
  private Tensor v = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    long[] sizes = Sizes.parse(size);
    q = state.random(DType.F16, 1, 32, sizes[0], 128);
    k = state.random(DType.F16, 2, 8, sizes[1], 128);
    v = state.random(DType.F16, 3, 8, sizes[1], 128);
  }

  /** Causal, grouped heads. */
  @Benchmark
  public void attention() {
    q.attention(k, v, Attention.autoregressive()).close();
  }
}
