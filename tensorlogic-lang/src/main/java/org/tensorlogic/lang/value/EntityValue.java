package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.Value;

/** An entity type as it is now: its name and symbols. */
public final class EntityValue extends OpaqueValue {
  private final String name;
  private final List<String> symbols;

  public EntityValue(String name, List<String> symbols) {
    super("entity type");
    this.name = name;
    this.symbols = List.copyOf(symbols);
  }

  public String name() {
    return name;
  }

  public List<String> symbols() {
    return symbols;
  }

  @Override
  public List<Value> toList() {
    return new ArrayList<>(symbols.stream().map(StringValue::of).toList());
  }

  @Override
  public String toString() {
    return name + " {" + String.join(", ", symbols) + "}";
  }
}
