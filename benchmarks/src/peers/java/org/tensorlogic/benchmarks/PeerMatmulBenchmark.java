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
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.tensorlogic.DType;

/** The same products by DJL's PyTorch engine and by ND4J. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PeerMatmulBenchmark {
  /** rows x inner x columns. */
  @Param({"1x4096x4096", "8x4096x4096", "64x4096x4096", "512x4096x4096", "1024x1024x1024"})
  public String size = "";

  /** Of both operands. */
  @Param({"F32", "F16"})
  public DType dtype = DType.F32;

  private final NDManager manager = NDManager.newBaseManager();
  private NDArray djlLeft = manager.create(0f);
  private NDArray djlRight = manager.create(0f);
  private INDArray nd4jLeft = Nd4j.scalar(0);
  private INDArray nd4jRight = Nd4j.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp() {
    long[] s = Sizes.parse(size);
    DataType djlType = dtype == DType.F16 ? DataType.FLOAT16 : DataType.FLOAT32;
    djlLeft = manager.randomUniform(-1, 1, new Shape(s[0], s[1])).toType(djlType, false);
    djlRight = manager.randomUniform(-1, 1, new Shape(s[2], s[1])).toType(djlType, false).transpose();
    org.nd4j.linalg.api.buffer.DataType nd4jType =
        dtype == DType.F16
            ? org.nd4j.linalg.api.buffer.DataType.HALF
            : org.nd4j.linalg.api.buffer.DataType.FLOAT;
    nd4jLeft = Nd4j.rand(new long[] {s[0], s[1]}).castTo(nd4jType);
    nd4jRight = Nd4j.rand(new long[] {s[2], s[1]}).castTo(nd4jType).transpose();
  }

  /** Frees the operands. */
  @TearDown
  public void tearDown() {
    manager.close();
  }

  /** DJL 0.36 with PyTorch. */
  @Benchmark
  public void djlPyTorch() {
    djlLeft.matMul(djlRight).close();
  }

  /** ND4J with its native backend. */
  @Benchmark
  public void nd4j() {
    nd4jLeft.mmul(nd4jRight).close();
  }
}
