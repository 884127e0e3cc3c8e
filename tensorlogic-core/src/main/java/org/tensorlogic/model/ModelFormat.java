package org.tensorlogic.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.SaveOptions;

/** Found by {@link java.util.ServiceLoader}: reads, and perhaps writes, one file format. */
public interface ModelFormat {
  /** The format's name: {@code safetensors}. */
  String name();

  /** File endings, lower case, with the dot: {@code .safetensors}. */
  Set<String> extensions();

  /**
   * Whether the content is of this format; asked before any extension counts.
   *
   * @param path a file or directory that exists
   * @param head the first bytes of a file, at most 4096; empty for a directory
   */
  boolean recognizes(Path path, ByteBuffer head);

  /**
   * Opens a model, checking its whole header and no data.
   *
   * @throws org.tensorlogic.MalformedModelException if the file breaks a rule of the format
   */
  Model open(Path path, LoadOptions options) throws IOException;

  /**
   * Those of the {@link #extensions} that {@link #save} writes; none if the format is only read.
   */
  default Set<String> savedExtensions() {
    return Set.of();
  }

  /**
   * Writes a model, replacing the file only when everything has been written.
   *
   * @throws UnsupportedOperationException if this format is only read
   */
  default void save(Model model, Path path, SaveOptions options) throws IOException {
    throw new UnsupportedOperationException("save: " + name() + " files are read, not written");
  }
}
