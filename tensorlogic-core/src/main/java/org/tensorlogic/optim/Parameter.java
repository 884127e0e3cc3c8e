package org.tensorlogic.optim;

import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.ShapeException;
import org.tensorlogic.Tensor;

/**
 * A tensor that learns. Its master copy is float32, so that steps too small for a half add up;
 * {@link #value} is that copy in the parameter's own type. For one thread at a time while it
 * learns.
 */
public final class Parameter implements AutoCloseable {
  private final DType dtype;
  private Tensor master;
  private Tensor value;

  private Parameter(DType dtype, Tensor master) {
    this.dtype = dtype;
    this.master = master;
    this.value = seen(master);
  }

  /** A parameter that begins with a copy of these values and has their type. */
  public static Parameter of(Tensor initial) {
    return new Parameter(initial.dtype(), Tensor.detached(() -> initial.to(DType.F32)));
  }

  private Tensor seen(Tensor from) {
    return Tensor.detached(() -> from.to(dtype));
  }

  /** What to compute with; the same object until the next step, which closes it. */
  public Tensor value() {
    return value;
  }

  /** The master copy, in float32; closed by the next step. */
  public Tensor master() {
    return master;
  }

  /** The type it is seen in. */
  public DType dtype() {
    return dtype;
  }

  /** The shape. */
  public Shape shape() {
    return master.shape();
  }

  /**
   * Replaces the values.
   *
   * @throws ShapeException if the shape differs
   */
  public void set(Tensor values) {
    if (!values.shape().equals(shape())) {
      throw new ShapeException(
          "parameter: the shape " + shape() + " is fixed, got " + values.shape());
    }
    Tensor nextMaster = Tensor.detached(() -> values.to(DType.F32));
    Tensor nextValue = seen(nextMaster);
    close();
    master = nextMaster;
    value = nextValue;
  }

  /** Frees the values. */
  @Override
  public void close() {
    master.close();
    value.close();
  }
}
