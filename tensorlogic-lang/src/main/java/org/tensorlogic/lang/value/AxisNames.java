package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;

/** The names of the rows of an embedding table; an open table gets a row for every new name. */
public final class AxisNames {
  private final String owner;
  private final Map<String, Integer> positions = new LinkedHashMap<>();
  private final @Nullable LongFunction<Tensor> newRows;

  /**
   * Names in order.
   *
   * @param newRows makes rows for new names; null if the names are closed
   */
  public AxisNames(String owner, List<String> names, @Nullable LongFunction<Tensor> newRows) {
    this.owner = owner;
    this.newRows = newRows;
    names.forEach(name -> positions.putIfAbsent(name, positions.size()));
  }

  /** The same names, to which others can be added apart. */
  AxisNames copy() {
    return new AxisNames(owner, names(), newRows);
  }

  public List<String> names() {
    return new ArrayList<>(positions.keySet());
  }

  /** The row of a name, which {@code table} gets now if it is new and the names are open. */
  int position(String name, TensorValue table) {
    Integer known = positions.get(name);
    if (known != null) {
      return known;
    }
    if (newRows == null) {
      throw new Fault(
              DiagnosticCode.UNKNOWN_ENTITY,
              "embedding '" + owner + "' has no row for '" + name + "'")
          .suggesting("symbol", name, positions.keySet());
    }
    if (table.isLearning()) {
      throw new Fault(
          DiagnosticCode.UNKNOWN_ENTITY,
          "embedding '" + owner + "' gets no row for '" + name + "' while it is learned",
          "use " + owner + "[" + name + "] once before the learn block");
    }
    MemoryBudget budget = MemoryBudget.current();
    if (budget != null) {
      budget.take(Counted.OBJECT + (long) Character.BYTES * name.length());
    }
    int position = positions.size();
    Tensor row = newRows.apply(1);
    table.replace(position == 0 ? row : Tensor.concat(0, table.tensor(), row));
    positions.put(name, position);
    return position;
  }
}
