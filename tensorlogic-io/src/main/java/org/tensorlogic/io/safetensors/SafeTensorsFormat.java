package org.tensorlogic.io.safetensors;

import com.google.common.collect.Lists;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.MappedFile;
import org.tensorlogic.io.TensorData;
import org.tensorlogic.model.ModelFormat;

/** SafeTensors files, and sharded models with their index, as written by PyTorch's ecosystem. */
public final class SafeTensorsFormat implements ModelFormat {
  static final String NAME = "safetensors";
  private static final String EXTENSION = ".safetensors";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<String> extensions() {
    return Set.of(EXTENSION, ShardIndex.SUFFIX);
  }

  @Override
  public boolean recognizes(Path path, ByteBuffer head) {
    return Files.isDirectory(path)
        ? ModelDirectory.find(path).isPresent()
        : beginsWithHeader(head) || ShardIndex.recognizes(path, head);
  }

  /** A length that could be one, then a JSON object, perhaps after white space. */
  private static boolean beginsWithHeader(ByteBuffer head) {
    ByteBuffer bytes = head.order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < 9 || bytes.getLong(0) >>> 48 != 0) {
      return false;
    }
    int at = 8;
    while (at < bytes.limit() - 1 && " \t\r\n".indexOf(bytes.get(at)) >= 0) {
      at++;
    }
    return bytes.get(at) == '{';
  }

  @Override
  public Model open(Path path, LoadOptions options) throws IOException {
    if (Files.isDirectory(path)) {
      Path main = ModelDirectory.find(path).orElseThrow(() -> noModel(path));
      ModelMetadata config = ModelDirectory.config(main, options);
      return ShardIndex.isIndex(main)
          ? ShardIndex.open(main, config, options)
          : open(main, config, options);
    }
    if (ShardIndex.isIndex(path)) {
      return ShardIndex.open(path, ModelDirectory.config(path, options), options);
    }
    return open(path, ModelMetadata.empty(), options);
  }

  private static MalformedModelException noModel(Path directory) {
    return new MalformedModelException(
        directory, -1, "the directory holds neither one .safetensors file nor an index");
  }

  private static Model open(Path path, ModelMetadata config, LoadOptions options)
      throws IOException {
    MappedFile file = MappedFile.open(path, options);
    boolean opened = false;
    try {
      SafeTensorsHeader header = SafeTensorsHeader.read(file);
      ModelMetadata metadata = ModelDirectory.join(header.metadata(), config);
      Model model = new FileModel(NAME, options, metadata, entries(file, header), List.of(file));
      opened = true;
      return model;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  static List<FileModel.Entry> entries(MappedFile file, SafeTensorsHeader header) {
    return Lists.transform(
        header.tensors(),
        tensor -> new FileModel.Entry(tensor.info(), new TensorData.InPlace(file, tensor.begin())));
  }

  @Override
  public Set<String> savedExtensions() {
    return Set.of(EXTENSION);
  }

  @Override
  public void save(Model model, Path path, SaveOptions options) throws IOException {
    SafeTensorsWriter.write(model, path, options);
  }
}
