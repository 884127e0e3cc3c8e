package org.tensorlogic.io.fuzz;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file as its format sees it: a number, text or bytes, or other parts in order. What
 * follows from these, such as lengths and counts, is no part but computed when the file is written.
 */
final class Node {
  /** What its {@link Structure} needs to know to write it. */
  final char kind;

  /** The number of a field, where fields have numbers. */
  final int field;

  /** A Long, String or byte[]; null if there are only children. */
  @Nullable Object value;

  final List<Node> children = new ArrayList<>();

  Node(char kind, int field, @Nullable Object value) {
    this.kind = kind;
    this.field = field;
    this.value = value;
  }

  Node(char kind, @Nullable Object value) {
    this(kind, 0, value);
  }

  Node add(Node child) {
    children.add(child);
    return this;
  }

  Node copy() {
    Node copy = new Node(kind, field, value);
    children.forEach(child -> copy.add(child.copy()));
    return copy;
  }

  /** All below it, parents before children. */
  List<Node> descendants() {
    List<Node> all = new ArrayList<>();
    for (Node child : children) {
      all.add(child);
      all.addAll(child.descendants());
    }
    return all;
  }
}
