package org.tensorlogic.lang;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Model;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;

/**
 * A value of a program, as Java sees it. The {@code as…} methods convert where the language would:
 * a number from a one-element tensor, a tensor from a number array. Everything else is a {@link
 * TensorLogicException} that names what was wanted and what is there.
 */
public sealed interface Value permits Datum {

  /** What it is: {@code int}, {@code string}, {@code tensor float16[2, 3]}, {@code Point}, … */
  String type();

  /** The text that {@code print} would write. */
  @Override
  String toString();

  /** A tensor; number arrays and numbers become float32. It stays valid after the session. */
  Tensor asTensor();

  /** A number, or the element of a one-element tensor. */
  double asDouble();

  /** An integer, or a number with an integral value. */
  long asLong();

  /** As {@link #asLong}, in the range of int. */
  int asInt();

  /** A bool. */
  boolean asBoolean();

  /** A string. */
  String asString();

  /** The elements of a list, vector or number array (its first dimension). */
  List<Value> asList();

  /** The elements of a tensor or number array, row-major. */
  float[] asFloatArray();

  /** The elements of an integer array. */
  int[] asIntArray();

  /** A model. */
  Model asModel();

  /** True for {@code ()}: the value of loops, declarations and functions without a result. */
  boolean isVoid();

  /** The field of a struct. */
  Value field(String name);

  /** The nearest plain Java object: Long, Double, Boolean, String, List, Tensor, Model, or null. */
  @Nullable Object toJava();

  /**
   * A value from Java: a number, boolean, string, tensor, model, {@code Indices}, array of numbers
   * or strings, a list of these, or null for {@code ()}.
   *
   * @throws IllegalArgumentException for any other object
   * @throws TensorLogicException for a list whose elements cannot be in one
   */
  static Value of(@Nullable Object object) {
    return Conversions.fromJava(object);
  }
}
