package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.ArrayLiterals;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.StructValue;

/** Array and struct literals, indexing. */
final class DataNodes {
  private DataNodes() {}

  /** {@code [a, b, …]}. */
  static final class Array extends Node {
    private final Node[] elements;
    private final boolean pure;

    Array(Span span, Node[] elements) {
      super(span);
      this.elements = elements;
      this.pure = Arrays.stream(elements).allMatch(Node::isPure);
    }

    @Override
    public Datum evaluate(Frame frame) {
      List<Datum> values = new ArrayList<>(elements.length);
      for (Node element : elements) {
        Datum value = element.evaluate(frame);
        value.hold();
        values.add(value);
      }
      try {
        if (!values.isEmpty() && values.get(0) instanceof ArrayValue row) {
          frame.execution().requireBytes("an array", 8L * row.size() * values.size());
        }
        Datum result = gather(values, frame.execution());
        for (Datum value : values) {
          value.release();
        }
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    @Override
    public boolean isPure() {
      return pure;
    }
  }

  /** Numbers whose gradients are being recorded make a tensor, so that they stay recorded. */
  private static Datum gather(List<Datum> elements, Execution execution) {
    return elements.stream().anyMatch(execution::isTracking)
        ? ArrayLiterals.stack(elements)
        : ArrayLiterals.gather(elements);
  }

  /** {@code [value; count]}. */
  static final class Repeat extends Node {
    private final Node value;
    private final Node count;

    Repeat(Span span, Node value, Node count) {
      super(span);
      this.value = value;
      this.count = count;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum element = value.evaluate(frame);
      try {
        long n = count.evaluate(frame).toLong();
        if (n < 0) {
          throw new Fault(DiagnosticCode.INVALID_VALUE, "an array cannot have " + n + " elements");
        }
        int each = element instanceof ArrayValue array ? array.size() : 1;
        frame.execution().requireBytes("an array", Math.multiplyExact(8L * each, n));
        return repeated(element, (int) n, frame.execution());
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    private static Datum repeated(Datum element, int n, Execution execution) {
      if (element instanceof IntValue number) {
        long[] values = new long[n];
        Arrays.fill(values, number.value());
        return ArrayValue.ofLongs(values);
      } else if (element instanceof FloatValue number) {
        double[] values = new double[n];
        Arrays.fill(values, number.value());
        return ArrayValue.ofDoubles(values);
      }
      List<Datum> values = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        values.add(element);
      }
      return n == 0 ? new ListValue(values) : gather(values, execution);
    }
  }

  /** {@code target[…]}. */
  static final class Index extends Node {
    private final Node target;
    private final List<SelectorNode> selectors;

    Index(Span span, Node target, List<SelectorNode> selectors) {
      super(span);
      this.target = target;
      this.selectors = selectors;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum owner = target.evaluate(frame);
      owner.hold();
      List<Selector> selected = SelectorNode.evaluate(selectors, frame);
      owner.unhold();
      try {
        Datum result = Indexing.of(owner, selected, frame.execution());
        result.hold();
        owner.discard();
        result.unhold();
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }
  }

  /** {@code Name { field: value, … }}, the fields in the order written. */
  static final class Struct extends Node {
    private final String name;
    private final int typeArguments;
    private final List<String> fields;
    private final List<Span> fieldSpans;
    private final Node[] values;

    Struct(
        Span span,
        String name,
        int typeArguments,
        List<String> fields,
        List<Span> fieldSpans,
        Node[] values) {
      super(span);
      this.name = name;
      this.typeArguments = typeArguments;
      this.fields = fields;
      this.fieldSpans = fieldSpans;
      this.values = values;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Globals globals = frame.execution().globals();
      StructCode code = globals.struct(name);
      if (code == null) {
        throw new Fault(DiagnosticCode.UNKNOWN_STRUCT, "unknown struct '" + name + "'")
            .suggesting("struct", name, globals.structNames())
            .at(span());
      }
      if (typeArguments > 0 && typeArguments != code.typeParameters()) {
        throw new Fault(
                DiagnosticCode.ARGUMENT_COUNT,
                "struct '"
                    + name
                    + "' has "
                    + code.typeParameters()
                    + " type parameters, got "
                    + typeArguments)
            .at(span());
      }
      @Nullable Datum[] given = new @Nullable Datum[code.type().fields().size()];
      for (int i = 0; i < values.length; i++) {
        int index = index(code, i);
        if (given[index] != null) {
          throw new Fault(
                  DiagnosticCode.UNKNOWN_FIELD, "field '" + fields.get(i) + "' is given twice")
              .at(fieldSpans.get(i));
        }
        Datum value = values[i].evaluate(frame);
        try {
          given[index] = code.check(index).apply(value, frame.execution(), null, fields.get(i));
        } catch (RuntimeException e) {
          throw Faults.locate(e, values[i].span());
        }
        Objects.requireNonNull(given[index]).hold();
      }
      return build(code, given);
    }

    private int index(StructCode code, int i) {
      int index = code.type().index(fields.get(i));
      if (index < 0) {
        String field = fields.get(i);
        throw new Fault(
                DiagnosticCode.UNKNOWN_FIELD, "struct '" + name + "' has no field '" + field + "'")
            .suggesting("field", field, code.type().fields())
            .at(fieldSpans.get(i));
      }
      return index;
    }

    private Datum build(StructCode code, @Nullable Datum[] given) {
      Datum[] complete = new Datum[given.length];
      for (int i = 0; i < given.length; i++) {
        Datum value = given[i];
        if (value == null) {
          throw new Fault(
                  DiagnosticCode.MISSING_FIELD,
                  "field '" + code.type().fields().get(i) + "' of struct '" + name + "' is missing")
              .at(span());
        }
        complete[i] = value;
      }
      StructValue struct = new StructValue(code.type(), complete);
      for (Datum value : complete) {
        value.unhold();
      }
      return struct;
    }
  }
}
