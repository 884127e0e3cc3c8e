package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;

/** The elements of one tensor that the equations of a block execution have written so far. */
public final class Written {
  /** Nothing yet. */
  public static final Written NOTHING = new Written(List.of());

  private final List<Box> boxes;

  private Written(List<Box> boxes) {
    this.boxes = boxes;
  }

  Written plus(Box box) {
    if (covers(box)) {
      return this;
    }
    List<Box> more = new ArrayList<>(boxes);
    more.removeIf(box::contains);
    more.add(box);
    return new Written(List.copyOf(more));
  }

  boolean isEmpty() {
    return boxes.isEmpty();
  }

  /** Whether one of the boxes contains all of {@code box}. */
  boolean covers(Box box) {
    return boxes.stream().anyMatch(known -> known.contains(box));
  }

  /** The parts of {@code box} that have been written, which may overlap. */
  List<Box> within(Box box) {
    return boxes.stream().map(box::intersect).filter(part -> !part.isEmpty()).toList();
  }
}
