package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.List;

/** A tensor of numbers that a model file holds or computes from others that it holds. */
interface Constant {
  /** Its element type. */
  MilDataType dtype();

  /** Its extents, all known, of at most as many elements as can be counted. */
  List<Long> shape();

  /** Elements in all. */
  default long size() {
    return Extents.size(shape());
  }

  /** How the file holds it, in the file's terms. */
  String storedType();

  /** Bytes that it takes in the file. */
  long storedBytes();

  /**
   * Its elements, row-major, to be read by one thread.
   *
   * @throws org.tensorlogic.MalformedModelException if its data break a rule
   */
  Numbers open() throws IOException;

  /** As {@link #open}, each element rounded to the element type: for computing with them. */
  default Numbers openRounded() throws IOException {
    Numbers numbers = open();
    return dtype() == MilDataType.FLOAT16 ? new HalfRounded(numbers) : numbers;
  }
}
