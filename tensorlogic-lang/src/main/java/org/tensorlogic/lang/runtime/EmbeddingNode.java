package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.LogicStatement.Embedding;
import org.tensorlogic.lang.syntax.LogicStatement.EmbeddingEntry;
import org.tensorlogic.lang.syntax.LogicStatement.EmbeddingValue;
import org.tensorlogic.lang.value.AxisNames;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;

/** {@code embedding E { entities: …, dimension: …, init: … }}: a table whose rows have names. */
final class EmbeddingNode extends Node {
  private static final double SPREAD = 0.1;
  private static final List<String> ENTRIES = List.of("entities", "relations", "dimension", "init");
  private static final List<String> INITS = List.of("random", "xavier", "he", "zeros", "ones");

  private final Embedding declaration;
  private final @Nullable Node dimension;

  /** {@code dimension} reads the variable that gives the dimension; null if none does. */
  EmbeddingNode(Embedding declaration, @Nullable Node dimension) {
    super(declaration.span());
    this.declaration = declaration;
    this.dimension = dimension;
    for (EmbeddingEntry entry : declaration.entries()) {
      if (!ENTRIES.contains(entry.name().name())) {
        throw new Fault(
                DiagnosticCode.INVALID_LOGIC,
                "unknown entry of an embedding '" + entry.name() + "'")
            .suggesting("entry", entry.name().name(), ENTRIES)
            .at(entry.name().span());
      }
    }
  }

  private @Nullable EmbeddingValue entry(String name) {
    for (EmbeddingEntry entry : declaration.entries()) {
      if (entry.name().name().equals(name)) {
        return entry.value();
      }
    }
    return null;
  }

  @Override
  public Datum evaluate(Frame frame) {
    Execution execution = frame.execution();
    try {
      long dimension = dimension(frame);
      EmbeddingValue of = entry(declaration.ofRelations() ? "relations" : "entities");
      boolean open = of instanceof EmbeddingValue.Word word && word.name().name().equals("auto");
      List<String> names = names(of, execution);
      String init = init();
      LongFunction<Tensor> rows =
          n -> rows(execution, init, n, Math.max(n, names.size()), dimension);
      AxisNames axis = new AxisNames(declaration.name().name(), names, open ? rows : null);
      Tensor table = rows.apply(names.size());
      return TensorValue.embedding(table, axis, declaration.learnable());
    } catch (RuntimeException e) {
      throw Faults.locate(e, span());
    }
  }

  /** A number, or the value of an int variable. */
  private long dimension(Frame frame) {
    EmbeddingValue value = entry("dimension");
    if (value instanceof EmbeddingValue.Size size) {
      return size.value();
    }
    if (dimension == null) {
      throw new Fault(
          DiagnosticCode.INVALID_LOGIC,
          "an embedding needs its dimension, a number",
          "add 'dimension: 64'");
    }
    Datum size = dimension.evaluate(frame);
    if (!(size instanceof IntValue number) || number.value() < 0) {
      throw new Fault(
              DiagnosticCode.INVALID_LOGIC,
              "the dimension must be an int of at least 0, got " + size)
          .at(dimension.span());
    }
    return number.value();
  }

  private List<String> names(@Nullable EmbeddingValue of, Execution execution) {
    if (of instanceof EmbeddingValue.Symbols symbols) {
      return symbols.names().stream().map(Object::toString).toList();
    } else if (of instanceof EmbeddingValue.Word word) {
      String name = word.name().name();
      if (name.equals("auto")) {
        return List.of();
      }
      if (declaration.ofRelations() && name.equals("all")) {
        return new ArrayList<>(execution.logic().knowledge().relationNames());
      }
      List<String> symbols = execution.logic().knowledge().symbols(name);
      if (symbols != null) {
        return symbols;
      }
      throw new Fault(DiagnosticCode.UNKNOWN_ENTITY, "unknown entity type '" + name + "'")
          .at(word.name().span());
    }
    throw new Fault(
        DiagnosticCode.INVALID_LOGIC,
        "an embedding needs its "
            + (declaration.ofRelations()
                ? "relations: {R, S} or all"
                : "entities: {a, b}, a type or auto"));
  }

  private String init() {
    EmbeddingValue value = entry("init");
    if (value == null) {
      return "random";
    }
    Fault fault =
        new Fault(DiagnosticCode.INVALID_LOGIC, "init must be one of " + String.join(", ", INITS));
    if (value instanceof EmbeddingValue.Word word) {
      String name = word.name().name();
      if (INITS.contains(name)) {
        return name;
      }
      fault.suggesting("init", name, INITS).at(word.name().span());
    }
    throw fault;
  }

  /** Rows of a table that has {@code total} of them. */
  private static Tensor rows(Execution execution, String init, long n, long total, long d) {
    TensorFactory factory = execution.factory(DType.F16);
    long seed = execution.random().nextLong();
    double xavier = Math.sqrt(6.0 / (double) (total + d));
    return switch (init) {
      case "zeros" -> factory.zeros(n, d);
      case "ones" -> factory.ones(n, d);
      case "xavier" -> factory.uniform(seed, -xavier, xavier, n, d);
      case "he" -> factory.normal(seed, 0, Math.sqrt(2.0 / Math.max(1, total)), n, d);
      default -> factory.uniform(seed, -SPREAD, SPREAD, n, d);
    };
  }
}
