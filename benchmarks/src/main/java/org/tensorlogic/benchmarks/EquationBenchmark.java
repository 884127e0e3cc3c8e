package org.tensorlogic.benchmarks;

import java.util.Map;
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
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.Program;
import org.tensorlogic.lang.TensorLogic;

/** Tensor equations beside the operations that they write out, on the same tensors. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EquationBenchmark {
  private static final int HEADS = 8;
  private static final int POSITIONS = 512;
  private static final int HEAD = 64;

  /** Of all operands. */
  @Param({"F16", "F32"})
  public DType dtype = DType.F16;

  private Tensor a = Tensor.scalar(0);
  private Tensor b = Tensor.scalar(0);
  private Tensor q = Tensor.scalar(0);
  private Tensor k = Tensor.scalar(0);
  private Tensor v = Tensor.scalar(0);
  private Tensor image = Tensor.scalar(0);
  private Tensor padded = Tensor.scalar(0);
  private Tensor kernel = Tensor.scalar(0);
  private Program matmul = TensorLogic.create().compile("0");
  private Program attention = matmul;
  private Program convolution = matmul;

  /** Allocates the operands and compiles the equations. */
  @Setup
  public void setUp(BackendState state) {
    a = state.random(dtype, 1, 1024, 1024);
    b = state.random(dtype, 2, 1024, 1024);
    q = state.random(dtype, 3, HEADS, POSITIONS, HEAD);
    k = state.random(dtype, 4, HEADS, POSITIONS, HEAD);
    v = state.random(dtype, 5, HEADS, POSITIONS, HEAD);
    image = state.random(dtype, 6, 64, 56, 56);
    padded = image.reshape(1, 64, 56, 56);
    kernel = state.random(dtype, 7, 64, 64, 3, 3);
    matmul = compile(state, "C[i, k] = A[i, j] B[j, k]");
    attention =
        compile(
            state,
            """
            P[h, p, p'.] = softmax(Q[h, p, k] K[h, p', k] / sqrt(64))
            O[h, p, d] = P[h, p, p'] V[h, p', d]
            """);
    convolution = compile(state, "F[o, x, y] = K[o, c, d, e] I[c, x+d-1, y+e-1]");
  }

  private static Program compile(BackendState state, String program) {
    return TensorLogic.builder().backend(state.backend()).build().compile(program);
  }

  /** 1024 x 1024 x 1024. */
  @Benchmark
  public void matmulBuiltIn() {
    a.matmul(b).close();
  }

  /** The same, joined. */
  @Benchmark
  public void matmulEquation() {
    matmul.run(Map.of("A", a, "B", b)).asTensor().close();
  }

  /** 8 heads of 64 elements over 512 positions. */
  @Benchmark
  public void attentionBuiltIn() {
    q.attention(k, v, Attention.full()).close();
  }

  /** The same, in two equations. */
  @Benchmark
  public void attentionEquation() {
    attention.run(Map.of("Q", q, "K", k, "V", v)).asTensor().close();
  }

  /** 64 to 64 channels of 56 x 56, 3 x 3 taps. */
  @Benchmark
  public void convolutionBuiltIn() {
    padded.conv2d(kernel, null, Convolution.plain().padding(1)).close();
  }

  /** The same, joined. */
  @Benchmark
  public void convolutionEquation() {
    convolution.run(Map.of("K", kernel, "I", image)).asTensor().close();
  }
}
