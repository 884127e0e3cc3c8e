package org.tensorlogic.lang.logic;

import java.util.LinkedHashSet;
import java.util.Set;

/** An entity type: its symbols, given once if it is closed, else collected from facts. */
final class EntityType {
  private final String name;
  private final boolean closed;
  private final Set<String> symbols = new LinkedHashSet<>();

  EntityType(String name, boolean closed) {
    this.name = name;
    this.closed = closed;
  }

  String name() {
    return name;
  }

  boolean isClosed() {
    return closed;
  }

  Set<String> symbols() {
    return symbols;
  }
}
