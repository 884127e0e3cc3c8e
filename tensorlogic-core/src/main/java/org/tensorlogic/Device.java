package org.tensorlogic;

/** What a backend computes on. */
public enum Device {
  /** The processor. */
  CPU,
  /** A graphics processor. */
  GPU
}
