package org.tensorlogic.testing;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.DType;
import org.tensorlogic.Half;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.UnaryOp;

/** Functions of one number over all halves, and over floats of every exponent. */
interface RangeContract extends ContractPart {
  /** These multiply an infinity by 0 at -inf; a backend may give the limit, 0, or NaN. */
  Set<UnaryOp> UNDEFINED_AT_MINUS_INFINITY =
      EnumSet.of(UnaryOp.GELU, UnaryOp.GELU_ERF, UnaryOp.SILU);

  /** Angles beyond the largest half are not asked for: no model has them. */
  Set<UnaryOp> OF_ANGLES = EnumSet.of(UnaryOp.SIN, UnaryOp.COS, UnaryOp.TAN);

  @ParameterizedTest
  @EnumSource
  default void everyHalf(UnaryOp op) {
    short[] bits = new short[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      boolean skipped = i == 0xFC00 && UNDEFINED_AT_MINUS_INFINITY.contains(op);
      bits[i] = skipped ? 0 : (short) i;
    }
    float[] floats = new float[bits.length];
    Half.toFloats(bits, 0, floats, 0, bits.length);
    try (Tensor x = on(DType.F16).ofHalves(bits, bits.length);
        Tensor y = x.unary(op)) {
      Tolerance.of(op.text()).check(op + " of every half", y, apply(op, floats));
    }
  }

  @ParameterizedTest
  @EnumSource
  default void floatsOfEveryExponent(UnaryOp op) {
    float[] floats = new float[1 << 16];
    for (int i = 0; i < floats.length; i++) {
      float value = Float.intBitsToFloat(i << 16 | 0x5A5A);
      boolean skipped =
          Math.abs(value) < Float.MIN_NORMAL // a GPU may take these for 0
              || (OF_ANGLES.contains(op) && Math.abs(value) > 65504)
              || (UNDEFINED_AT_MINUS_INFINITY.contains(op) && Math.abs(value) > 1e18);
      floats[i] = skipped ? 1 : value;
    }
    try (Tensor x = on(DType.F32).of(floats, floats.length);
        Tensor y = x.unary(op)) {
      Tolerance tolerance = Tolerance.of(op.text());
      tolerance.flushing().check(op + " of floats", y, apply(op, floats));
    }
  }

  private static double[] apply(UnaryOp op, float[] x) {
    return IntStream.range(0, x.length).mapToDouble(i -> Plain.unary(op, x[i])).toArray();
  }
}
