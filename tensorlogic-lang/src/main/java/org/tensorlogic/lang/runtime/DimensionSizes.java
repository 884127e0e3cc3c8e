package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;

/** The sizes that the dimension names of a signature have in one call. */
final class DimensionSizes {
  private static final long UNKNOWN = -1;

  private final Dimensions dimensions;
  private final long[] sizes;
  private final @Nullable String[] owners;

  DimensionSizes(Dimensions dimensions) {
    this.dimensions = dimensions;
    this.sizes = new long[dimensions.names().size()];
    this.owners = new @Nullable String[sizes.length];
    Arrays.fill(sizes, UNKNOWN);
  }

  /** Notes that a dimension has this size in {@code owner}; null is the result. */
  void unify(int dimension, long size, @Nullable String owner) {
    String shown = owner == null ? "the result" : "'" + owner + "'";
    if (sizes[dimension] == UNKNOWN) {
      sizes[dimension] = size;
      owners[dimension] = shown;
    } else if (sizes[dimension] != size) {
      String first = owners[dimension];
      throw new Fault(
          DiagnosticCode.DIMENSION_CONFLICT,
          "dimension "
              + dimensions.names().get(dimension)
              + " is "
              + sizes[dimension]
              + (first == null ? " in the parameters" : " in " + first)
              + " but "
              + size
              + " in "
              + shown);
    }
  }

  /** Stores the sizes in the slots from {@code first} on: the body sees them as ints. */
  void bind(Frame frame, int first) {
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] != UNKNOWN) {
        frame.set(first + i, IntValue.of(sizes[i]));
      }
    }
  }

  /** Takes the sizes from the slots again, to check the result. */
  void recall(Frame frame, int first) {
    for (int i = 0; i < sizes.length; i++) {
      Datum size = frame.get(first + i);
      if (size instanceof IntValue number) {
        sizes[i] = number.value();
      }
    }
  }
}
