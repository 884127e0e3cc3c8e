package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;

/** The parameters that a learn block can see, each once, by the name it is reached under. */
final class Learnables {
  private final List<Named> found = new ArrayList<>();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  /** A parameter and its name: {@code W}, {@code net.bias}, {@code layers[0]}. */
  record Named(String name, TensorValue value) {}

  void add(String name, @Nullable Datum value) {
    if (value == null || !seen.add(value)) {
      return;
    }
    if (value instanceof TensorValue tensor) {
      if (tensor.isLearnable()) {
        found.add(new Named(name, tensor));
      }
    } else if (value instanceof StructValue struct) {
      List<String> fields = struct.structType().fields();
      for (int i = 0; i < fields.size(); i++) {
        add(name + "." + fields.get(i), struct.get(i));
      }
    } else if (value instanceof ListValue list) {
      for (int i = 0; i < list.size(); i++) {
        add(name + "[" + i + "]", list.get(i));
      }
    }
  }

  List<Named> found() {
    return found;
  }

  static String names(List<Named> learnables) {
    return learnables.stream().map(Named::name).collect(Collectors.joining(", "));
  }
}
