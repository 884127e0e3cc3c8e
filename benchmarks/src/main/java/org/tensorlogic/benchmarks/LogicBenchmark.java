package org.tensorlogic.benchmarks;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorlogic.lang.TensorLogic;

/** The transitive closure of a graph of 1000 nodes, by tuples and where it pays by products. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(1)
public class LogicBenchmark {
  private static final int NODES = 1000;

  /** Edges of a random graph; 0 is a chain. */
  @Param({"0", "2000", "10000", "100000"})
  public int edges;

  private TensorLogic session = TensorLogic.create();

  /** Asserts the edges. */
  @Setup(Level.Invocation)
  public void setUp(BackendState state) {
    int count = edges == 0 ? NODES - 1 : edges;
    Random random = new Random(1);
    int[] from = new int[count];
    int[] to = new int[count];
    for (int i = 0; i < count; i++) {
      from[i] = edges == 0 ? i : random.nextInt(NODES);
      to[i] = edges == 0 ? i + 1 : random.nextInt(NODES);
    }
    session = TensorLogic.builder().backend(state.backend()).output(new StringBuilder()).build();
    session.set("from", from).set("to", to);
    session.eval(
        """
        for i in range(len(from)) { Edge(from[i], to[i]) }
        Reach(x, y) <- Edge(x, y)
        Reach(x, z) <- Reach(x, y), Edge(y, z)
        """);
  }

  /** Tuple by tuple. */
  @Benchmark
  public void symbolic() {
    session.eval("infer symbolic Reach(0, X)");
  }

  /** By products of tensors where that costs less. */
  @Benchmark
  public void forward() {
    session.eval("infer forward Reach(0, X)");
  }
}
