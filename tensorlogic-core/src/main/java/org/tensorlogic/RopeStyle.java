package org.tensorlogic;

/** Which elements of a head rotate together. */
public enum RopeStyle {
  /** Neighbours (2i, 2i+1): the original form, llama.cpp's "norm". */
  INTERLEAVED,
  /** Halves (i, i + d/2): GPT-NeoX and Hugging Face models, llama.cpp's "neox". */
  HALF_SPLIT
}
