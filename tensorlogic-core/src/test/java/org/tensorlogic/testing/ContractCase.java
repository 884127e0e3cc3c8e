package org.tensorlogic.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;

/**
 * One operation on given inputs with the results that PyTorch or NumPy computed; read from the
 * files that {@code generate_contract.py} writes, where the format is described.
 */
final class ContractCase {
  /** A tensor as text gives it. */
  static final class Values {
    private final Shape shape;
    private final float[] elements;

    Values(Shape shape, float... elements) {
      this.shape = shape;
      this.elements = elements;
    }

    Shape shape() {
      return shape;
    }

    float[] elements() {
      return elements;
    }
  }

  final String name;
  final List<Values> inputs = new ArrayList<>();
  final List<Values> outputs = new ArrayList<>();
  String operation = "";
  @Nullable Indices indices;
  private final Map<String, String> attributes = new LinkedHashMap<>();

  private ContractCase(String name) {
    this.name = name;
  }

  /** The cases of one family, in the order of its file. */
  static List<ContractCase> read(String family) {
    String file = "contract/" + family + ".txt";
    List<ContractCase> cases = new ArrayList<>();
    try (InputStream in = ContractCase.class.getResourceAsStream(file);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Objects.requireNonNull(in, file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("case ")) {
          cases.add(new ContractCase(line.substring("case ".length())));
        } else if (!line.isEmpty()) {
          cases.get(cases.size() - 1).add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }

  private void add(String line) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "op" -> {
        operation = words[1];
        for (String word : Arrays.asList(words).subList(2, words.length)) {
          int equals = word.indexOf('=');
          attributes.put(word.substring(0, equals), word.substring(equals + 1));
        }
      }
      case "in" -> inputs.add(values(line));
      case "out" -> outputs.add(values(line));
      case "ids" -> {
        Values values = values(line);
        int[] ids = new int[values.elements.length];
        Arrays.setAll(ids, i -> (int) values.elements[i]);
        indices = Indices.of(ids, values.shape);
      }
      default -> throw new IllegalArgumentException(line);
    }
  }

  private static Values values(String line) {
    int open = line.indexOf('[');
    int close = line.indexOf(']');
    Shape shape = Shape.of(longs(line.substring(open + 1, close).replace(" ", "")));
    String rest = line.substring(close + 1).strip();
    String[] words = rest.isEmpty() ? new String[0] : rest.split(" ");
    float[] elements = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      elements[i] = parse(words[i]);
    }
    return new Values(shape, elements);
  }

  private static float parse(String word) {
    return switch (word) {
      case "nan" -> Float.NaN;
      case "inf" -> Float.POSITIVE_INFINITY;
      case "-inf" -> Float.NEGATIVE_INFINITY;
      default -> Float.parseFloat(word);
    };
  }

  private static long[] longs(String list) {
    return list.isEmpty()
        ? new long[0]
        : Arrays.stream(list.split(",")).mapToLong(Long::parseLong).toArray();
  }

  boolean has(String key) {
    return attributes.containsKey(key);
  }

  String text(String key) {
    return Objects.requireNonNull(attributes.get(key), key);
  }

  boolean flag(String key) {
    return Boolean.parseBoolean(text(key));
  }

  int integer(String key) {
    return Integer.parseInt(text(key));
  }

  double number(String key) {
    String word = text(key);
    return word.endsWith("inf") ? parse(word) : Double.parseDouble(word);
  }

  long[] longList(String key) {
    return longs(text(key));
  }

  int[] intList(String key) {
    return Arrays.stream(longList(key)).mapToInt(Math::toIntExact).toArray();
  }

  Slice[] slices(String key) {
    return Arrays.stream(text(key).split(","))
        .map(range -> longs(range.replace(':', ',')))
        .map(bounds -> new Slice(bounds[0], bounds[1], bounds[2]))
        .toArray(Slice[]::new);
  }

  @Override
  public String toString() {
    return name;
  }
}
