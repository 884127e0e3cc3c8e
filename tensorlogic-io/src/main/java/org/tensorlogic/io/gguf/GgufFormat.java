package org.tensorlogic.io.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.MappedFile;
import org.tensorlogic.io.TensorData;
import org.tensorlogic.model.ModelFormat;

/** GGUF files, whole or split, as written by llama.cpp. */
public final class GgufFormat implements ModelFormat {
  static final String NAME = "gguf";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<String> extensions() {
    return Set.of(".gguf");
  }

  @Override
  public boolean recognizes(Path path, ByteBuffer head) {
    return Files.isDirectory(path)
        ? GgufSplits.find(path).isPresent()
        : head.remaining() >= 4
            && head.order(ByteOrder.LITTLE_ENDIAN).getInt(0) == GgufHeader.MAGIC;
  }

  @Override
  public Model open(Path path, LoadOptions options) throws IOException {
    Path first = Files.isDirectory(path) ? GgufSplits.find(path).orElse(path) : path;
    List<MappedFile> files = new ArrayList<>();
    boolean opened = false;
    try {
      List<GgufHeader> headers = GgufSplits.open(first, options, files);
      List<FileModel.Entry> entries = new ArrayList<>();
      for (int i = 0; i < headers.size(); i++) {
        for (GgufHeader.Tensor tensor : headers.get(i).tensors()) {
          entries.add(entry(files.get(i), headers.get(i), tensor));
        }
      }
      GgufHeader header = headers.get(0);
      Model model = new FileModel(NAME, options, metadata(header), entries, files, header);
      opened = true;
      return model;
    } finally {
      if (!opened) {
        files.forEach(MappedFile::close);
      }
    }
  }

  private static FileModel.Entry entry(
      MappedFile file, GgufHeader header, GgufHeader.Tensor tensor) {
    TensorData data =
        header.order() == ByteOrder.BIG_ENDIAN
            ? new SwappedBytes(file, tensor)
            : new TensorData.InPlace(file, tensor.offset());
    return new FileModel.Entry(tensor.info(), data);
  }

  private static ModelMetadata metadata(GgufHeader header) {
    Map<String, Object> values = new LinkedHashMap<>();
    header.values().forEach((key, value) -> values.put(key, value.readable()));
    return ModelMetadata.of(values);
  }

  @Override
  public Set<String> savedExtensions() {
    return extensions();
  }

  @Override
  public void save(Model model, Path path, SaveOptions options) throws IOException {
    GgufWriter.write(model, path, options);
  }
}
