package org.tensorlogic;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;

/**
 * How a model is loaded.
 *
 * @param backend that computes with its tensors
 * @param dtype that unquantized tensors are given as: those stored so are used in place, others are
 *     converted once, when first asked for: to halves, values beyond 65504 become infinite; null
 *     gives each as the {@link Encoding#dtype} of how it is stored
 * @param residency where the data live
 * @param progress told, when a tensor is asked for, about reading and converting it
 * @param fileCheck asked before each file of the model is opened: also of parts, weights and
 *     configurations that the named one leads to
 */
public record LoadOptions(
    Backend backend,
    @Nullable DType dtype,
    Residency residency,
    ProgressListener progress,
    FileCheck fileCheck) {

  /** Says which files may be opened. */
  @FunctionalInterface
  public interface FileCheck {
    /**
     * Returns if the file may be opened.
     *
     * @throws IOException if not: loading ends with it
     */
    void check(Path file) throws IOException;
  }

  /** Where the data of a model live. */
  public enum Residency {
    /** In the mapped file: instant, shared between processes, read when touched. */
    MAPPED,
    /** In memory, each tensor read when first asked for; computes faster, costs its size. */
    RESIDENT
  }

  /** The default backend, halves, mapped, any file. */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Backends.best(), DType.F16, Residency.MAPPED, (task, done, total) -> {}, file -> {});
  }

  /** On this backend. */
  public LoadOptions backend(Backend other) {
    return new LoadOptions(other, dtype, residency, progress, fileCheck);
  }

  /** As this type; null is as stored. */
  public LoadOptions dtype(@Nullable DType other) {
    return new LoadOptions(backend, other, residency, progress, fileCheck);
  }

  /** With the data there. */
  public LoadOptions residency(Residency other) {
    return new LoadOptions(backend, dtype, other, progress, fileCheck);
  }

  /** Telling this listener. */
  public LoadOptions progress(ProgressListener listener) {
    return new LoadOptions(backend, dtype, residency, listener, fileCheck);
  }

  /** Opening only files that pass. */
  public LoadOptions fileCheck(FileCheck check) {
    return new LoadOptions(backend, dtype, residency, progress, check);
  }
}
