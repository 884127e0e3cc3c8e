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

/** Decoding and converting a matrix of 4096 x 4096. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConversionBenchmark {
  /** How the elements are stored. */
  @Param({"F16", "F32", "F64", "BF16", "F8_E4M3", "Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  public Encoding from = Encoding.F16;

  private Tensor x = Tensor.scalar(0);

  /** Allocates the operand. */
  @Setup
  public void setUp(BackendState state) {
    x = Sizes.encoded(state.backend(), from, 4096, 4096);
  }

  /** As halves; nothing to do if they are. */
  @Benchmark
  public Tensor toF16() {
    return done(x.to(DType.F16));
  }

  /** As floats; nothing to do if they are. */
  @Benchmark
  public Tensor toF32() {
    return done(x.to(DType.F32));
  }

  private Tensor done(Tensor y) {
    if (y != x) {
      y.close();
    }
    return y;
  }
}
