package org.tensorlogic.io.coreml;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program of MIL, Core ML's intermediate language, as written down in either of its two forms.
 */
record MilProgram(List<Function> functions) {

  /** A function; {@code opset} names the operations it may use: {@code CoreML7}, {@code ios16}. */
  record Function(String name, String opset, Block block) {}

  /** Operations in order; those of a function's block stand in the function's inputs. */
  record Block(List<Variable> inputs, List<Operation> operations, List<String> outputs) {
    Block {
      inputs = List.copyOf(inputs);
      operations = List.copyOf(operations);
      outputs = List.copyOf(outputs);
    }
  }

  /** A name that is given a value. */
  record Variable(String name, MilType type) {}

  /** One operation. */
  record Operation(
      String type,
      List<Named<List<Argument>>> inputs,
      List<Named<MilValue>> attributes,
      List<Variable> outputs,
      List<Block> blocks) {
    /** Copies into the smallest collections: a program has many operations. */
    Operation {
      inputs = Named.unique(inputs);
      attributes = Named.unique(attributes);
      outputs = List.copyOf(outputs);
      blocks = List.copyOf(blocks);
    }

    /** Its name, for messages. */
    String name() {
      return Named.find(attributes, "name") instanceof MilValue.Strings strings
              && !strings.values().isEmpty()
          ? strings.values().get(0)
          : outputs.isEmpty() ? "" : outputs.get(0).name();
    }

    /** Whether its outputs are known before the program runs. */
    boolean isConstant() {
      return type.equals("const") || type.startsWith("constexpr_");
    }

    /**
     * An argument that is written as an attribute or, since iOS 18, as an input; null if absent.
     */
    @Nullable Argument argument(String key) {
      MilValue attribute = Named.find(attributes, key);
      if (attribute != null) {
        return new Argument.Literal(attribute);
      }
      List<Argument> input = Named.find(inputs, key);
      return input != null && input.size() == 1 ? input.get(0) : null;
    }
  }

  /** What an operation is given. */
  sealed interface Argument {
    /** The value of this name. */
    record Name(String name) implements Argument {}

    /** This value. */
    record Literal(MilValue value) implements Argument {}
  }
}
