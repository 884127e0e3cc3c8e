package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;

/** The symbolic dimension names of one signature, in order of appearance. */
final class Dimensions {
  private final List<String> names = new ArrayList<>();

  int index(String name) {
    int known = names.indexOf(name);
    if (known >= 0) {
      return known;
    }
    names.add(name);
    return names.size() - 1;
  }

  List<String> names() {
    return names;
  }

  boolean isEmpty() {
    return names.isEmpty();
  }
}
