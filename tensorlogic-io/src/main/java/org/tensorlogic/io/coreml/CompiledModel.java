package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.Json;

/**
 * A compiled model, a directory: {@code model.mil} is the program as text, {@code metadata.json}
 * what the model says of itself, with numbers as strings. Neural networks are compiled to another,
 * undocumented form.
 */
final class CompiledModel {
  static final String PROGRAM = "model.mil";
  private static final String NETWORK = "model.espresso.net";
  private static final String DATA = "coremldata.bin";
  private static final String METADATA = "metadata.json";
  private static final Map<String, String> LISTS =
      Map.of("inputSchema", "inputs", "outputSchema", "outputs", "stateSchema", "states");

  private CompiledModel() {}

  static boolean recognizes(Path directory) {
    return Files.isRegularFile(directory.resolve(PROGRAM))
        || Files.isRegularFile(directory.resolve(NETWORK))
        || Files.isRegularFile(directory.resolve(DATA));
  }

  /**
   * The program in a compiled model.
   *
   * @throws MalformedModelException if it has none
   */
  static Path program(Path directory) throws MalformedModelException {
    if (Files.isRegularFile(directory.resolve(PROGRAM))) {
      return directory.resolve(PROGRAM);
    }
    String found =
        Files.isRegularFile(directory.resolve(NETWORK))
            ? "a compiled neural network (" + NETWORK + ")"
            : "a compiled model without a program (" + PROGRAM + ")";
    throw new MalformedModelException(
        directory,
        -1,
        "this is "
            + found
            + ", which cannot be read; load the .mlmodel or"
            + " .mlpackage that it was compiled from");
  }

  /** What the directory says of the model. */
  static Map<String, Object> metadata(Path directory, LoadOptions options) throws IOException {
    Path file = directory.resolve(METADATA);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("modelType", "mlProgram");
    if (!Files.isRegularFile(file)) {
      return metadata;
    }
    List<Object> models = Json.readArray(file, options);
    if (models.isEmpty() || !(models.get(0) instanceof Map<?, ?> model)) {
      throw new MalformedModelException(file, -1, "must be an array with an object");
    }
    model.forEach((key, value) -> put(metadata, (String) key, value));
    return metadata;
  }

  private static void put(Map<String, Object> metadata, String key, Object value) {
    if (LISTS.containsKey(key) && value instanceof List<?> features) {
      List<Object> shown = new ArrayList<>();
      features.forEach(
          feature -> shown.add(feature instanceof Map<?, ?> map ? feature(map) : feature));
      metadata.put(LISTS.get(key), shown);
    } else if (key.equals("userDefinedMetadata") && value instanceof Map<?, ?> map) {
      map.forEach((name, text) -> metadata.put("userDefined." + name, text));
    } else if (key.equals("modelType") || key.equals("mlProgramOperationTypeHistogram")) {
      return; // the program itself tells
    } else if (key.equals("specificationVersion")) {
      metadata.put(key, number(value));
    } else {
      metadata.put(key, value);
    }
  }

  private static Map<String, Object> feature(Map<?, ?> map) {
    Map<String, Object> feature = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          switch ((String) key) {
            case "type" -> feature.put("type", decapitalized(value));
            case "dataType" -> feature.put("dataType", decapitalized(value));
            case "shape" -> feature.put("shape", shape(value));
            case "isOptional" -> feature.put("isOptional", "1".equals(value));
            default -> feature.put((String) key, value);
          }
        });
    return feature;
  }

  private static Object decapitalized(Object value) {
    return value instanceof String text && !text.isEmpty()
        ? Character.toLowerCase(text.charAt(0)) + text.substring(1)
        : value;
  }

  /** {@code "[1, 10]"} as a list of numbers. */
  private static Object shape(Object value) {
    if (!(value instanceof String text) || !text.matches("\\[( *\\d{1,18} *,)* *\\d{0,18} *]")) {
      return value;
    }
    List<Long> shape = new ArrayList<>();
    for (String extent : text.substring(1, text.length() - 1).split(",")) {
      if (!extent.isBlank()) {
        shape.add(Long.valueOf(extent.strip()));
      }
    }
    return shape;
  }

  private static Object number(Object value) {
    return value instanceof String text && text.matches("\\d{1,18}")
        ? (Object) Long.valueOf(text)
        : value;
  }
}
