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
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Precision;
import org.tensorlogic.backend.Storage;

/** Products with packed weights [4096, 14336], as llama.cpp stores them. */
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

  /** How products are computed. */
  @Param({"EXACT", "FAST"})
  public Precision precision = Precision.EXACT;

  private Tensor x = Tensor.scalar(0);
  private Tensor weight = Tensor.scalar(0);

  /** Encodes zeros with scale bytes of small halves: the arithmetic does not depend on values. */
  @Setup
  public void setUp(BackendState state) {
    Backend backend = state.backend().withPrecision(precision);
    x = Tensor.on(backend, DType.F16).uniform(1, -1, 1, rows, 14336);
    Shape shape = Shape.of(4096, 14336);
    Memory memory = backend.allocate(encoding.bytes(shape.size()));
    byte[] pattern = new byte[1 << 16];
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (i * 37 % 32);
    }
    for (long at = 0; at < memory.byteSize(); at += pattern.length) {
      int n = (int) Math.min(pattern.length, memory.byteSize() - at);
      memory.put(at, pattern, 0, n);
    }
    weight = Tensor.over(backend, Storage.of(memory, encoding, shape.size()), shape);
  }

  /** x times the transpose of the weight. */
  @Benchmark
  public void linear() {
    x.linear(weight).close();
  }
}
