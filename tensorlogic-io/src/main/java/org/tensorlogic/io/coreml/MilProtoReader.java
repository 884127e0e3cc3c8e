package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.MalformedModelException;

/**
 * Reads a MIL program from its protocol buffers. The numbers are the fields' of coremltools,
 * mlmodel/format/MIL.proto.
 */
final class MilProtoReader {
  private static final MilValue MISSING = new MilValue.Sequence(List.of());

  private final MilValueReader values;
  private final ProtoReader.Body<MilValue> value; // these are one object each, not one a call
  private final ProtoReader.Body<MilProgram.Variable> variable = this::variable;
  private final ProtoReader.Body<MilProgram.Operation> operation = this::operation;
  private final ProtoReader.Body<List<MilProgram.Argument>> argument = this::argument;
  private final ProtoReader.Body<MilProgram.Argument> binding = this::binding;

  MilProtoReader(WeightFiles weights) {
    this.values = new MilValueReader(weights);
    this.value = values::value;
  }

  /** Reads message Program. */
  MilProgram program(ProtoReader in) throws IOException {
    Map<String, MilProgram.Function> functions = new LinkedHashMap<>();
    while (in.next()) {
      if (in.field() == 2) {
        Named<FunctionBody> entry = in.entry(this::function, FunctionBody.MISSING);
        functions.put(entry.name(), entry.value().named(entry.name(), in));
      }
    }
    return new MilProgram(List.copyOf(functions.values()));
  }

  private record FunctionBody(
      List<MilProgram.Variable> inputs, String opset, Map<String, MilProgram.Block> blocks) {
    static final FunctionBody MISSING = new FunctionBody(List.of(), "", Map.of());

    MilProgram.Function named(String name, ProtoReader in) throws MalformedModelException {
      MilProgram.Block block = blocks.get(opset);
      if (block == null) {
        throw in.malformed(
            "function '"
                + name
                + "' has no block for its opset '"
                + opset
                + "', has "
                + blocks.keySet());
      }
      return new MilProgram.Function(
          name, opset, new MilProgram.Block(inputs, block.operations(), block.outputs()));
    }
  }

  private FunctionBody function(ProtoReader in) throws IOException {
    List<MilProgram.Variable> inputs = new ArrayList<>();
    String opset = "";
    Map<String, MilProgram.Block> blocks = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.message(variable));
        case 2 -> opset = in.string();
        case 3 -> {
          var entry = in.entry(this::block, new MilProgram.Block(List.of(), List.of(), List.of()));
          blocks.put(entry.name(), entry.value());
        }
        default -> {}
      }
    }
    return new FunctionBody(inputs, opset, blocks);
  }

  private MilProgram.Block block(ProtoReader in) throws IOException {
    List<MilProgram.Variable> inputs = new ArrayList<>();
    List<MilProgram.Operation> operations = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.message(variable));
        case 2 -> outputs.add(in.string());
        case 3 -> operations.add(in.message(operation));
        default -> {}
      }
    }
    return new MilProgram.Block(inputs, operations, outputs);
  }

  private MilProgram.Operation operation(ProtoReader in) throws IOException {
    String type = "";
    List<Named<List<MilProgram.Argument>>> inputs = new ArrayList<>(0);
    List<Named<MilValue>> attributes = new ArrayList<>(2);
    List<MilProgram.Variable> outputs = new ArrayList<>(1);
    List<MilProgram.Block> blocks = new ArrayList<>(0);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = in.string();
        case 2 -> inputs.add(in.entry(argument, List.of()));
        case 3 -> outputs.add(in.message(variable));
        case 4 -> blocks.add(in.message(this::block));
        case 5 -> attributes.add(in.entry(value, MISSING));
        default -> {}
      }
    }
    if (type.isEmpty()) {
      throw in.malformed("an operation has no type");
    }
    return new MilProgram.Operation(type, inputs, attributes, outputs, blocks);
  }

  private List<MilProgram.Argument> argument(ProtoReader in) throws IOException {
    List<MilProgram.Argument> bindings = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        bindings.add(in.message(binding));
      }
    }
    return List.copyOf(bindings);
  }

  private MilProgram.Argument binding(ProtoReader in) throws IOException {
    MilProgram.Argument found = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> found = new MilProgram.Argument.Name(in.string());
        case 2 -> found = new MilProgram.Argument.Literal(in.message(value));
        default -> {}
      }
    }
    if (found == null) {
      throw in.malformed("a binding has neither a name nor a value");
    }
    return found;
  }

  private MilProgram.Variable variable(ProtoReader in) throws IOException {
    String name = "";
    MilType type = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.string();
        case 2 -> type = values.type(in);
        default -> {}
      }
    }
    if (name.isEmpty() || type == null) {
      throw in.malformed("a value has no " + (name.isEmpty() ? "name" : "type: '" + name + "'"));
    }
    return new MilProgram.Variable(name, type);
  }
}
