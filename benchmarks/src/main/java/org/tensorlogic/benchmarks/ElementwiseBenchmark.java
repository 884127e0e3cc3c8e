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
import org.tensorlogic.Indices;
import org.tensorlogic.Tensor;

/** Elementwise operations, reductions and norms over 4 Ki and 16 Mi elements. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ElementwiseBenchmark {

  /** Elements, in rows of 4096. */
  @Param({"4096", "16777216"})
  public long elements;

  /** Of all operands. */
  @Param({"F16", "F32"})
  public DType dtype = DType.F16;

  private Tensor x = Tensor.scalar(0);
  private Tensor y = Tensor.scalar(0);
  private Tensor weight = Tensor.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp(BackendState state) {
    x = state.random(dtype, 1, elements / 4096, 4096);
    y = state.random(dtype, 2, elements / 4096, 4096);
    weight = state.random(dtype, 3, 4096);
  }

  /** Two reads and a write. */
  @Benchmark
  public void add() {
    x.add(y).close();
  }

  /** A transcendental function. */
  @Benchmark
  public void gelu() {
    x.gelu().close();
  }

  /** With a row that is broadcast. */
  @Benchmark
  public void addRow() {
    x.add(weight).close();
  }

  /** Over everything. */
  @Benchmark
  public void sum() {
    x.sum().close();
  }

  /** Over the last axis. */
  @Benchmark
  public void sumOfRows() {
    x.sum(1).close();
  }

  /** Over the first axis. */
  @Benchmark
  public void sumOfColumns() {
    x.sum(0).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void maxOfRows() {
    x.max(1).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void varianceOfRows() {
    x.variance(1).close();
  }

  /** Where the greatest of each row is. */
  @Benchmark
  public Indices argmaxOfRows() {
    return x.argmax(1);
  }

  /** Over the last axis. */
  @Benchmark
  public void softmax() {
    x.softmax(-1).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void rmsNorm() {
    x.rmsNorm(weight, 1e-6).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void layerNorm() {
    x.layerNorm(weight, weight, 1e-6).close();
  }

  /** A transposed copy. */
  @Benchmark
  public void transpose() {
    x.transpose().contiguous().close();
  }
}
