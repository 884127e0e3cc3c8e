package org.tensorlogic.testing;

import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.backend.Backend;

/** What the parts of the contract share. */
interface ContractPart {
  /** The backend under test. */
  Backend backend();

  /** What makes tensors of a type on it. */
  default TensorFactory on(DType type) {
    return Tensor.on(backend(), type);
  }
}
