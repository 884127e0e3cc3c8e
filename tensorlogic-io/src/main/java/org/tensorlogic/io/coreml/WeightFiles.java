package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/** The weight files beside a program, opened when first referred to. */
final class WeightFiles {
  private static final String ROOT = "@model_path/";

  private final Path program;
  private final LoadOptions options;
  private final Map<String, WeightFile> files = new LinkedHashMap<>();

  /** The files that the program in this file may refer to: those in its directory. */
  WeightFiles(Path program, LoadOptions options) {
    this.program = program;
    this.options = options;
  }

  /**
   * The elements of a tensor that lies in a weight file.
   *
   * @param name {@code @model_path/weights/weight.bin}
   * @param offset of the blob's metadata
   * @throws MalformedModelException if the name leads elsewhere or the blob is not as expected
   */
  PackedNumbers read(String name, long offset, MilType.Tensor type) throws IOException {
    WeightFile file = files.get(name);
    if (file == null) {
      file = open(name);
      files.put(name, file);
    }
    return file.read(offset, type);
  }

  private WeightFile open(String name) throws IOException {
    Path path = resolve(name);
    if (!Files.isRegularFile(path)) {
      throw new MalformedModelException(program, -1, "there is no weight file " + path);
    }
    MappedFile file = MappedFile.open(path, options);
    boolean opened = false;
    try {
      WeightFile checked = WeightFile.check(file);
      opened = true;
      return checked;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** Only names below the directory of the program lead to a file. */
  private Path resolve(String name) throws MalformedModelException {
    if (!name.startsWith(ROOT) || !SafePath.isInside(name.substring(ROOT.length()))) {
      throw new MalformedModelException(
          program, -1, "a weight file must be below " + ROOT + ", is " + name);
    }
    return program.resolveSibling(name.substring(ROOT.length()));
  }

  /** The files that have been opened. */
  Collection<MappedFile> opened() {
    return Collections.unmodifiableCollection(
        files.values().stream().map(WeightFile::file).toList());
  }
}
