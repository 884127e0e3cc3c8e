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
import org.tensorlogic.Encoding;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Precision;

/** Products with packed weights, as llama.cpp stores them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PackedMatmulBenchmark {
  /** How the weights are stored. */
  @Param({"Q4_0", "Q8_0", "Q4_K", "Q6_K", "BF16"})
  public Encoding encoding = Encoding.Q4_0;

  /** Rows of activations. */
  @Param({"1", "8", "64", "512"})
  public int rows;

  /** Outputs x inputs of the weight. */
  @Param({"1024x1024", "4096x4096", "4096x14336"})
  public String weights = "";

  /** How products are computed. */
  @Param({"EXACT", "FAST"})
  public Precision precision = Precision.EXACT;

  private Tensor x = Tensor.scalar(0);
  private Tensor weight = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    long[] sizes = Sizes.parse(weights);
    Backend backend = state.backend().withPrecision(precision);
    x = Tensor.on(backend, DType.F16).uniform(1, -1, 1, rows, sizes[1]);
    weight = Sizes.encoded(backend, encoding, sizes);
  }

  /** x times the transpose of the weight. */
  @Benchmark
  public void linear() {
    x.linear(weight).close();
  }
}
