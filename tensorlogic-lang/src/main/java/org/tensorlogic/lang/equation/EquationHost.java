package org.tensorlogic.lang.equation;

import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;

/** What a running equation asks of the program around it. */
public interface EquationHost {
  /** The 0/1 tensor of a relation. */
  Tensor relation(String name);

  /** The position of a symbol along an axis of the tensor of a relation. */
  long position(String relation, int axis, String symbol);

  /** A function of the program applied to tensors. */
  Tensor call(String function, Tensor... arguments);

  /** Where new tensors are made. */
  TensorFactory factory(DType dtype);

  /** Called once per step of a recurrence, to count and to cancel. */
  void step();
}
