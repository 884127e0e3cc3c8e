package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.Json;
import org.tensorlogic.io.MappedFile;

/**
 * A model in several files: {@code model.safetensors.index.json} holds {@code {"metadata": {...},
 * "weight_map": {tensor: file}}}. Files are bare names beside the index; every tensor of the map is
 * in its file, and in no other.
 */
final class ShardIndex {
  static final String SUFFIX = ".safetensors.index.json";
  private static final String MAP = "weight_map";

  private ShardIndex() {}

  static boolean isIndex(Path path) {
    return path.toString().endsWith(".json");
  }

  static boolean recognizes(Path path, ByteBuffer head) {
    return path.toString().endsWith(SUFFIX)
        || (isIndex(path) && UTF_8.decode(head.duplicate()).toString().contains('"' + MAP + '"'));
  }

  static Model open(Path index, ModelMetadata config, LoadOptions options) throws IOException {
    Map<String, Object> json = Json.readObject(index, options);
    Map<String, String> fileOf = weightMap(index, json);
    Map<String, MappedFile> shards = new LinkedHashMap<>();
    boolean opened = false;
    try {
      List<FileModel.Entry> entries = new ArrayList<>();
      Map<String, Object> metadata = new LinkedHashMap<>();
      Map<String, String> seen = new HashMap<>();
      for (String name : new LinkedHashSet<>(fileOf.values())) {
        MappedFile shard = openShard(index, name, options);
        shards.put(name, shard);
        SafeTensorsHeader header = SafeTensorsHeader.read(shard);
        header.metadata().forEach(metadata::putIfAbsent);
        for (FileModel.Entry entry : SafeTensorsFormat.entries(shard, header)) {
          place(index, entry.info().name(), name, fileOf, seen);
          entries.add(entry);
        }
      }
      requireAll(index, fileOf, seen);
      if (json.get("metadata") instanceof Map<?, ?> more) {
        more.forEach((key, value) -> metadata.putIfAbsent(String.valueOf(key), value));
      }
      Model model =
          new FileModel(
              SafeTensorsFormat.NAME,
              options,
              ModelDirectory.join(metadata, config),
              entries,
              shards.values());
      opened = true;
      return model;
    } finally {
      if (!opened) {
        shards.values().forEach(MappedFile::close);
      }
    }
  }

  private static Map<String, String> weightMap(Path index, Map<String, Object> json)
      throws MalformedModelException {
    if (!(json.get(MAP) instanceof Map<?, ?> map)) {
      throw new MalformedModelException(
          index, -1, "an index must have an object \"" + MAP + "\" of tensor and file names");
    }
    Map<String, String> fileOf = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getValue() instanceof String file) || !isBareName(file)) {
        throw new MalformedModelException(
            index,
            -1,
            MAP
                + ": the file of '"
                + entry.getKey()
                + "' must be a plain file name beside the index, got "
                + entry.getValue());
      }
      fileOf.put(String.valueOf(entry.getKey()), file);
    }
    return fileOf;
  }

  private static boolean isBareName(String file) {
    return !file.isEmpty()
        && !file.equals(".")
        && !file.equals("..")
        && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c == 0);
  }

  private static MappedFile openShard(Path index, String name, LoadOptions options)
      throws IOException {
    Path shard = index.resolveSibling(name);
    if (!Files.isRegularFile(shard)) {
      throw new MalformedModelException(
          index, -1, "the shard " + name + " is missing beside the index");
    }
    if (Files.isSameFile(shard, index)) {
      throw new MalformedModelException(index, -1, "the shard " + name + " is the index itself");
    }
    return MappedFile.open(shard, options);
  }

  private static void place(
      Path index, String tensor, String file, Map<String, String> fileOf, Map<String, String> seen)
      throws MalformedModelException {
    @Nullable String other = seen.put(tensor, file);
    if (other != null) {
      throw new MalformedModelException(
          index, -1, "'" + tensor + "' is in two shards, " + other + " and " + file);
    }
    String mapped = fileOf.get(tensor);
    if (mapped != null && !mapped.equals(file)) {
      throw new MalformedModelException(
          index, -1, "'" + tensor + "' must be in " + mapped + ", is in " + file);
    }
  }

  private static void requireAll(Path index, Map<String, String> fileOf, Map<String, String> seen)
      throws MalformedModelException {
    for (Map.Entry<String, String> entry : fileOf.entrySet()) {
      if (!seen.containsKey(entry.getKey())) {
        throw new MalformedModelException(
            index, -1, "'" + entry.getKey() + "' is not in its shard " + entry.getValue());
      }
    }
  }
}
