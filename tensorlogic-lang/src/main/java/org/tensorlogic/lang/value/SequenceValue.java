package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Elements one after another that can be replaced, added and removed. A reference. */
public abstract sealed class SequenceValue extends Counted permits ListValue, VectorValue {
  private final List<Datum> elements = new ArrayList<>();

  /** What holds this value as an element: itself, or what it becomes in this sequence. */
  abstract Datum converted(Datum value);

  public final int size() {
    return elements.size();
  }

  public final Datum get(int index) {
    return elements.get(index);
  }

  public final void set(int index, Datum value) {
    Datum element = converted(value);
    element.hold();
    elements.set(index, element).release();
  }

  public final void add(Datum value) {
    Datum element = converted(value);
    grow(REFERENCE);
    element.hold();
    elements.add(element);
  }

  public final Datum removeLast() {
    Datum last = elements.remove(elements.size() - 1);
    grow(-REFERENCE);
    last.unhold();
    return last;
  }

  public final void clear() {
    grow(-REFERENCE * elements.size());
    elements.forEach(Datum::release);
    elements.clear();
  }

  public final List<Datum> elements() {
    return elements;
  }

  @Override
  final long bytes() {
    return OBJECT + REFERENCE * elements.size();
  }

  @Override
  public final void discard() {
    if (!isHeld()) {
      elements.forEach(Datum::release);
      elements.clear();
    }
  }

  @Override
  public final void escape() {
    if (keepForever()) {
      elements.forEach(Datum::escape);
    }
  }

  @Override
  public final List<@Nullable Object> toJava() {
    List<@Nullable Object> list = new ArrayList<>();
    elements.forEach(e -> list.add(e.toJava()));
    return list;
  }
}
