package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.Json;

/**
 * The manifest of a model package, a directory.
 *
 * <ol>
 *   <li>{@code Manifest.json} has {@code fileFormatVersion}, three integers, the first of them 1;
 *       {@code itemInfoEntries} by identifier, each with {@code path}, {@code name}, {@code author}
 *       and {@code description}; and {@code rootModelIdentifier}.
 *   <li>Items lie below the directory {@code Data}; a path does not lead out of it.
 *   <li>The root item is the model specification.
 * </ol>
 *
 * Source: coremltools, modelpackage/src/ModelPackage.cpp.
 */
final class PackageManifest {
  static final String NAME = "Manifest.json";
  static final String DATA = "Data";

  private final Path file;

  private PackageManifest(Path file) {
    this.file = file;
  }

  /** The model specification in a package. */
  static Path model(Path directory, LoadOptions options) throws IOException {
    return new PackageManifest(directory.resolve(NAME)).model(options);
  }

  private Path model(LoadOptions options) throws IOException {
    Map<String, Object> manifest = Json.readObject(file, options);
    String version = text(manifest, "fileFormatVersion");
    if (!version.matches("1\\.\\d{1,9}\\.\\d{1,9}")) {
      throw malformed("fileFormatVersion must be 1.0.0, is " + version);
    }
    if (!(manifest.get("itemInfoEntries") instanceof Map<?, ?> entries)) {
      throw malformed("itemInfoEntries must be an object");
    }
    String root = text(manifest, "rootModelIdentifier");
    Path model = null;
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      Path path = item(String.valueOf(entry.getKey()), entry.getValue());
      model = entry.getKey().equals(root) ? path : model;
    }
    if (model == null) {
      throw malformed("the root model '" + root + "' is not among the items");
    }
    return model;
  }

  private Path item(String identifier, Object value) throws MalformedModelException {
    if (!(value instanceof Map<?, ?> item)) {
      throw malformed("item '" + identifier + "' must be an object");
    }
    for (String key : List.of("path", "name", "author", "description")) {
      if (!(item.get(key) instanceof String)) {
        throw malformed("item '" + identifier + "' has no " + key);
      }
    }
    String path = String.valueOf(item.get("path"));
    if (!SafePath.isInside(path)) {
      throw malformed("item '" + identifier + "' leads out of the package: " + path);
    }
    Path resolved = file.resolveSibling(DATA).resolve(path);
    if (!Files.exists(resolved)) {
      throw malformed("item '" + identifier + "' is missing: Data/" + path);
    }
    return resolved;
  }

  private String text(Map<String, Object> manifest, String key) throws MalformedModelException {
    if (manifest.get(key) instanceof String text) {
      return text;
    }
    throw malformed(key + " must be a string");
  }

  private MalformedModelException malformed(String reason) {
    return new MalformedModelException(file, -1, reason);
  }
}
