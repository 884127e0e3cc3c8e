package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorlogic.io.MappedFile;
import org.tensorlogic.model.ModelGraph;

/**
 * Reads a Core ML model specification: message Model, of which most kinds have only a description,
 * while neural networks, programs and pipelines of such have weights and a graph.
 *
 * <p>Source: coremltools, mlmodel/format/Model.proto.
 */
final class ModelReader {
  private static final Map<Integer, String> KINDS =
      Map.ofEntries(
          Map.entry(200, "pipelineClassifier"),
          Map.entry(201, "pipelineRegressor"),
          Map.entry(202, "pipeline"),
          Map.entry(300, "glmRegressor"),
          Map.entry(301, "supportVectorRegressor"),
          Map.entry(302, "treeEnsembleRegressor"),
          Map.entry(303, "neuralNetworkRegressor"),
          Map.entry(304, "bayesianProbitRegressor"),
          Map.entry(400, "glmClassifier"),
          Map.entry(401, "supportVectorClassifier"),
          Map.entry(402, "treeEnsembleClassifier"),
          Map.entry(403, "neuralNetworkClassifier"),
          Map.entry(404, "kNearestNeighborsClassifier"),
          Map.entry(500, "neuralNetwork"),
          Map.entry(501, "itemSimilarityRecommender"),
          Map.entry(502, "mlProgram"),
          Map.entry(555, "customModel"),
          Map.entry(556, "linkedModel"),
          Map.entry(560, "classConfidenceThresholding"),
          Map.entry(600, "oneHotEncoder"),
          Map.entry(601, "imputer"),
          Map.entry(602, "featureVectorizer"),
          Map.entry(603, "dictVectorizer"),
          Map.entry(604, "scaler"),
          Map.entry(606, "categoricalMapping"),
          Map.entry(607, "normalizer"),
          Map.entry(609, "arrayFeatureExtractor"),
          Map.entry(610, "nonMaximumSuppression"),
          Map.entry(900, "identity"),
          Map.entry(2000, "textClassifier"),
          Map.entry(2001, "wordTagger"),
          Map.entry(2002, "visionFeaturePrint"),
          Map.entry(2003, "soundAnalysisPreprocessing"),
          Map.entry(2004, "gazetteer"),
          Map.entry(2005, "wordEmbedding"),
          Map.entry(2006, "audioFeaturePrint"),
          Map.entry(3000, "serializedModel"));

  private final WeightFiles weights;
  private final TensorList tensors;
  private final Map<String, ModelGraph.Block> functions = new LinkedHashMap<>();

  ModelReader(WeightFiles weights, TensorList tensors) {
    this.weights = weights;
    this.tensors = tensors;
  }

  /** Reads a whole file; its metadata. */
  Map<String, Object> read(MappedFile file) throws IOException {
    return ProtoReader.read(file, in -> model(in, ""));
  }

  /** The functions found: those of the models in a pipeline with a prefix to their names. */
  Map<String, ModelGraph.Block> functions() {
    return functions;
  }

  private Map<String, Object> model(ProtoReader in, String prefix) throws IOException {
    long version = 0;
    Map<String, Object> description = Map.of();
    Map<String, Object> content = Map.of();
    String kind = null;
    while (in.next()) {
      int field = in.field();
      switch (field) {
        case 1 -> version = in.int64();
        case 2 -> description = in.message(ModelDescription::read);
        case 200, 201 -> content = in.message(message -> wrappedPipeline(message, prefix));
        case 202 -> content = in.message(message -> pipeline(message, prefix));
        case 303, 403, 500 -> content = in.message(message -> network(message, prefix));
        case 502 -> content = in.message(message -> program(message, prefix));
        default -> {}
      }
      kind = KINDS.getOrDefault(field, kind);
    }
    if (version < 1 || kind == null) {
      throw in.malformed(
          "not a Core ML model: it has no "
              + (version < 1 ? "specification version" : "content of a known kind"));
    }
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("specificationVersion", version);
    metadata.put("modelType", kind);
    metadata.putAll(description);
    metadata.putAll(content);
    return metadata;
  }

  private Map<String, Object> network(ProtoReader in, String prefix) throws IOException {
    NeuralNetworkReader reader = new NeuralNetworkReader(prefix, tensors);
    ModelGraph.Block block = reader.read(in);
    functions.put(prefix + "main", block);
    Map<String, Object> content = new LinkedHashMap<>();
    if (!reader.labels().isEmpty()) {
      content.put("classLabels", reader.labels());
    }
    content.put("operationHistogram", histogram(List.of(block)));
    return content;
  }

  private Map<String, Object> program(ProtoReader in, String prefix) throws IOException {
    MilProgram program = new MilProtoReader(weights).program(in);
    return add(program, in.file(), prefix);
  }

  /** Adds the functions of a program and their weights; what to say of them. */
  Map<String, Object> add(MilProgram program, MappedFile file, String prefix) throws IOException {
    List<ModelGraph.Block> blocks = new ArrayList<>();
    boolean several = program.functions().size() > 1;
    for (MilProgram.Function function : program.functions()) {
      String qualified = several ? prefix + function.name() + "/" : prefix;
      ModelGraph.Block block = ProgramGraph.of(file.path(), function, qualified, tensors);
      functions.put(prefix + function.name(), block);
      blocks.add(block);
    }
    return Map.of("operationHistogram", histogram(blocks));
  }

  private static Map<String, Object> histogram(List<ModelGraph.Block> blocks) {
    Map<String, Object> counts = new TreeMap<>();
    blocks.forEach(block -> count(block, counts));
    return counts;
  }

  private static void count(ModelGraph.Block block, Map<String, Object> counts) {
    for (ModelGraph.Operation operation : block.operations()) {
      count(operation, counts);
    }
  }

  private static void count(ModelGraph.Operation operation, Map<String, Object> counts) {
    if (!operation.type().equals("const")) {
      counts.merge(operation.type(), 1L, (a, b) -> (Long) a + (Long) b);
    }
    for (ModelGraph.Block inner : operation.blocks()) {
      count(inner, counts);
    }
  }

  private Map<String, Object> wrappedPipeline(ProtoReader in, String prefix) throws IOException {
    Map<String, Object> content = Map.of();
    while (in.next()) {
      if (in.field() == 1) {
        content = in.message(message -> pipeline(message, prefix));
      }
    }
    return content;
  }

  /** The models are read when their names, which come after them, are known. */
  private Map<String, Object> pipeline(ProtoReader in, String prefix) throws IOException {
    List<ProtoReader.Span> models = new ArrayList<>();
    List<String> names = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> models.add(in.bytes());
        case 2 -> names.add(in.string());
        default -> {}
      }
    }
    List<Object> stages = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      String name = name(names, i);
      Map<String, Object> stage = new LinkedHashMap<>();
      stage.put("name", name);
      stage.putAll(in.read(models.get(i), model -> model(model, prefix + name + "/")));
      stages.add(stage);
    }
    return Map.of("models", stages);
  }

  private static String name(List<String> names, int i) {
    boolean unique =
        i < names.size() && !names.get(i).isEmpty() && names.indexOf(names.get(i)) == i;
    return unique ? names.get(i) : "model" + i;
  }
}
