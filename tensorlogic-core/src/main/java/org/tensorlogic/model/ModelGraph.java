package org.tensorlogic.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.tensorlogic.Model;

/**
 * The computation that a model file describes beside its weights, in the terms of its own format:
 * what an interpreter of that format walks. Core ML files have one.
 *
 * @param functions by name, in the order of the file; a network without functions is {@code main}
 */
public record ModelGraph(Map<String, Block> functions) {
  /** Copies the map. */
  public ModelGraph {
    functions = ordered(functions);
  }

  /**
   * The function of this name.
   *
   * @throws NoSuchElementException if there is none, with the names that there are
   */
  public Block function(String name) {
    Block function = functions.get(name);
    if (function == null) {
      throw new NoSuchElementException(
          "graph: there is no function '" + name + "', only " + functions.keySet());
    }
    return function;
  }

  /**
   * Operations in an order in which they can be carried out.
   *
   * @param inputs given to it
   * @param outputs the names of the values that it gives
   */
  public record Block(List<Value> inputs, List<Operation> operations, List<String> outputs) {
    /** Copies the lists. */
    public Block {
      inputs = List.copyOf(inputs);
      operations = List.copyOf(operations);
      outputs = List.copyOf(outputs);
    }
  }

  /**
   * One step.
   *
   * @param type the format's name of it: {@code conv}
   * @param name of this step, or empty
   * @param arguments by their names in the format: {@code x}, {@code weight}, {@code strides}; most
   *     have one element
   * @param blocks nested in it: the branches of a condition, the body of a loop
   */
  public record Operation(
      String type,
      String name,
      Map<String, List<Argument>> arguments,
      List<Value> outputs,
      List<Block> blocks) {
    /** Copies the collections. */
    public Operation {
      arguments = ordered(arguments);
      outputs = List.copyOf(outputs);
      blocks = List.copyOf(blocks);
    }

    /** What the operation is given as the argument of this name; empty if nothing. */
    public List<Argument> arguments(String argument) {
      return arguments.getOrDefault(argument, List.of());
    }
  }

  /**
   * A value by its name, unique among those in scope.
   *
   * @param type as the format writes it: {@code tensor<fp16, [1, 10]>}; empty if it says nothing
   * @param shape of a tensor, -1 where an extent is only known later; else empty
   */
  public record Value(String name, String type, List<Long> shape) {
    /** Copies the shape. */
    public Value {
      shape = List.copyOf(shape);
    }
  }

  /** What an operation is given. */
  public sealed interface Argument {
    /** The value of that name: an input, or an output of an earlier operation. */
    record Reference(String name) implements Argument {}

    /** The tensor that {@link Model#getTensor(String)} gives by that name. */
    record Weight(String tensor) implements Argument {}

    /**
     * A value written down in the file: a String, Long, Double or Boolean, or a List or Map of
     * such; the elements of a tensor are a flat list, row-major.
     */
    record Constant(Object value) implements Argument {}
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return map.size() < 2 ? Map.copyOf(map) : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
