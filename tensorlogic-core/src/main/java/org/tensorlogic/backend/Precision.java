package org.tensorlogic.backend;

/** How a matrix product with packed weights is computed. */
public enum Precision {
  /** Weights are dequantized in registers, sums in float. */
  EXACT,
  /** Activations are quantized to 8 bits per block, sums in integers, as llama.cpp computes. */
  FAST
}
