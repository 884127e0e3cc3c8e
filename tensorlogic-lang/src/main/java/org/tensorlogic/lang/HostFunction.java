package org.tensorlogic.lang;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Java function that programs may call. */
@FunctionalInterface
public interface HostFunction {
  /**
   * Computes a result.
   *
   * @param arguments the arguments of the call; tensors among them stay valid
   * @return anything that {@link Value#of} accepts; null is {@code ()}
   */
  @Nullable Object call(List<Value> arguments) throws Exception;
}
