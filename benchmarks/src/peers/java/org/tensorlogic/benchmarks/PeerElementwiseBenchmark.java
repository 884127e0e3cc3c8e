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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.LayerNorm;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.GELU;
import org.nd4j.linalg.factory.Nd4j;

/** The same elementwise operations by DJL's PyTorch engine and by ND4J, in float32; ND4J's layer norm refuses these shapes. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PeerElementwiseBenchmark {

  /** How many. */
  @State(Scope.Benchmark)
  public static class Extent {
    /** Elements, in rows of 4096; 16 are one row, for what a call costs. */
    @Param({"16", "4096", "16777216"})
    public long elements;

    long[] shape() {
      return elements < 4096 ? new long[] {1, elements} : new long[] {elements / 4096, 4096};
    }
  }

  /** The operands of DJL. */
  @State(Scope.Benchmark)
  public static class Djl {
    private final NDManager manager = NDManager.newBaseManager();
    private NDArray left = manager.create(0f);
    private NDArray right = manager.create(0f);
    private NDArray weight = manager.create(0f);

    /** Allocates them. */
    @Setup
    public void setUp(Extent extent) {
      left = manager.randomUniform(-1, 1, new Shape(extent.shape()));
      right = manager.randomUniform(-1, 1, new Shape(extent.shape()));
      weight = manager.randomUniform(-1, 1, new Shape(extent.shape()[1]));
    }

    /** Frees them. */
    @TearDown
    public void tearDown() {
      manager.close();
    }
  }

  /** The operands of ND4J. */
  @State(Scope.Benchmark)
  public static class OfNd4j {
    private INDArray left = Nd4j.scalar(0);
    private INDArray right = Nd4j.scalar(0);

    /** Allocates them. */
    @Setup
    public void setUp(Extent extent) {
      left = Nd4j.rand(extent.shape());
      right = Nd4j.rand(extent.shape());
    }
  }

  /** Two reads and a write. */
  @Benchmark
  public void djlAdd(Djl state) {
    state.left.add(state.right).close();
  }

  /** A transcendental function. */
  @Benchmark
  public void djlGelu(Djl state) {
    Activation.gelu(state.left).close();
  }

  /** Over everything. */
  @Benchmark
  public void djlSum(Djl state) {
    state.left.sum().close();
  }

  /** Over the last axis. */
  @Benchmark
  public void djlSumOfRows(Djl state) {
    state.left.sum(new int[] {1}).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void djlSoftmax(Djl state) {
    state.left.softmax(-1).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void djlLayerNorm(Djl state) {
    Shape last = state.weight.getShape();
    LayerNorm.layerNorm(state.left, last, state.weight, state.weight, 1e-6f).close();
  }

  /** Floats to halves. */
  @Benchmark
  public void djlToF16(Djl state) {
    state.left.toType(DataType.FLOAT16, true).close();
  }

  /** Two reads and a write. */
  @Benchmark
  public void nd4jAdd(OfNd4j state) {
    state.left.add(state.right).close();
  }

  /** A transcendental function. */
  @Benchmark
  public void nd4jGelu(OfNd4j state) {
    Nd4j.exec(new GELU(state.left, state.left.ulike())).close();
  }

  /** Over everything. */
  @Benchmark
  public void nd4jSum(OfNd4j state) {
    state.left.sum().close();
  }

  /** Over the last axis. */
  @Benchmark
  public void nd4jSumOfRows(OfNd4j state) {
    state.left.sum(1).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void nd4jSoftmax(OfNd4j state) {
    Nd4j.nn().softmax(state.left, 1).close();
  }

  /** Floats to halves. */
  @Benchmark
  public void nd4jToF16(OfNd4j state) {
    state.left.castTo(org.nd4j.linalg.api.buffer.DataType.HALF).close();
  }
}
