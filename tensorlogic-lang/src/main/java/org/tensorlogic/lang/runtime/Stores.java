package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.SequenceValue;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Assignments. Their value is the right side. */
final class Stores {
  private Stores() {}

  /** Where a value is put. */
  interface Place {
    void store(Frame frame, @Nullable Datum value);
  }

  static Place local(int slot) {
    return (frame, value) -> frame.set(slot, value);
  }

  static Place global(int index) {
    return (frame, value) -> frame.execution().globals().set(index, value);
  }

  /** A new variable, or one whose old value does not matter. */
  static class Declare extends Node {
    private final Place place;
    private final Node value;
    private final @Nullable TypeCheck check;
    private final String name;

    Declare(Span span, Place place, Node value, @Nullable TypeCheck check, String name) {
      super(span);
      this.place = place;
      this.value = value;
      this.check = check;
      this.name = name;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum datum = value.evaluate(frame);
      if (check != null) {
        try {
          datum = check.apply(datum, frame.execution(), null, name);
        } catch (RuntimeException e) {
          throw Faults.locate(e, value.span());
        }
      }
      place.store(frame, datum);
      return datum;
    }
  }

  /** {@code let x: T}: no value yet. */
  static final class Unset extends Node {
    private final Place place;

    Unset(Span span, Place place) {
      super(span);
      this.place = place;
    }

    @Override
    public Datum evaluate(Frame frame) {
      place.store(frame, null);
      return VoidValue.VOID;
    }
  }

  /** A new value for a local variable that exists. */
  static final class AssignLocal extends Node {
    private final int slot;
    private final Node value;

    AssignLocal(Span span, int slot, Node value) {
      super(span);
      this.slot = slot;
      this.value = value;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum datum = value.evaluate(frame);
      Datum stored = adaptedAt(span(), frame.get(slot), datum, frame.execution());
      frame.set(slot, stored);
      return stored;
    }
  }

  /** A new value for a global variable. */
  static final class AssignGlobal extends Node {
    private final int index;
    private final Node value;

    AssignGlobal(Span span, int index, Node value) {
      super(span);
      this.index = index;
      this.value = value;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Globals globals = frame.execution().globals();
      Datum datum = value.evaluate(frame);
      Datum stored = adaptedAt(span(), globals.get(index), datum, frame.execution());
      globals.set(index, stored);
      return stored;
    }
  }

  /** A tensor variable keeps its element type when it gets a number array, and stays learnable. */
  static Datum adapted(@Nullable Datum old, Datum next, Execution execution) {
    if (!(old instanceof TensorValue tensor) || old == next) {
      return next;
    }
    tensor.requireAssignable();
    Datum adapted = next;
    if (next instanceof ArrayValue array) {
      adapted = execution.tensor(array, tensor.tensor().dtype());
    }
    if (tensor.isLearnable() && adapted instanceof TensorValue value && !value.isLearnable()) {
      value.escape();
      return TensorValue.learnable(value.tensor());
    }
    return adapted;
  }

  private static Datum adaptedAt(Span place, @Nullable Datum old, Datum next, Execution execution) {
    try {
      return adapted(old, next, execution);
    } catch (RuntimeException e) {
      throw Faults.locate(e, place);
    }
  }

  /** {@code s.field = value}. */
  static final class AssignField extends Node {
    private final Node target;
    private final String field;
    private final Node value;

    AssignField(Span span, Node target, String field, Node value) {
      super(span);
      this.target = target;
      this.field = field;
      this.value = value;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum datum = value.evaluate(frame);
      datum.hold();
      Datum owner = target.evaluate(frame);
      datum.unhold();
      try {
        return store(frame, owner, field, datum);
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    static Datum store(Frame frame, Datum owner, String field, Datum datum) {
      if (!(owner instanceof StructValue struct)) {
        throw new Fault(DiagnosticCode.INVALID_TARGET, "cannot assign a field of " + owner.type());
      }
      int index = struct.structType().index(field);
      if (index < 0) {
        throw struct.unknownField(field);
      }
      Datum stored = adapted(struct.get(index), datum, frame.execution());
      StructCode code = frame.execution().globals().struct(struct.structType().name());
      if (code != null) {
        stored = code.check(index).apply(stored, frame.execution(), null, field);
      }
      struct.set(index, stored);
      return stored;
    }
  }

  /** {@code a[i] = value}: in place for lists and vectors, else the holder of {@code a} changes. */
  static final class AssignElement extends Node {
    private final Node container;
    private final List<SelectorNode> selectors;
    private final Node value;
    private final @Nullable Place place;

    AssignElement(
        Span span,
        Node container,
        List<SelectorNode> selectors,
        Node value,
        @Nullable Place place) {
      super(span);
      this.container = container;
      this.selectors = selectors;
      this.value = value;
      this.place = place;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum datum = value.evaluate(frame);
      datum.hold();
      List<Selector> selected = SelectorNode.evaluate(selectors, frame);
      Datum old = container.evaluate(frame);
      datum.unhold();
      try {
        if (old instanceof SequenceValue sequence) {
          sequence.set(Indexing.single(selected, sequence.size()), datum);
        } else if (place == null) {
          throw new Fault(
              DiagnosticCode.INVALID_TARGET, "cannot assign an element of " + old.type());
        } else {
          place.store(frame, replaced(old, selected, datum));
        }
        return datum;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    private static Datum replaced(Datum old, List<Selector> selected, Datum datum) {
      if (old instanceof TensorValue tensor) {
        List<Selector> positions = Indexing.positioned(tensor, selected);
        return tensor.replacedBy(TensorValue.of(Replacement.in(tensor.tensor(), positions, datum)));
      } else if (old instanceof ArrayValue array) {
        return Replacement.in(array, selected, datum);
      }
      throw new Fault(DiagnosticCode.NOT_INDEXABLE, "cannot assign an element of " + old.type());
    }
  }
}
