package org.tensorlogic.io;

import java.io.IOException;
import org.tensorlogic.ProgressListener;
import org.tensorlogic.backend.Memory;

/** Where the elements of one tensor of a file are; their encoding is the {@code TensorInfo}'s. */
public sealed interface TensorData {
  /** Row-major and little endian in a mapped file, from a byte offset on; inside it, as checked. */
  record InPlace(MappedFile file, long offset) implements TensorData {}

  /**
   * Not as they are needed in any file: byte-swapped, compressed, computed from other constants.
   */
  non-sealed interface Produced extends TensorData {
    /**
     * Writes all elements, row-major, at offset 0 of a memory of just their size; called when the
     * tensor is first asked for.
     *
     * @throws org.tensorlogic.MalformedModelException if the data break a rule of the format
     */
    void writeTo(Memory target, ProgressListener progress) throws IOException;
  }
}
