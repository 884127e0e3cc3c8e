package org.tensorlogic.lang.value;

import java.util.List;
import org.tensorlogic.lang.Value;

/** A growable sequence of anything. A reference: everybody who has it sees what is appended. */
public final class ListValue extends SequenceValue {
  public ListValue(List<? extends Datum> elements) {
    elements.forEach(this::add);
  }

  @Override
  Datum converted(Datum value) {
    return value;
  }

  @Override
  public String type() {
    return "list";
  }

  @Override
  public List<Value> toList() {
    escape();
    return List.copyOf(elements());
  }

  @Override
  public String toString() {
    return Text.join("[", elements().iterator(), "]");
  }
}
