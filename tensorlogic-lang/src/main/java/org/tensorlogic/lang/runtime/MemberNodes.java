package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.builtin.Builtin;
import org.tensorlogic.lang.builtin.CallSite;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.builtin.Signature;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ModelValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;

/** What stands after a point, and what {@code ::} names. */
final class MemberNodes {
  private static final Set<String> PROPERTIES = Set.of("shape", "rank", "numel", "dtype", "T");

  private MemberNodes() {}

  /** {@code target.name}. */
  static final class Property extends Node {
    private final Node target;
    private final String name;

    Property(Span span, Node target, String name) {
      super(span);
      this.target = target;
      this.name = name;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum owner = target.evaluate(frame);
      try {
        Datum result = property(owner);
        result.hold();
        owner.discard();
        result.unhold();
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    private Datum property(Datum owner) {
      if (owner instanceof StructValue struct) {
        int index = struct.structType().index(name);
        if (index < 0) {
          throw struct.unknownField(name);
        }
        return struct.get(index);
      } else if (owner instanceof ModelValue model) {
        return model.child(name);
      } else if (owner instanceof TensorValue tensor) {
        return ofTensor(tensor.tensor());
      } else if (owner instanceof ArrayValue array) {
        return ofArray(array);
      }
      throw new Fault(
          DiagnosticCode.UNKNOWN_FIELD, owner.type() + " has no property '" + name + "'");
    }

    private Datum ofTensor(Tensor tensor) {
      return switch (name) {
        case "shape" -> ArrayValue.of(tensor.shape());
        case "rank" -> IntValue.of(tensor.rank());
        case "numel" -> IntValue.of(tensor.size());
        case "dtype" -> StringValue.of(tensor.dtype().toString());
        case "T" -> TensorValue.of(tensor.transpose());
        default -> throw unknown("a tensor");
      };
    }

    private Datum ofArray(ArrayValue array) {
      return switch (name) {
        case "shape" -> ArrayValue.of(array.shape());
        case "rank" -> IntValue.of(array.rank());
        case "numel" -> IntValue.of(array.size());
        default -> throw unknown("a number array");
      };
    }

    private Fault unknown(String what) {
      return new Fault(DiagnosticCode.UNKNOWN_FIELD, what + " has no property '" + name + "'")
          .suggesting("property", name, PROPERTIES);
    }
  }

  /** {@code receiver.method(…)}. */
  static final class Method extends BuiltInCall {
    private final Node receiver;
    private final String method;
    private final Node[] values;
    private final String[] names;

    Method(Span span, Node receiver, String method, Node[] values, String[] names) {
      super(span, null);
      this.receiver = receiver;
      this.method = method;
      this.values = values;
      this.names = names;
    }

    @Override
    Datum call(Frame frame, CallSite site) {
      Datum self = receiver.evaluate(frame);
      if (self instanceof StructValue struct) {
        return ofStruct(struct, frame);
      }
      Builtin builtin = Registry.method(method);
      if (builtin == null) {
        throw unknown(self.type(), Registry.names()).at(span());
      }
      self.hold();
      @Nullable Datum[] arguments = arguments(builtin.signature(), self, frame);
      return CallNodes.call(builtin, frame, arguments, true, site);
    }

    private @Nullable Datum[] arguments(Signature signature, Datum self, Frame frame) {
      int[] places;
      try {
        places = ArgumentPlaces.of(signature, values.length + 1, shifted());
      } catch (Fault e) {
        throw e.at(span());
      }
      @Nullable Datum[] arguments = new @Nullable Datum[ArgumentPlaces.size(places)];
      arguments[places[0]] = self;
      for (int i = 0; i < values.length; i++) {
        Datum value = values[i].evaluate(frame);
        value.hold();
        arguments[places[i + 1]] = value;
      }
      return arguments;
    }

    private String[] shifted() {
      if (names.length == 0) {
        return names;
      }
      String[] shifted = new String[names.length + 1];
      shifted[0] = "";
      System.arraycopy(names, 0, shifted, 1, names.length);
      return shifted;
    }

    private Datum ofStruct(StructValue struct, Frame frame) {
      Execution execution = frame.execution();
      StructCode code = execution.globals().struct(struct.structType().name());
      FunctionCode function = code == null ? null : code.function(method);
      if (code == null || function == null || !isMethod(function)) {
        List<String> known = new ArrayList<>();
        if (code != null) {
          code.functionNames().forEach(known::add);
        }
        throw unknown(struct.type(), known).at(span());
      }
      Frame callee = function.frame(execution);
      callee.set(0, struct);
      try {
        CallNodes.bind(function, callee, 1, values, names, frame);
      } catch (Fault e) {
        throw e.at(span());
      }
      return CallNodes.run(function, callee, span());
    }

    private static boolean isMethod(FunctionCode function) {
      List<String> parameters = function.parameterNames();
      return !parameters.isEmpty() && parameters.get(0).equals("self");
    }

    private Fault unknown(String type, List<String> known) {
      return new Fault(DiagnosticCode.UNKNOWN_METHOD, type + " has no method '" + method + "'")
          .suggesting("method", method, known);
    }
  }

  /** {@code Struct::function(…)}. */
  static final class Associated extends Node {
    private final String type;
    private final String function;
    private final Node[] values;
    private final String[] names;

    Associated(Span span, String type, String function, Node[] values, String[] names) {
      super(span);
      this.type = type;
      this.function = function;
      this.values = values;
      this.names = names;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Execution execution = frame.execution();
      StructCode code = execution.globals().struct(type);
      if (code == null) {
        throw new Fault(DiagnosticCode.UNKNOWN_STRUCT, "unknown type '" + type + "'")
            .suggesting("struct", type, execution.globals().structNames())
            .at(span());
      }
      FunctionCode target = code.function(function);
      if (target == null) {
        List<String> known = new ArrayList<>();
        code.functionNames().forEach(known::add);
        throw new Fault(
                DiagnosticCode.UNKNOWN_METHOD,
                "struct '" + type + "' has no function '" + function + "'")
            .suggesting("function", function, known)
            .at(span());
      }
      Frame callee = target.frame(execution);
      try {
        CallNodes.bind(target, callee, 0, values, names, frame);
      } catch (Fault e) {
        throw e.at(span());
      }
      return CallNodes.run(target, callee, span());
    }
  }
}
