package org.tensorlogic.io;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;

/**
 * Writes what a model file holds in a form that other languages read without a library; for the
 * comparison with the formats' own readers. Arguments are pairs MODEL OUT, or {@code save IN OUT
 * [ENCODING]} to load a model and save it again. Per tensor: name and stored type (u32 length,
 * UTF-8), u32 rank, u64 extents, u8 readable, and if it is, the values as f32; little endian.
 */
final class Dump {
  private Dump() {}

  public static void main(String[] args) throws IOException {
    if (args[0].equals("save")) {
      save(args);
      return;
    }
    for (int i = 0; i < args.length; i += 2) {
      dump(Path.of(args[i]), Path.of(args[i + 1]));
    }
  }

  private static void save(String[] args) throws IOException {
    Encoding encoding = args.length > 3 ? Encoding.valueOf(args[3]) : null;
    LoadOptions options = LoadOptions.defaults().dtype(DType.F32);
    try (Model model = Models.loadModel(Path.of(args[1]), options)) {
      Models.saveModel(
          model, Path.of(args[2]), org.tensorlogic.SaveOptions.defaults().encoding(encoding));
    }
  }

  private static void dump(Path from, Path to) throws IOException {
    LoadOptions options = LoadOptions.defaults().dtype(DType.F32);
    try (Model model = Models.loadModel(from, options);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(to), 1 << 20)) {
      DataOutputStream data = new DataOutputStream(out);
      for (TensorInfo info : model.tensors()) {
        text(data, info.name());
        text(data, info.storedType());
        data.writeInt(Integer.reverseBytes(info.shape().size()));
        for (long extent : info.shape()) {
          data.writeLong(Long.reverseBytes(extent));
        }
        data.writeByte(info.isReadable() ? 1 : 0);
        if (info.isReadable()) {
          values(data, model.getTensor(info.name()));
        }
      }
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(Integer.reverseBytes(bytes.length));
    out.write(bytes);
  }

  private static void values(DataOutputStream out, Tensor tensor) throws IOException {
    Tensor flat = tensor.to(DType.F32).flatten();
    for (long at = 0; at < flat.size(); at += 1 << 20) {
      int n = (int) Math.min(1 << 20, flat.size() - at);
      ByteBuffer bytes = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(flat.slice(org.tensorlogic.Slice.of(at, at + n)).toFloatArray());
      out.write(bytes.array());
    }
    assert flat.shape().equals(Shape.of(tensor.size()));
  }
}
