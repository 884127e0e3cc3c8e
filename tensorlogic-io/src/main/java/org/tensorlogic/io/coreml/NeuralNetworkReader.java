package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.model.ModelGraph;
import org.tensorlogic.model.ModelGraph.Argument;

/**
 * Reads a neural network. A layer becomes an operation of its kind; its inputs are the argument
 * {@code input}, the fields of its parameters are the others, absent where they have their default.
 * Weights are listed as {@code layer.field}; the field {@code weights} as {@code layer.weight}.
 */
final class NeuralNetworkReader {
  private final TensorList tensors;
  private final List<Object> labels = new ArrayList<>();
  private String prefix;

  NeuralNetworkReader(String prefix, TensorList tensors) {
    this.prefix = prefix;
    this.tensors = tensors;
  }

  /** The class labels that a classifier came with. */
  List<Object> labels() {
    return labels;
  }

  /** Reads message NeuralNetwork, NeuralNetworkClassifier or NeuralNetworkRegressor. */
  ModelGraph.Block read(ProtoReader in) throws IOException {
    List<ModelGraph.Operation> operations = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> operations.add(in.message(this::layer));
        case 2 -> operations.add(in.message(this::preprocessing));
        case 100 -> in.message(this::stringLabels);
        case 101 -> in.message(this::integerLabels);
        default -> {}
      }
    }
    return new ModelGraph.Block(List.of(), operations, List.of());
  }

  private boolean stringLabels(ProtoReader in) throws IOException {
    while (in.next()) {
      if (in.field() == 1) {
        labels.add(in.string());
      }
    }
    return true;
  }

  private boolean integerLabels(ProtoReader in) throws IOException {
    while (in.next()) {
      if (in.field() == 1) {
        in.int64s(labels::add);
      }
    }
    return true;
  }

  private ModelGraph.Operation preprocessing(ProtoReader in) throws IOException {
    Map<String, Object> fields = NeuralNetworkSchema.read(in, "NeuralNetworkPreprocessing");
    Object feature = fields.remove("featureName");
    String name = feature instanceof String text ? text : "";
    return new ModelGraph.Operation(
        "preprocessing",
        name,
        arguments(name, "preprocessing", fields),
        List.of(value(name)),
        List.of());
  }

  private ModelGraph.Operation layer(ProtoReader in) throws IOException {
    Map<String, Object> fields = NeuralNetworkSchema.read(in, "NeuralNetworkLayer");
    String kind = "unknown";
    Map<String, Object> params = Map.of();
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      if (field.getValue() instanceof Map<?, ?> map) { // of one of, the last one counts
        kind = field.getKey();
        params = asParams(map);
      }
    }
    String name = fields.get("name") instanceof String text ? text : "";
    Map<String, List<Argument>> arguments = new LinkedHashMap<>();
    arguments.put(
        "input", names(fields.get("input")).stream().map(NeuralNetworkReader::reference).toList());
    arguments.putAll(arguments(name, kind, params));
    List<ModelGraph.Value> outputs =
        names(fields.get("output")).stream().map(NeuralNetworkReader::value).toList();
    return new ModelGraph.Operation(kind, name, arguments, outputs, blocks(in, name, params));
  }

  private static Map<String, Object> asParams(Map<?, ?> map) {
    Map<String, Object> params = new LinkedHashMap<>();
    map.forEach((key, value) -> params.put((String) key, value));
    return params;
  }

  private static List<String> names(@Nullable Object list) {
    return list instanceof List<?> names
        ? names.stream().map(String.class::cast).toList()
        : List.of();
  }

  private static Argument reference(String name) {
    return new Argument.Reference(name);
  }

  private static ModelGraph.Value value(String name) {
    return new ModelGraph.Value(name, "", List.of());
  }

  private List<ModelGraph.Block> blocks(ProtoReader in, String name, Map<String, Object> params)
      throws IOException {
    List<ModelGraph.Block> blocks = new ArrayList<>();
    String outer = prefix;
    for (Map.Entry<String, Object> param : params.entrySet()) {
      if (param.getValue() instanceof ProtoReader.Span span) {
        prefix = outer + name + "." + param.getKey() + "/";
        blocks.add(in.read(span, this::read));
      }
    }
    prefix = outer;
    return blocks;
  }

  private Map<String, List<Argument>> arguments(
      String layer, String kind, Map<String, Object> params) throws IOException {
    Map<String, List<Argument>> arguments = new LinkedHashMap<>();
    Map<String, WeightParams> weights = new LinkedHashMap<>();
    for (Map.Entry<String, Object> param : params.entrySet()) {
      Object plain = plain(param.getKey(), param.getValue(), weights);
      if (plain != null) {
        arguments.put(param.getKey(), List.of(new Argument.Constant(plain)));
      }
    }
    for (Map.Entry<String, WeightParams> weight : weights.entrySet()) {
      String role = weight.getKey();
      if (!weight.getValue().isEmpty()) {
        String name = prefix + layer + "." + (role.equals("weights") ? "weight" : role);
        Constant tensor =
            weight
                .getValue()
                .tensor(
                    name,
                    WeightShapes.of(kind, role, params),
                    role.equals("bias") ? 0 : WeightShapes.channelAxis(params));
        arguments.put(role, List.of(new Argument.Weight(tensors.add(name, tensor))));
      }
    }
    return arguments;
  }

  /**
   * A parameter without the weights in it, which are collected by their path; null if it is one.
   */
  private static @Nullable Object plain(
      String path, Object value, Map<String, WeightParams> weights) {
    if (value instanceof WeightParams found) {
      weights.put(path, found);
      return null;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> plain = new LinkedHashMap<>();
      map.forEach(
          (key, inner) -> {
            Object shown = plain(path + "." + key, inner, weights);
            if (shown != null) {
              plain.put((String) key, shown);
            }
          });
      return plain;
    }
    if (value instanceof List<?> list) {
      List<Object> plain = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        Object shown = plain(path + "." + i, list.get(i), weights);
        if (shown != null) {
          plain.add(shown);
        }
      }
      return plain;
    }
    return value instanceof ProtoReader.Span ? null : value;
  }
}
