package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Attention;
import org.tensorlogic.Backends;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.ShapeException;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.ReduceOp;

/**
 * Shapes whose sizes overflow. Broadcasting makes them without memory, so they reach the kernels:
 * the answer is an exception, never a crash.
 */
class HostileShapesTest {
  private static final long HUGE = 1L << 62;

  private final Backend cpu = Backends.named("cpu");
  private final Tensor one = Tensor.on(cpu, DType.F16).ones();

  private static void refused(ThrowingCallable operation) {
    refused(operation, "2^40 elements");
  }

  private static void refused(ThrowingCallable operation, String reason) {
    assertThatThrownBy(operation)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void productsOverAnEndlessAxisAreRefused() {
    Tensor row = one.broadcastTo(1, HUGE);
    Tensor column = one.broadcastTo(HUGE, 1);
    refused(() -> row.matmul(column));
    refused(() -> one.broadcastTo(20, HUGE), "more than 2^63-1 elements");
    refused(() -> row.linear(row, one.broadcastTo(1)));
  }

  @Test
  void reductionsOfEndlessAxesAreRefused() {
    Tensor x = one.broadcastTo(HUGE);
    for (ReduceOp op : ReduceOp.values()) {
      refused(() -> x.reduce(op, DType.F32, false));
    }
    refused(() -> x.argmax(0), "more than 2^31-1 positions");
  }

  @Test
  void normsOfNoRowsOfEndlessLengthAreRefused() {
    Tensor x = one.broadcastTo(0, HUGE);
    refused(() -> x.layerNorm(null, null, 1e-5));
    refused(() -> x.rmsNorm(null, 1e-5));
  }

  @Test
  void attentionToEndlessKeysIsRefused() {
    Tensor q = one.broadcastTo(1, 1, 4, 64);
    Tensor k = one.broadcastTo(1, 1, HUGE / 64, 64);
    refused(() -> q.attention(k, k, Attention.full()));
  }

  @Test
  void convolutionsOfEndlessChannelsOrWindowsAreRefused() {
    Tensor x = one.broadcastTo(1, HUGE, 1, 1);
    refused(() -> x.conv2d(x, null, Convolution.plain()));
    Tensor wide = one.broadcastTo(1, 1, 1, HUGE);
    Tensor small = one.broadcastTo(1, 1, 1, 9);
    assertThatThrownBy(
            () -> small.conv2d(wide, null, Convolution.plain().dilation(Integer.MAX_VALUE)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("larger than the padded extent");
  }

  @Test
  void aResultThatNoMemoryHoldsIsRefused() {
    Tensor x = one.broadcastTo(1L << 45);
    assertThatThrownBy(() -> x.add(1)).isInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void partsWhoseSizesOverflowAreRefused() {
    Tensor x = one.broadcastTo(4);
    assertThatThrownBy(() -> x.split(new long[] {HUGE, HUGE, HUGE, HUGE, 4}, 0))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("sizes must add up to the extent 4");
    Tensor long1 = one.broadcastTo(HUGE);
    assertThatThrownBy(() -> Tensor.concat(0, long1, long1, long1, long1, x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2^63-1 positions");
  }

  @Test
  void aConvolutionWithoutChannelsGivesTheBiases() {
    Tensor x = Tensor.on(cpu, DType.F32).zeros(1, 0, 4, 5);
    Tensor weight = Tensor.on(cpu, DType.F32).zeros(2, 0, 3, 3);
    Tensor bias = Tensor.on(cpu, DType.F32).of(1, 2);
    assertThat(x.conv2d(weight, bias, Convolution.plain()).toFloatArray())
        .containsExactly(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2);
  }

  @Test
  void aWindowWithoutTapsIsRefused() {
    Tensor x = one.broadcastTo(1, 1, 4, 4);
    assertThatThrownBy(() -> x.conv2d(one.broadcastTo(1, 1, 0, 3), null, Convolution.plain()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("no taps");
  }
}
