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
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The same elementwise operations by DJL's PyTorch engine and by ND4J, in float32. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PeerElementwiseBenchmark {
  /** Elements, in rows of 4096. */
  @Param({"4096", "16777216"})
  public long elements;

  private final NDManager manager = NDManager.newBaseManager();
  private NDArray djlLeft = manager.create(0f);
  private NDArray djlRight = manager.create(0f);
  private INDArray nd4jLeft = Nd4j.scalar(0);
  private INDArray nd4jRight = Nd4j.scalar(0);

  /** Allocates the operands. */
  @Setup
  public void setUp() {
    djlLeft = manager.randomUniform(-1, 1, new Shape(elements / 4096, 4096));
    djlRight = manager.randomUniform(-1, 1, new Shape(elements / 4096, 4096));
    nd4jLeft = Nd4j.rand(new long[] {elements / 4096, 4096});
    nd4jRight = Nd4j.rand(new long[] {elements / 4096, 4096});
  }

  /** Frees the operands. */
  @TearDown
  public void tearDown() {
    manager.close();
  }

  /** Two reads and a write. */
  @Benchmark
  public void djlAdd() {
    djlLeft.add(djlRight).close();
  }

  /** Over the last axis. */
  @Benchmark
  public void djlSoftmax() {
    djlLeft.softmax(-1).close();
  }

  /** Two reads and a write. */
  @Benchmark
  public void nd4jAdd() {
    nd4jLeft.add(nd4jRight).close();
  }
}
