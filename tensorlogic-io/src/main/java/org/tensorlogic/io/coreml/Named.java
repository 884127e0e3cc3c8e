package org.tensorlogic.io.coreml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something under a name. A program has many operations with few arguments each: short lists of
 * these take a fraction of what maps do.
 */
record Named<T>(String name, T value) {

  /** What has this name, or null. */
  static <T> @Nullable T find(List<Named<T>> list, String name) {
    for (Named<T> named : list) {
      if (named.name.equals(name)) {
        return named.value;
      }
    }
    return null;
  }

  /** The last of each name, as a protocol buffer's map has it. */
  static <T> List<Named<T>> unique(List<Named<T>> list) {
    if (list.size() < 2 || (list.size() == 2 && !list.get(0).name.equals(list.get(1).name))) {
      return List.copyOf(list);
    }
    Map<String, Named<T>> byName = new LinkedHashMap<>();
    for (Named<T> named : list) {
      byName.put(named.name, named);
    }
    return List.copyOf(byName.values());
  }
}
