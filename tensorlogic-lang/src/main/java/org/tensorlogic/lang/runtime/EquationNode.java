package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.equation.EquationForm;
import org.tensorlogic.lang.equation.EquationHost;
import org.tensorlogic.lang.equation.Operand;
import org.tensorlogic.lang.equation.Written;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.OpaqueValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** A tensor equation: evaluates its inputs, executes it, stores the left tensor. */
final class EquationNode extends Node {
  private final EquationForm form;
  private final List<Node> inputs;
  private final Left left;

  /**
   * The variable on the left.
   *
   * @param old reads it; null if this equation declares it
   * @param declared whether something other than an equation declared it
   * @param writtenSlot remembers what the equations of this block execution have written
   */
  record Left(
      Variables.@Nullable Reading old, Stores.Place place, boolean declared, int writtenSlot) {}

  /** What has been written, in a slot that ends with its block. */
  private static final class Progress extends OpaqueValue {
    private final Written written;

    Progress(Written written) {
      super("progress");
      this.written = written;
    }
  }

  EquationNode(Span span, EquationForm form, List<Node> inputs, Left left) {
    super(span);
    this.form = form;
    this.inputs = inputs;
    this.left = left;
  }

  @Override
  public Datum evaluate(Frame frame) {
    Execution execution = frame.execution();
    List<Tensor> temporaries = new ArrayList<>();
    try {
      List<@Nullable Datum> values = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        Datum value = form.needs(i) ? needed(i, frame) : value(inputs.get(i), frame);
        if (value != null) {
          value.hold();
        }
        values.add(value);
      }
      form.rowNames().forEach(row -> require(row, values));
      List<Operand> operands = new ArrayList<>();
      values.forEach(value -> operands.add(operand(value, execution, temporaries)));
      Datum old = left.old() == null ? null : left.old().valueOrNull(frame);
      Tensor before = old == null ? null : tensor(old, execution, temporaries);
      Written written =
          frame.get(left.writtenSlot()) instanceof Progress progress
              ? progress.written
              : Written.NOTHING;
      EquationForm.Result result =
          form.execute(
              operands,
              new EquationForm.Left(before, names(old), left.declared() && before != null),
              written,
              new Host(execution));
      for (Datum value : values) {
        if (value != null) {
          value.release();
        }
      }
      Datum stored = stored(old, result.tensor(), execution);
      left.place().store(frame, stored);
      frame.set(left.writtenSlot(), new Progress(result.written()));
      return stored;
    } catch (RuntimeException e) {
      throw Faults.locate(e, span());
    } catch (OutOfMemoryError e) {
      throw Faults.of(e).at(span());
    } finally {
      temporaries.forEach(Tensor::close);
    }
  }

  private Datum needed(int input, Frame frame) {
    try {
      return inputs.get(input).evaluate(frame);
    } catch (Fault e) {
      Expression written = form.inputs().get(input);
      boolean branches = written instanceof Expression.If || written instanceof Expression.Match;
      if (branches && e.diagnostics().get(0).code() == DiagnosticCode.UNDEFINED_VARIABLE) {
        e.withHelp("branches see no index of an equation; a comparison does: X[i] (X[i] > 0)");
      }
      throw e;
    }
  }

  private static Datum stored(@Nullable Datum old, Tensor tensor, Execution execution) {
    if (old instanceof TensorValue same && same.tensor() == tensor) {
      return same;
    }
    TensorValue next = TensorValue.of(tensor);
    return old instanceof TensorValue known
        ? known.replacedBy(next)
        : Stores.adapted(old, next, execution);
  }

  /** Lets an open table have the row that an index names. */
  private static void require(EquationForm.RowName row, List<@Nullable Datum> values) {
    if (values.get(row.table()) instanceof TensorValue table && table.names() != null) {
      if (row.symbol() != null) {
        table.position(row.symbol());
      } else if (values.get(row.symbolInput()) instanceof StringValue text) {
        table.position(text.value());
      }
    }
  }

  private static Operand.@Nullable RowNames names(@Nullable Datum value) {
    return value instanceof TensorValue table && table.names() != null ? table::position : null;
  }

  private static @Nullable Datum value(Node input, Frame frame) {
    return input instanceof Variables.Reading reading
        ? reading.valueOrNull(frame)
        : input.evaluate(frame);
  }

  private static Operand operand(
      @Nullable Datum value, Execution execution, List<Tensor> temporaries) {
    if (value == null) {
      return Operand.NONE;
    } else if (value instanceof IntValue number) {
      return new Operand.Numeric((double) number.value());
    } else if (value instanceof FloatValue number) {
      return new Operand.Numeric(number.value());
    } else if (value instanceof StringValue symbol) {
      return new Operand.Symbol(symbol.value());
    }
    return new Operand.Array(tensor(value, execution, temporaries), names(value));
  }

  private static Tensor tensor(Datum value, Execution execution, List<Tensor> temporaries) {
    if (value instanceof TensorValue tensor) {
      return tensor.tensor();
    }
    ArrayValue array = null;
    if (value instanceof ArrayValue numbers) {
      array = numbers;
    } else if (value instanceof VectorValue vector) {
      array = vector.toArray();
    }
    if (array == null && !value.isNumber()) {
      throw new Fault(
          DiagnosticCode.OPERAND_TYPE, "an equation computes with tensors, got " + value.type());
    }
    Tensor tensor =
        array == null
            ? execution.factory(DType.F32).full(value.toDouble())
            : execution.tensor(array, DType.F32).tensor();
    temporaries.add(tensor);
    return tensor;
  }

  /** The program around an equation while it runs. */
  private record Host(Execution execution) implements EquationHost {
    @Override
    public Tensor relation(String name) {
      return execution.logic().tensor(name);
    }

    @Override
    public long position(String relation, int axis, String symbol) {
      return execution.logic().position(relation, axis, symbol);
    }

    @Override
    public Tensor call(String function, Tensor... arguments) {
      Integer index = execution.globals().table().functions().find(function);
      FunctionCode code = index == null ? null : execution.globals().function(index);
      if (code == null) {
        throw Functions.unknown(function, execution);
      }
      Datum[] values = new Datum[arguments.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = TensorValue.shared(arguments[i]);
      }
      return execution.asTensor(execution.call(code, values));
    }

    @Override
    public TensorFactory factory(DType dtype) {
      return execution.factory(dtype);
    }

    @Override
    public void step() {
      execution.step();
    }
  }
}
