package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Value;

/** A growable sequence of anything. A reference: everybody who has it sees what is appended. */
public final class ListValue extends Counted {
  private final List<Datum> elements;

  public ListValue(List<? extends Datum> elements) {
    this.elements = new ArrayList<>(elements);
    elements.forEach(Datum::hold);
  }

  public int size() {
    return elements.size();
  }

  public Datum get(int index) {
    return elements.get(index);
  }

  public void set(int index, Datum value) {
    value.hold();
    elements.set(index, value).release();
  }

  public void add(Datum value) {
    grow(REFERENCE);
    value.hold();
    elements.add(value);
  }

  public Datum removeLast() {
    Datum last = elements.remove(elements.size() - 1);
    grow(-REFERENCE);
    last.unhold();
    return last;
  }

  public void clear() {
    grow(-REFERENCE * elements.size());
    elements.forEach(Datum::release);
    elements.clear();
  }

  public List<Datum> elements() {
    return elements;
  }

  @Override
  long bytes() {
    return OBJECT + REFERENCE * elements.size();
  }

  @Override
  public void discard() {
    if (!isHeld()) {
      elements.forEach(Datum::release);
      elements.clear();
    }
  }

  @Override
  public void escape() {
    if (keepForever()) {
      elements.forEach(Datum::escape);
    }
  }

  @Override
  public String type() {
    return "list";
  }

  @Override
  public List<Value> asList() {
    escape();
    return List.copyOf(elements);
  }

  @Override
  public List<@Nullable Object> toJava() {
    List<@Nullable Object> list = new ArrayList<>();
    elements.forEach(e -> list.add(e.toJava()));
    return list;
  }

  @Override
  public String toString() {
    return Text.join("[", elements.iterator(), "]");
  }
}
