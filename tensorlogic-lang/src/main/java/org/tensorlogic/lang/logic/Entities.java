package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.ScalarType;

/** The entity types of a knowledge base, and all constants in the order of their appearance. */
final class Entities {
  private final Map<String, EntityType> types = new LinkedHashMap<>();
  private final Set<Object> constants = new LinkedHashSet<>();

  /** The innermost {@code with T}, or null. */
  private @Nullable String defaultType;

  void copyTo(Entities other) {
    for (EntityType type : types.values()) {
      EntityType copy = new EntityType(type.name(), type.isClosed());
      copy.symbols().addAll(type.symbols());
      other.types.put(type.name(), copy);
    }
    other.constants.addAll(constants);
  }

  void declare(LogicStatement.Entity statement) {
    String name = statement.name().name();
    EntityType known = types.get(name);
    boolean closed = statement.symbols() != null;
    EntityType type = new EntityType(name, closed);
    if (statement.symbols() != null) {
      statement.symbols().forEach(symbol -> type.symbols().add(symbol.name()));
      constants.addAll(type.symbols());
    }
    if (known == null || closed) {
      types.put(name, type);
    }
  }

  @Nullable EntityType find(String name) {
    return types.get(name);
  }

  Set<String> names() {
    return types.keySet();
  }

  /** Enters {@code with T}; the answer is to be given back when it ends. */
  @Nullable String enter(@Nullable String type) {
    String outer = defaultType;
    defaultType = type;
    return outer;
  }

  boolean isSymbol(String name) {
    return constants.contains(name);
  }

  /** All constants: symbols of closed types first, then by first appearance. */
  List<Object> constants() {
    return new ArrayList<>(constants);
  }

  /** Notes an argument of a fact at a position declared with a type, or none. */
  void collect(Object constant, @Nullable String declared, Span span) {
    String type =
        declared != null && ScalarType.named(declared) == ScalarType.SYMBOL
            ? defaultType
            : declared;
    EntityType entity = type == null ? null : types.get(type);
    if (entity != null && constant instanceof String symbol) {
      if (entity.isClosed() && !entity.symbols().contains(symbol)) {
        throw new Fault(
                DiagnosticCode.UNKNOWN_ENTITY,
                "'" + symbol + "' is no symbol of entity type '" + entity.name() + "'")
            .suggesting("symbol", symbol, entity.symbols())
            .at(span);
      }
      entity.symbols().add(symbol);
    } else if (type == null && declared != null && constant instanceof String symbol) {
      types.values().stream()
          .filter(open -> !open.isClosed())
          .forEach(open -> open.symbols().add(symbol));
    }
    constants.add(constant);
  }
}
