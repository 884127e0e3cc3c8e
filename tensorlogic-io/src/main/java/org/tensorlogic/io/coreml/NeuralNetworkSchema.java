package org.tensorlogic.io.coreml;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a neural network's layers. The resource {@code neural-network.schema} has a line
 * for each: its name and {@code field=number:type}, with {@code *} if the field is repeated, the
 * constants of enums in braces. Made by {@code neural_network_schema.py}.
 */
final class NeuralNetworkSchema {
  private static final int LONGEST = 1 << 20;

  /** The message with a layer's weights. */
  static final String WEIGHTS = "WeightParams";

  /** The message with a network nested in a layer. */
  static final String NETWORK = "NeuralNetwork";

  private static final Map<String, Map<Integer, Field>> MESSAGES = load();

  /** A field of a message. */
  record Field(String name, String type, boolean repeated, Map<Long, String> constants) {}

  private NeuralNetworkSchema() {}

  private static Map<String, Map<Integer, Field>> load() {
    Map<String, Map<Integer, Field>> messages = new HashMap<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    NeuralNetworkSchema.class.getResourceAsStream("neural-network.schema")),
                StandardCharsets.UTF_8))) {
      reader.lines().forEach(line -> message(line, messages));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return messages;
  }

  private static void message(String line, Map<String, Map<Integer, Field>> messages) {
    String[] words = line.split(" ");
    Map<Integer, Field> fields = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      int colon = words[i].indexOf(':');
      boolean repeated = words[i].endsWith("*");
      String type = words[i].substring(colon + 1, words[i].length() - (repeated ? 1 : 0));
      fields.put(
          Integer.valueOf(words[i].substring(equals + 1, colon)),
          new Field(words[i].substring(0, equals), type, repeated, constants(type)));
    }
    messages.put(words[0], fields);
  }

  private static Map<Long, String> constants(String type) {
    Map<Long, String> constants = new HashMap<>();
    if (type.startsWith("{")) {
      for (String constant : type.substring(1, type.length() - 1).split(",")) {
        String[] parts = constant.split("=");
        constants.put(Long.valueOf(parts[1]), parts[0]);
      }
    }
    return constants;
  }

  /** A field of a message, or null if none of this number is known. */
  static @Nullable Field field(String message, int number) {
    Map<Integer, Field> fields = MESSAGES.get(message);
    return fields == null ? null : fields.get(number);
  }

  /** Whether a field holds a message. */
  static boolean isMessage(Field field) {
    return Character.isUpperCase(field.type.charAt(0));
  }

  /**
   * Reads a message as a map by the names of its fields: Long, Double, Boolean, String, List, Map,
   * WeightParams, or the Span of a nested network. Enums are the names of their constants.
   */
  static Map<String, Object> read(ProtoReader in, String message) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (in.next()) {
      Field field = field(message, in.field());
      if (field == null) {
        continue;
      }
      if (!field.repeated) {
        values.put(field.name, value(in, field));
      } else {
        @SuppressWarnings("unchecked") // this is where it is put
        List<Object> list =
            (List<Object>) values.computeIfAbsent(field.name, name -> new ArrayList<>());
        repeated(in, field, list);
      }
    }
    return values;
  }

  private static void repeated(ProtoReader in, Field field, List<Object> list) throws IOException {
    switch (field.type) {
      case "int" -> in.int64s(value -> add(list, value));
      case "bool" -> in.int64s(value -> add(list, value != 0));
      case "float" -> in.float32s(value -> add(list, value));
      default -> add(list, value(in, field));
    }
    if (list.size() > LONGEST) {
      throw in.malformed(field.name + " has more than " + LONGEST + " elements");
    }
  }

  private static void add(List<Object> list, Object value) {
    if (list.size() <= LONGEST) {
      list.add(value);
    }
  }

  private static Object value(ProtoReader in, Field field) throws IOException {
    return switch (field.type) {
      case "int" -> in.int64();
      case "bool" -> in.bool();
      case "float" -> (double) in.float32();
      case "double" -> in.float64();
      case "string" -> in.string();
      case WEIGHTS -> in.message(WeightParams::read);
      case NETWORK -> in.bytes();
      default -> {
        if (isMessage(field)) {
          yield in.message(nested -> read(nested, field.type));
        }
        long number = in.int64();
        yield field.constants.getOrDefault(number, Long.toString(number));
      }
    };
  }
}
