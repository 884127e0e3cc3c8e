package org.tensorlogic;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
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
   * @param path a .safetensors, .gguf or .mlmodel file, a .mlpackage, a .mlmodelc, the index of a
   *     sharded model, the first part of a split one, or the directory that holds one of them
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
   * @throws AccessDeniedException if it may not be read
   * @throws MalformedModelException if it is of no known format or breaks a rule of its format
   */
  public static Model loadModel(Path path, LoadOptions options) throws IOException {
    requireFileOrDirectory(path);
    ByteBuffer head = head(path);
    for (ModelFormat format : FORMATS) {
      if (format.recognizes(path, head.asReadOnlyBuffer())) {
        return format.open(path, options);
      }
    }
    throwIfPlain(path, head);
    ModelFormat byExtension = byExtension(path, ModelFormat::extensions);
    if (byExtension != null) {
      return byExtension.open(path, options); // which says what it misses
    }
    throw new MalformedModelException(
        path, -1, "the content is of no known model format" + known());
  }

  private static void requireFileOrDirectory(Path path) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      String reason =
          Files.isSymbolicLink(path)
              ? "the link leads to no file: " + Files.readSymbolicLink(path)
              : "there is no such model file";
      throw (IOException) new NoSuchFileException(path.toString(), null, reason).initCause(e);
    }
    if (!attributes.isRegularFile() && !attributes.isDirectory()) {
      throw new MalformedModelException(
          path, -1, "a model is a file or a directory, this is neither");
    }
    if (attributes.isDirectory() && !Files.isReadable(path)) {
      throw new AccessDeniedException(path.toString(), null, "the directory may not be read");
    }
  }

  private static ByteBuffer head(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return ByteBuffer.allocate(0);
    }
    try (InputStream in = Files.newInputStream(path)) {
      return ByteBuffer.wrap(in.readNBytes(HEAD));
    }
  }

  private static @Nullable ModelFormat byExtension(
      Path path, Function<ModelFormat, Set<String>> extensions) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return FORMATS.stream()
        .filter(format -> extensions.apply(format).stream().anyMatch(name::endsWith))
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
   * Saves a model in the format that the extension says, each tensor as the model gives it: one
   * loaded as halves is saved as halves ({@link LoadOptions#dtype} null keeps how each is stored;
   * {@link SaveOptions} can say another encoding). The file appears, or replaces an old one, only
   * when complete; a file that is mapped at that time keeps its data.
   *
   * @throws IllegalArgumentException if no format that can be written has this extension, or the
   *     format cannot hold a tensor, a name or the wanted encoding
   * @throws java.nio.file.FileSystemException if the file cannot be written; nothing is left of it
   */
  public static void saveModel(Model model, Path path) throws IOException {
    saveModel(model, path, SaveOptions.defaults());
  }

  /** As {@link #saveModel(Model, Path)}, stored as the options say. */
  public static void saveModel(Model model, Path path, SaveOptions options) throws IOException {
    ModelFormat format = byExtension(path, ModelFormat::savedExtensions);
    if (format == null) {
      String writable =
          FORMATS.stream()
              .flatMap(f -> f.savedExtensions().stream())
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
