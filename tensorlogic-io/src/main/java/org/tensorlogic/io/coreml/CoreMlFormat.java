package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.MappedFile;
import org.tensorlogic.model.ModelFormat;
import org.tensorlogic.model.ModelGraph;

/** Core ML models: specifications (.mlmodel), packages of them, and compiled programs. */
public final class CoreMlFormat implements ModelFormat {
  private static final String NAME = "coreml";
  private static final int VERSION_TAG = 1 << 3;
  private static final int DESCRIPTION_TAG = (2 << 3) | 2;
  private static final int NEWEST_VERSION = 100;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<String> extensions() {
    return Set.of(".mlmodel", ".mlpackage", ".mlmodelc");
  }

  @Override
  public boolean recognizes(Path path, ByteBuffer head) {
    return Files.isDirectory(path)
        ? isPackage(path) || CompiledModel.recognizes(path)
        : beginsWithVersion(head);
  }

  private static boolean isPackage(Path directory) {
    return Files.isRegularFile(directory.resolve(PackageManifest.NAME))
        && Files.isDirectory(directory.resolve(PackageManifest.DATA));
  }

  /** A small specification version, then a description whose first field has a valid number. */
  private static boolean beginsWithVersion(ByteBuffer head) {
    if (head.remaining() < 5
        || head.get(0) != VERSION_TAG
        || head.get(1) < 1
        || head.get(1) > NEWEST_VERSION
        || head.get(2) != DESCRIPTION_TAG) {
      return false;
    }
    int at = 3;
    while (at < head.limit() - 1 && head.get(at) < 0) {
      at++;
    }
    return at < head.limit() - 1 && (head.get(at + 1) & 0xF8) != 0;
  }

  @Override
  public Model open(Path path, LoadOptions options) throws IOException {
    if (!Files.isDirectory(path)) {
      return new Opening(path, options).specification();
    }
    return isPackage(path)
        ? new Opening(PackageManifest.model(path, options), options).specification()
        : new Opening(CompiledModel.program(path), options)
            .program(CompiledModel.metadata(path, options));
  }

  /** A model that is being opened: what was opened for it is closed again if that fails. */
  private static final class Opening {
    private final LoadOptions options;
    private final MappedFile file;
    private final WeightFiles weights;
    private final TensorList tensors = new TensorList();

    Opening(Path path, LoadOptions options) throws IOException {
      this.options = options;
      this.file = MappedFile.open(path, options);
      this.weights = new WeightFiles(path, options);
    }

    private interface Reading {
      Map<String, Object> read(ModelReader reader) throws IOException;
    }

    Model specification() throws IOException {
      return finish(reader -> reader.read(file));
    }

    Model program(Map<String, Object> metadata) throws IOException {
      return finish(
          reader -> {
            metadata.putAll(reader.add(MilTextParser.parse(file, weights), file, ""));
            return metadata;
          });
    }

    private Model finish(Reading reading) throws IOException {
      boolean opened = false;
      try {
        ModelReader reader = new ModelReader(weights, tensors);
        Map<String, Object> metadata = reading.read(reader);
        Model model =
            new FileModel(
                NAME,
                options,
                ModelMetadata.of(metadata),
                tensors.entries(),
                files(),
                new ModelGraph(reader.functions()));
        opened = true;
        return model;
      } finally {
        if (!opened) {
          files().forEach(MappedFile::close);
        }
      }
    }

    private List<MappedFile> files() {
      List<MappedFile> files = new ArrayList<>(weights.opened());
      files.add(0, file);
      return files;
    }
  }
}
