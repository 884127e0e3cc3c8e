package org.tensorlogic.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;

/** The backend under test and seeded tensors on it. */
@State(Scope.Benchmark)
public class BackendState {
  /** By name. */
  @Param({"cpu", "reference"})
  public String backend = "cpu";

  /** The backend of that name. */
  public Backend backend() {
    return Backends.named(backend);
  }

  /** Uniform values from [-1, 1). */
  public Tensor random(DType dtype, long seed, long... shape) {
    return Tensor.on(backend(), dtype).uniform(seed, -1, 1, shape);
  }
}
