package org.tensorlogic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model file says of one tensor; asking costs no data.
 *
 * @param name as stored
 * @param shape row-major, outermost first, as NumPy shows it; a file may list a rank or extent that
 *     no tensor can have, hence plain numbers
 * @param storedType the format's own name of the element type: {@code BF16}, {@code I64}, {@code
 *     Q4_K}
 * @param encoding how it can be read, or null if its type is only listed
 * @param bytes it takes in the file
 */
public record TensorInfo(
    String name, List<Long> shape, String storedType, @Nullable Encoding encoding, long bytes) {

  /** Copies the shape. */
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Whether {@link Model#getTensor} can give it. */
  public boolean isReadable() {
    return encoding != null;
  }
}
