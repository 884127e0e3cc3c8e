package org.tensorlogic;

import org.jspecify.annotations.Nullable;

/**
 * How a model is saved.
 *
 * @param encoding that tensors are stored as, or null to store each as the model gives it: {@code
 *     F32} or {@code F16}, in GGUF also {@code Q8_0} or {@code Q4_0}, which only matrices of whole
 *     blocks become
 * @param progress told how far it is, in bytes of the new file
 */
public record SaveOptions(@Nullable Encoding encoding, ProgressListener progress) {
  /** Each tensor as the model gives it. */
  public static SaveOptions defaults() {
    return new SaveOptions(null, (task, done, total) -> {});
  }

  /** Stored so, where the format can. */
  public SaveOptions encoding(@Nullable Encoding other) {
    return new SaveOptions(other, progress);
  }

  /** Telling this listener. */
  public SaveOptions progress(ProgressListener listener) {
    return new SaveOptions(encoding, listener);
  }
}
