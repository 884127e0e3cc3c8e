package org.tensorlogic.benchmarks;

import com.github.tjake.jlama.math.VectorMath;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.BFloat16BufferTensor;
import com.github.tjake.jlama.tensor.FloatBufferTensor;
import com.github.tjake.jlama.tensor.Q4ByteBufferTensor;
import com.github.tjake.jlama.tensor.operations.TensorOperations;
import com.github.tjake.jlama.tensor.operations.TensorOperationsProvider;
import com.github.tjake.jlama.util.PhysicalCoreExecutor;
import java.util.Random;
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

/**
 * The same products by Jlama, with its native kernels, as its layers call them, on as many threads
 * as the machine has processors.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class JlamaMatmulBenchmark {
  /**
   * The pairs of types that Jlama multiplies: activations, weights. Its Q4 and I8 are blocks of 32
   * as Q4_0 and Q8_0, with a float scale each; it has no kernel for I8 weights. Activations of I8
   * are quantized within the measured time, as ours are.
   */
  @Param({"F32_F32", "BF16_BF16", "F32_BF16", "I8_Q4", "F32_Q4"})
  public String types = "";

  static {
    PhysicalCoreExecutor.overrideThreadCount(Runtime.getRuntime().availableProcessors());
  }

  private final TensorOperations operations = TensorOperationsProvider.get();
  private AbstractTensor<?, ?> x = new FloatBufferTensor(1, 1);
  private AbstractTensor<?, ?> weight = x;
  private AbstractTensor<?, ?> result = x;
  private boolean quantizes;
  private int inner;
  private int columns;

  /** Allocates the operands. */
  @Setup
  public void setUp(ProductSize size) {
    int rows = (int) size.rows();
    inner = (int) size.inner();
    columns = (int) size.columns();
    String[] type = types.split("_");
    FloatBufferTensor values = random(1, rows, inner);
    x = type[0].equals("BF16") ? new BFloat16BufferTensor(values) : values;
    weight = weights(type[1], random(2, columns, inner));
    quantizes = type[0].equals("I8");
    result = new FloatBufferTensor(rows, columns);
  }

  private static FloatBufferTensor random(long seed, int rows, int columns) {
    Random random = new Random(seed);
    FloatBufferTensor values = new FloatBufferTensor(rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values.set(2 * random.nextFloat() - 1, i, j);
      }
    }
    return values;
  }

  private static AbstractTensor<?, ?> weights(String type, FloatBufferTensor values) {
    return switch (type) {
      case "F32" -> values;
      case "BF16" -> new BFloat16BufferTensor(values);
      case "Q4" -> new Q4ByteBufferTensor(values);
      default -> throw new IllegalArgumentException(type);
    };
  }

  /** x times the transpose of a weight, its columns dealt out to Jlama's threads. */
  @Benchmark
  public void linear() {
    if (quantizes) {
      try (AbstractTensor<?, ?> quantized = operations.quantize(x, DType.I8, 0, inner)) {
        multiply(quantized);
      }
    } else {
      multiply(x);
    }
  }

  private void multiply(AbstractTensor<?, ?> left) {
    VectorMath.pchunk(
        0,
        columns,
        (start, length) ->
            operations.dotProductChunk(result, left, weight, 0, inner, start, length));
  }
}
