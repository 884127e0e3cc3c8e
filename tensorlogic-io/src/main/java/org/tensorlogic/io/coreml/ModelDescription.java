package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model says of itself, as metadata: inputs and outputs as a list of maps with {@code name},
 * {@code type} and what belongs to the type, and texts under the names of their fields.
 *
 * <p>Source: coremltools, mlmodel/format/Model.proto and FeatureTypes.proto.
 */
final class ModelDescription {
  private static final Map<Long, String> DATA_TYPES =
      Map.of(
          65552L, "float16", 65568L, "float32", 65600L, "double", 131080L, "int8", 131104L,
          "int32");
  private static final Map<Long, String> COLOR_SPACES =
      Map.of(10L, "grayscale", 20L, "rgb", 30L, "bgr", 40L, "grayscaleFloat16");

  private ModelDescription() {}

  /** Reads message ModelDescription. */
  static Map<String, Object> read(ProtoReader in) throws IOException {
    Map<String, Object> texts = new LinkedHashMap<>();
    Map<String, List<Object>> lists = new LinkedHashMap<>();
    lists.put("inputs", new ArrayList<>());
    lists.put("outputs", new ArrayList<>());
    while (in.next()) {
      switch (in.field()) {
        case 1 -> add(lists, "inputs", in.message(ModelDescription::feature));
        case 10 -> add(lists, "outputs", in.message(ModelDescription::feature));
        case 11 -> texts.put("predictedFeatureName", in.string());
        case 12 -> texts.put("predictedProbabilitiesName", in.string());
        case 13 -> add(lists, "states", in.message(ModelDescription::feature));
        case 20 -> add(lists, "functions", in.message(ModelDescription::function));
        case 21 -> texts.put("defaultFunctionName", in.string());
        case 50 -> add(lists, "trainingInputs", in.message(ModelDescription::feature));
        case 100 -> texts.putAll(in.message(ModelDescription::metadata));
        default -> {}
      }
    }
    texts.values().remove("");
    Map<String, Object> description = new LinkedHashMap<>(lists);
    description.putAll(texts);
    return description;
  }

  private static void add(Map<String, List<Object>> lists, String name, Object element) {
    lists.computeIfAbsent(name, key -> new ArrayList<>()).add(element);
  }

  private static Map<String, Object> function(ProtoReader in) throws IOException {
    Map<String, Object> function = new LinkedHashMap<>();
    Map<String, List<Object>> lists = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> function.put("name", in.string());
        case 2 -> add(lists, "inputs", in.message(ModelDescription::feature));
        case 3 -> add(lists, "outputs", in.message(ModelDescription::feature));
        case 6 -> add(lists, "states", in.message(ModelDescription::feature));
        default -> {}
      }
    }
    function.putAll(lists);
    return function;
  }

  private static Map<String, Object> metadata(ProtoReader in) throws IOException {
    Map<String, Object> metadata = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> metadata.put("shortDescription", in.string());
        case 2 -> metadata.put("version", in.string());
        case 3 -> metadata.put("author", in.string());
        case 4 -> metadata.put("license", in.string());
        case 100 -> in.message(entry -> userDefined(entry, metadata));
        default -> {}
      }
    }
    return metadata;
  }

  private static boolean userDefined(ProtoReader in, Map<String, Object> metadata)
      throws IOException {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.string();
        case 2 -> value = in.string();
        default -> {}
      }
    }
    metadata.put("userDefined." + key, value);
    return true;
  }

  private static Map<String, Object> feature(ProtoReader in) throws IOException {
    Map<String, Object> feature = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> feature.put("name", in.string());
        case 2 -> feature.put("shortDescription", in.string());
        case 3 -> feature.putAll(in.message(ModelDescription::type));
        default -> {}
      }
    }
    return feature;
  }

  private static Map<String, Object> type(ProtoReader in) throws IOException {
    Map<String, Object> type = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type.put("type", "int64");
        case 2 -> type.put("type", "double");
        case 3 -> type.put("type", "string");
        case 4 -> type.putAll(in.message(ModelDescription::image));
        case 5 -> type.putAll(in.message(ModelDescription::array));
        case 6 -> type.put("type", "dictionary");
        case 7 -> type.put("type", "sequence");
        case 8 -> {
          type.putAll(in.message(ModelDescription::state));
          type.put("type", "state");
        }
        case 1000 -> type.put("isOptional", in.bool());
        default -> {}
      }
    }
    return type;
  }

  private static Map<String, Object> state(ProtoReader in) throws IOException {
    Map<String, Object> state = new LinkedHashMap<>();
    while (in.next()) {
      if (in.field() == 1) {
        state.putAll(in.message(ModelDescription::array));
      }
    }
    return state;
  }

  private static Map<String, Object> array(ProtoReader in) throws IOException {
    Map<String, Object> array = new LinkedHashMap<>();
    List<Long> shape = new ArrayList<>();
    array.put("type", "multiArray");
    array.put("shape", shape);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> extents(in, shape);
        case 2 -> array.put("dataType", named(DATA_TYPES, in.int64()));
        case 21 ->
            array.put("enumeratedShapes", in.message(m -> messages(m, ModelDescription::shape)));
        case 31 -> array.put("shapeRange", in.message(m -> messages(m, ModelDescription::pair)));
        default -> {}
      }
    }
    return array;
  }

  private static Map<String, Object> image(ProtoReader in) throws IOException {
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("type", "image");
    while (in.next()) {
      switch (in.field()) {
        case 1 -> image.put("width", in.int64());
        case 2 -> image.put("height", in.int64());
        case 3 -> image.put("colorSpace", named(COLOR_SPACES, in.int64()));
        case 21 ->
            image.put("enumeratedSizes", in.message(m -> messages(m, ModelDescription::pair)));
        case 31 -> image.putAll(in.message(ModelDescription::sizeRange));
        default -> {}
      }
    }
    return image;
  }

  private static Map<String, Object> sizeRange(ProtoReader in) throws IOException {
    Map<String, Object> range = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> range.put("widthRange", in.message(ModelDescription::pair));
        case 2 -> range.put("heightRange", in.message(ModelDescription::pair));
        default -> {}
      }
    }
    return range;
  }

  private static String named(Map<Long, String> names, long number) {
    return names.getOrDefault(number, Long.toString(number));
  }

  /** The messages of field 1. */
  private static List<Object> messages(ProtoReader in, ProtoReader.Body<?> body)
      throws IOException {
    List<Object> messages = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        messages.add(in.message(body));
      }
    }
    return messages;
  }

  private static List<Long> shape(ProtoReader in) throws IOException {
    List<Long> shape = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        extents(in, shape);
      }
    }
    return shape;
  }

  private static void extents(ProtoReader in, List<Long> shape) throws IOException {
    in.int64s(
        extent -> {
          if (shape.size() <= MilTypeReader.MAX_RANK) {
            shape.add(extent);
          }
        });
    if (shape.size() > MilTypeReader.MAX_RANK) {
      throw in.malformed("an array has at most " + MilTypeReader.MAX_RANK + " axes");
    }
  }

  /**
   * The integers of fields 1 and 2: bounds, of which a negative one is none, or width and height.
   */
  private static List<Long> pair(ProtoReader in) throws IOException {
    long first = 0;
    long second = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> first = in.int64();
        case 2 -> second = in.int64();
        default -> {}
      }
    }
    return List.of(first, second);
  }
}
