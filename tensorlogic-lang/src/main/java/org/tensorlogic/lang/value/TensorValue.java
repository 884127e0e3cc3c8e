package org.tensorlogic.lang.value;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;

/**
 * A tensor with its number of holders. A learnable one is a parameter: {@code learn} replaces its
 * content, and everybody who holds it sees that.
 */
public final class TensorValue extends Counted {
  private final boolean learnable;
  private final @Nullable AxisNames names;
  private Tensor tensor;
  private boolean learning;

  private TensorValue(Tensor tensor, boolean learnable, @Nullable AxisNames names) {
    this.tensor = tensor;
    this.learnable = learnable;
    this.names = names;
  }

  public static TensorValue of(Tensor tensor) {
    return new TensorValue(tensor, false, null);
  }

  /** A parameter of {@code learn}. */
  public static TensorValue learnable(Tensor tensor) {
    return new TensorValue(tensor, true, null);
  }

  /** A tensor that belongs to somebody else: a model, the host. */
  public static TensorValue shared(Tensor tensor) {
    TensorValue value = new TensorValue(tensor, false, null);
    value.keepForever();
    return value;
  }

  /** A table whose rows have names. */
  public static TensorValue embedding(Tensor table, AxisNames names, boolean learnable) {
    return new TensorValue(table, learnable, names);
  }

  /** A table of the same content that grows and learns on its own. */
  public TensorValue copy() {
    TensorValue copy = new TensorValue(tensor, learnable, names == null ? null : names.copy());
    copy.escape();
    return copy;
  }

  /** A value in the place of this one: learnable if this is, with its names if they still fit. */
  public TensorValue replacedBy(TensorValue next) {
    requireAssignable();
    boolean named =
        names != null
            && next.tensor.rank() > 0
            && next.tensor.dim(0) == tensor.dim(0)
            && next.names == null;
    if ((!learnable || next.learnable) && !named) {
      return next;
    }
    if (learnable) {
      next.escape();
    }
    return new TensorValue(next.tensor, learnable, named ? names : next.names);
  }

  public @Nullable AxisNames names() {
    return names;
  }

  /** Says whether {@code learn} has the table now: it gets no rows meanwhile. */
  public void setLearning(boolean now) {
    learning = now;
  }

  boolean isLearning() {
    return learning;
  }

  /** Checks that {@code learn} does not have this parameter now: only its optimizer changes it. */
  public void requireAssignable() {
    if (learning) {
      throw new Fault(
          DiagnosticCode.ASSIGNED_WHILE_LEARNED,
          "a parameter cannot be assigned while it is learned: only the optimizer changes it",
          "declare another variable: let next = …");
    }
  }

  /** The row of a name. */
  public int position(String name) {
    if (names == null) {
      throw new Fault(DiagnosticCode.NOT_INDEXABLE, "the dimensions of a tensor have no names");
    }
    return names.position(name, this);
  }

  /** Gives an open table one more row. */
  void replace(Tensor longer) {
    Tensor old = tensor;
    tensor = longer;
    if (!learnable) {
      old.close();
    }
  }

  public Tensor tensor() {
    return tensor;
  }

  public boolean isLearnable() {
    return learnable;
  }

  /** Gives a parameter its next content. */
  public void update(Tensor next) {
    if (!learnable) {
      throw new IllegalStateException("only parameters change");
    }
    tensor = next;
  }

  @Override
  long bytes() {
    return 2 * OBJECT;
  }

  @Override
  public void discard() {
    if (!isHeld() && !learnable) {
      tensor.close();
    }
  }

  @Override
  public void escape() {
    keepForever();
  }

  @Override
  public String type() {
    return "tensor " + tensor.dtype() + tensor.shape();
  }

  @Override
  public boolean isNumber() {
    return tensor.size() == 1;
  }

  @Override
  public double toDouble() {
    if (tensor.size() != 1) {
      throw mismatch("a number");
    }
    return tensor.item();
  }

  @Override
  public long toLong() {
    if (tensor.size() != 1) {
      throw mismatch("an integer");
    }
    return Conversions.integral(tensor.item());
  }

  @Override
  public Tensor toTensor() {
    escape();
    return tensor;
  }

  @Override
  public float[] toFloatArray() {
    return tensor.toFloatArray();
  }

  @Override
  public int[] toIntArray() {
    float[] floats = tensor.toFloatArray();
    int[] values = new int[floats.length];
    for (int i = 0; i < values.length; i++) {
      if (floats[i] != (int) floats[i]) {
        throw new Fault(
            DiagnosticCode.INVALID_VALUE, "expected integers, got " + Text.number(floats[i]));
      }
      values[i] = (int) floats[i];
    }
    return values;
  }

  @Override
  public Object toJava() {
    return toTensor();
  }

  @Override
  public String toString() {
    return tensor.toString();
  }
}
