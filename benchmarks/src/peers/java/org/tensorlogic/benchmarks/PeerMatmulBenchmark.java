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
import ai.djl.ndarray.types.Shape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.tensorlogic.DType;

/** The same products by DJL's PyTorch engine and by ND4J. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PeerMatmulBenchmark {

  /** The type. */
  @State(Scope.Benchmark)
  public static class Elements {
    /** Of both operands. */
    @Param({"F32", "F16"})
    public DType dtype = DType.F32;
  }

  /** The operands of DJL. */
  @State(Scope.Benchmark)
  public static class Djl {
    private final NDManager manager = NDManager.newBaseManager();
    private NDArray left = manager.create(0f);
    private NDArray right = manager.create(0f);

    /** Allocates them. */
    @Setup
    public void setUp(ProductSize size, Elements elements) {
      left = random(elements.dtype, size.rows(), size.inner());
      right = random(elements.dtype, size.columns(), size.inner()).transpose();
    }

    private NDArray random(DType dtype, long... shape) {
      return manager
          .randomUniform(-1, 1, new Shape(shape))
          .toType(
              dtype == DType.F16
                  ? ai.djl.ndarray.types.DataType.FLOAT16
                  : ai.djl.ndarray.types.DataType.FLOAT32,
              false);
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
    public void setUp(ProductSize size, Elements elements) {
      DataType type = elements.dtype == DType.F16 ? DataType.HALF : DataType.FLOAT;
      left = Nd4j.rand(new long[] {size.rows(), size.inner()}).castTo(type);
      right = Nd4j.rand(new long[] {size.columns(), size.inner()}).castTo(type).transpose();
    }
  }

  /** DJL 0.36 with PyTorch. */
  @Benchmark
  public void djlPyTorch(Djl state) {
    state.left.matMul(state.right).close();
  }

  /** ND4J with its native backend. */
  @Benchmark
  public void nd4j(OfNd4j state) {
    state.left.mmul(state.right).close();
  }
}
