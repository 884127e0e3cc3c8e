package org.tensorlogic.lang.builtin;

import java.util.List;

/** The {@code cndl_} names of older programs. */
final class Aliases {
  private static final List<String> SAME =
      List.of(
          "matmul",
          "transpose",
          "reshape",
          "softmax",
          "log_softmax",
          "gelu",
          "silu",
          "relu",
          "tanh",
          "layer_norm",
          "rms_norm",
          "embedding",
          "rope");

  private Aliases() {}

  static void define(Registry registry) {
    for (String name : SAME) {
      registry.alias("cndl_" + name, name);
    }
    registry.alias("cndl_load_safetensors", "load_model");
    registry.alias("cndl_save_safetensors", "save_model");
    registry.alias("cndl_list_safetensors", "tensor_names");
  }
}
