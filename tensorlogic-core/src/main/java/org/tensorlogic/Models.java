package org.tensorlogic;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.model.ModelFormat;

/** Loads and saves model files. The format is recognised by content first, by extension second. */
public final class Models {
  private static final int HEAD = 4096;
  private static final List<ModelFormat> FORMATS =
      ServiceLoader.load(ModelFormat.class, Models.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private Models() {}

  /**
   * Opens a model for the default backend; see {@link #loadModel(Path, LoadOptions)}.
   *
   * @param path a .safetensors, .gguf, .mlmodel file, a .mlpackage, the index of a sharded model,
   *     or the directory that holds one
   */
  public static Model loadModel(String path) throws IOException {
    return loadModel(Path.of(path), LoadOptions.defaults());
  }

  /** Opens a model for the default backend. */
  public static Model loadModel(Path path) throws IOException {
    return loadModel(path, LoadOptions.defaults());
  }

  /**
   * Opens a model: checks its header, reads no tensor.
   *
   * @throws NoSuchFileException if there is nothing at the path
   * @throws MalformedModelException if it is of no known format or breaks a rule of its format
   */
  public static Model loadModel(Path path, LoadOptions options) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "there is no such model file");
    }
    if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
      throw new MalformedModelException(
          path, -1, "a model is a file or a directory, this is neither");
    }
    ByteBuffer head = head(path);
    for (ModelFormat format : FORMATS) {
      if (format.recognizes(path, head.asReadOnlyBuffer())) {
        return format.open(path, options);
      }
    }
    throwIfPlain(path, head);
    ModelFormat byExtension = byExtension(path);
    if (byExtension != null) {
      return byExtension.open(path, options); // which says what it misses
    }
    throw new MalformedModelException(
        path, -1, "the content is of no known model format" + known());
  }

  private static ByteBuffer head(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return ByteBuffer.allocate(0);
    }
    try (InputStream in = Files.newInputStream(path)) {
      return ByteBuffer.wrap(in.readNBytes(HEAD));
    }
  }

  private static @Nullable ModelFormat byExtension(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return FORMATS.stream()
        .filter(format -> format.extensions().stream().anyMatch(name::endsWith))
        .findFirst()
        .orElse(null);
  }

  private static void throwIfPlain(Path path, ByteBuffer head) throws MalformedModelException {
    if (FORMATS.isEmpty()) {
      throw new MalformedModelException(
          path, -1, "no file format is installed; add the tensorlogic-io dependency");
    }
    String reason =
        Files.isDirectory(path)
            ? "the directory holds no model, or more than one (looked for model.safetensors, an"
                + " index, one .gguf, a package manifest)"
            : Unrecognized.reason(head);
    if (reason != null) {
      throw new MalformedModelException(path, -1, reason + known());
    }
  }

  private static String known() {
    return FORMATS.stream()
        .map(ModelFormat::name)
        .sorted()
        .collect(Collectors.joining(", ", "; known formats: ", ""));
  }

  /**
   * Saves a model in the format that the extension says. The file appears, or replaces an old one,
   * only when complete; a file that is mapped at that time keeps its data.
   *
   * @throws IllegalArgumentException if no format that can be written has this extension
   */
  public static void saveModel(Model model, Path path) throws IOException {
    saveModel(model, path, SaveOptions.defaults());
  }

  /** As {@link #saveModel(Model, Path)}, stored as the options say. */
  public static void saveModel(Model model, Path path, SaveOptions options) throws IOException {
    ModelFormat format = byExtension(path);
    if (format == null || !format.canSave()) {
      String writable =
          FORMATS.stream()
              .filter(ModelFormat::canSave)
              .flatMap(f -> f.extensions().stream())
              .sorted()
              .collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "saveModel: the extension must be one of " + writable + ", got " + path);
    }
    format.save(model, path, options);
  }

  /** Saves a model; see {@link #saveModel(Model, Path)}. */
  public static void saveModel(Model model, String path) throws IOException {
    saveModel(model, Path.of(path));
  }

  /** Saves named tensors; see {@link #saveModel(Model, Path)}. */
  public static void saveModel(Map<String, Tensor> tensors, Path path) throws IOException {
    saveModel(Model.of(tensors), path);
  }
}
