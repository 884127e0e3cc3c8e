package org.tensorlogic.io.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.io.Json;

/**
 * A model in a directory, as on the Hugging Face hub: {@code model.safetensors}, or an index and
 * its shards, or one file of another name; and perhaps {@code config.json}, whose entries become
 * metadata with the prefix {@code config.}: {@code getLong("config.hidden_size")}.
 */
final class ModelDirectory {
  static final String CONFIG_PREFIX = "config.";
  private static final String CONFIG = "config.json";

  private ModelDirectory() {}

  /** The index or file that is the model, if there is just one that can be. */
  static Optional<Path> find(Path directory) {
    for (String usual : List.of("model.safetensors.index.json", "model.safetensors")) {
      Path file = directory.resolve(usual);
      if (Files.isRegularFile(file)) {
        return Optional.of(file);
      }
    }
    return only(directory, ShardIndex.SUFFIX).or(() -> only(directory, ".safetensors"));
  }

  private static Optional<Path> only(Path directory, String suffix) {
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found =
          files
              .filter(file -> file.getFileName().toString().endsWith(suffix))
              .filter(Files::isRegularFile)
              .limit(2)
              .toList();
      return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not readable: not recognised
    }
  }

  /** The entries of {@code config.json} beside a model, prefixed; none if there is no such file. */
  static ModelMetadata config(Path model, LoadOptions options) throws IOException {
    Path file = model.resolveSibling(CONFIG);
    if (!Files.isRegularFile(file)) {
      return ModelMetadata.empty();
    }
    Map<String, Object> prefixed = new LinkedHashMap<>();
    Json.readObject(file, options)
        .forEach((key, value) -> prefixed.put(CONFIG_PREFIX + key, value));
    return ModelMetadata.of(prefixed);
  }

  /** Both, what the model file says of itself first. */
  static ModelMetadata join(Map<String, ?> own, ModelMetadata config) {
    Map<String, Object> all = new LinkedHashMap<>(own);
    config.asMap().forEach(all::putIfAbsent);
    return ModelMetadata.of(all);
  }
}
