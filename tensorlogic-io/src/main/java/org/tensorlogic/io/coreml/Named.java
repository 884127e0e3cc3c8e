package org.tensorlogic.io.coreml;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something under a name. A program has many operations with few arguments each: short lists of
 * these take a fraction of what maps do.
 */
record Named<T>(String name, T value) {

  /** What has this name, the last one if several have, as in a protocol buffer's map; or null. */
  static <T> @Nullable T find(List<Named<T>> list, String name) {
    for (int i = list.size() - 1; i >= 0; i--) {
      Named<T> named = list.get(i);
      if (named.name.equals(name)) {
        return named.value;
      }
    }
    return null;
  }
}
