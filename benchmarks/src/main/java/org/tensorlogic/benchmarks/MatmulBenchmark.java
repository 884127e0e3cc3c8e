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

  /** rows x inner x columns. */
  @Param({
    "1x1024x1024",
    "8x1024x1024",
    "64x1024x1024",
    "512x1024x1024",
    "1024x1024x1024",
    "1x4096x4096",
    "8x4096x4096",
    "64x4096x4096",
    "512x4096x4096",
    "1x14336x4096",
    "8x14336x4096",
    "64x14336x4096",
    "512x14336x4096"
  })
  public String size = "";

  /** Of both operands. */
  @Param({"F16", "F32"})
  public DType dtype = DType.F16;

  private Tensor x = Tensor.scalar(0);
  private Tensor weight = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    long[] sizes = Sizes.parse(size);
    x = state.random(dtype, 1, sizes[0], sizes[1]);
    weight = state.random(dtype, 2, sizes[2], sizes[1]);
  }

  /** x times the transpose of a weight. */
  @Benchmark
  public void linear() {
    x.linear(weight).close();
  }
}
