package org.tensorlogic.io.coreml;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.model.ModelGraph;

/**
 * Finds the weights of a MIL function and brings it into the form that is shown.
 *
 * <ol>
 *   <li>A constant is a weight, listed under its name, if it is in a weight file or if it is of a
 *       floating-point type and no scalar. Smaller things are arguments of operations.
 *   <li>What only constant expressions refer to is part of a compressed weight and not listed.
 *   <li>A weight that is written in an operation's argument is listed as {@code
 *       operation.argument}.
 *   <li>Names of a nested block, such as a branch of {@code cond}, count in that block only;
 *       weights in it are listed under them as any other, with {@code #1} and so on if a name
 *       repeats.
 *   <li>Every constant operation appears as {@code const} with its value as argument {@code val}.
 * </ol>
 */
final class ProgramGraph {
  private final Path file;
  private final String prefix;
  private final TensorList tensors;
  private final Map<String, @Nullable Constant> constants = new HashMap<>(); // those in scope
  private final Deque<Hidden> hidden = new ArrayDeque<>(); // by those of the nested blocks
  private int depth;
  private final IdentityHashMap<MilType, String> typeNames = new IdentityHashMap<>();
  private final Set<String> used = new HashSet<>();
  private final Set<String> usedByConstants = new HashSet<>();

  private ProgramGraph(Path file, String prefix, TensorList tensors) {
    this.file = file;
    this.prefix = prefix;
    this.tensors = tensors;
  }

  /** What a constant of a nested block takes the name from, until the block ends. */
  private record Hidden(String name, @Nullable Constant outer) {}

  /** The block of a function, its weights added to the list with a prefix to their names. */
  static ModelGraph.Block of(
      Path file, MilProgram.Function function, String prefix, TensorList tensors)
      throws MalformedModelException {
    ProgramGraph graph = new ProgramGraph(file, prefix, tensors);
    graph.collectUses(function.block());
    return graph.block(function.block());
  }

  private void collectUses(MilProgram.Block block) {
    used.addAll(block.outputs());
    for (MilProgram.Operation operation : block.operations()) {
      collectUses(operation);
    }
  }

  private void collectUses(MilProgram.Operation operation) {
    Set<String> target = operation.isConstant() ? usedByConstants : used;
    for (Named<List<MilProgram.Argument>> input : operation.inputs()) {
      for (MilProgram.Argument argument : input.value()) {
        if (argument instanceof MilProgram.Argument.Name reference) {
          target.add(reference.name());
        }
      }
    }
    for (MilProgram.Block block : operation.blocks()) {
      collectUses(block);
    }
  }

  private ModelGraph.Block block(MilProgram.Block block) throws MalformedModelException {
    int outside = hidden.size();
    depth++;
    block.inputs().forEach(input -> put(input.name(), null));
    List<ModelGraph.Operation> operations = new ArrayList<>(block.operations().size());
    for (MilProgram.Operation operation : block.operations()) {
      add(operation, operations);
    }
    depth--;
    while (hidden.size() > outside) {
      Hidden last = hidden.pop();
      constants.put(last.name, last.outer);
    }
    return new ModelGraph.Block(values(block.inputs()), operations, block.outputs());
  }

  private void add(MilProgram.Operation operation, List<ModelGraph.Operation> operations)
      throws MalformedModelException {
    if (operation.type().equals("const")) {
      operations.add(constant(operation));
    } else if (operation.isConstant()) {
      List<Constant> values = ConstantExpressions.evaluate(file, operation, constants);
      for (int i = 0; i < values.size(); i++) {
        define(operation, operation.outputs().get(i), values.get(i), operations);
      }
    } else {
      operations.add(operation(operation));
    }
  }

  /**
   * Gives a name to a constant, or to what is not one, for the rest of the block. Only constant
   * expressions look it up.
   */
  private void put(String name, @Nullable Constant value) {
    if (!usedByConstants.contains(name)) {
      return;
    }
    Constant outer = constants.put(name, value);
    if (depth > 1) {
      hidden.push(new Hidden(name, outer));
    }
  }

  /** A constant expression's output: part of another one, or a weight. */
  private void define(
      MilProgram.Operation operation,
      MilProgram.Variable output,
      Constant value,
      List<ModelGraph.Operation> operations) {
    put(output.name(), value);
    boolean isWhole = operation.outputs().size() == 1; // not a mask and the elements it tells of
    if (isWhole && !isPart(output.name())) {
      String tensor = tensors.add(qualified(output.name()), value);
      operations.add(constant(operation, output, new ModelGraph.Argument.Weight(tensor)));
    }
  }

  private String qualified(String name) {
    return prefix.isEmpty() ? name : prefix + name;
  }

  private boolean isPart(String name) {
    return usedByConstants.contains(name) && !used.contains(name);
  }

  private ModelGraph.Operation constant(MilProgram.Operation operation)
      throws MalformedModelException {
    if (operation.outputs().size() != 1
        || !(operation.argument("val") instanceof MilProgram.Argument.Literal literal)) {
      throw new MalformedModelException(
          file, -1, "const '" + operation.name() + "' must have one output and a value");
    }
    MilProgram.Variable output = operation.outputs().get(0);
    if (literal.value() instanceof MilValue.Numeric value) {
      if (!value.type().equals(output.type())) {
        throw new MalformedModelException(
            file,
            -1,
            "const '"
                + operation.name()
                + "' is declared as "
                + output.type()
                + ", is "
                + value.type());
      }
      put(output.name(), value);
      if (isWeight(value) && !isPart(output.name())) {
        String tensor = tensors.add(qualified(output.name()), value);
        return constant(operation, output, new ModelGraph.Argument.Weight(tensor));
      }
    }
    return constant(operation, output, new ModelGraph.Argument.Constant(literal.value().plain()));
  }

  private static boolean isWeight(MilValue.Numeric value) {
    return value.inWeightFile() || (value.dtype().isFloat() && !value.shape().isEmpty());
  }

  private ModelGraph.Operation constant(
      MilProgram.Operation operation, MilProgram.Variable output, ModelGraph.Argument value) {
    return new ModelGraph.Operation(
        "const",
        operation.name(),
        Map.of("val", List.of(value)),
        List.of(value(output)),
        List.of());
  }

  private ModelGraph.Operation operation(MilProgram.Operation operation)
      throws MalformedModelException {
    Map<String, List<ModelGraph.Argument>> arguments = new LinkedHashMap<>();
    for (Named<List<MilProgram.Argument>> input : operation.inputs()) {
      List<ModelGraph.Argument> shown = new ArrayList<>(input.value().size());
      for (MilProgram.Argument argument : input.value()) {
        shown.add(argument(operation, input.name(), argument));
      }
      arguments.put(input.name(), List.copyOf(shown));
    }
    for (Named<MilValue> attribute : operation.attributes()) {
      if (!attribute.name().equals("name")) {
        Object value = attribute.value().plain();
        arguments.put(attribute.name(), List.of(new ModelGraph.Argument.Constant(value)));
      }
    }
    List<ModelGraph.Block> blocks = new ArrayList<>();
    for (MilProgram.Block block : operation.blocks()) {
      blocks.add(block(block));
    }
    return new ModelGraph.Operation(
        operation.type(), operation.name(), arguments, values(operation.outputs()), blocks);
  }

  private ModelGraph.Argument argument(
      MilProgram.Operation operation, String key, MilProgram.Argument argument) {
    if (argument instanceof MilProgram.Argument.Name reference) {
      return new ModelGraph.Argument.Reference(reference.name());
    }
    MilValue value = ((MilProgram.Argument.Literal) argument).value();
    return value instanceof MilValue.Numeric numeric && isWeight(numeric)
        ? new ModelGraph.Argument.Weight(
            tensors.add(prefix + operation.name() + "." + key, numeric))
        : new ModelGraph.Argument.Constant(value.plain());
  }

  private List<ModelGraph.Value> values(List<MilProgram.Variable> variables) {
    return variables.stream().map(this::value).toList();
  }

  private ModelGraph.Value value(MilProgram.Variable variable) {
    String type = typeNames.computeIfAbsent(variable.type(), MilType::toString);
    List<Long> shape =
        variable.type() instanceof MilType.Tensor tensor ? tensor.shape() : List.of();
    return new ModelGraph.Value(variable.name(), type, shape);
  }
}
