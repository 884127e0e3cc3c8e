package org.tensorlogic.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;

/**
 * Our side of the comparison with the formats' own readers, which is {@code .ci/interop}. Carries
 * out the commands in a file, one a line, fields separated by tabs; what goes wrong is written to
 * {@code OUT.error}:
 *
 * <ul>
 *   <li>{@code dump IN OUT}: writes what a model holds in a form that is read without a library.
 *       Per tensor: name and stored type (u32 length, UTF-8), u32 rank, u64 extents, u8 readable,
 *       and if it is, the values as f32; little endian
 *   <li>{@code save IN OUT DTYPE [ENCODING]}: loads a model as F16 or F32 and saves it
 * </ul>
 */
final class Interop {
  private static final int CHUNK = 1 << 20;

  private Interop() {}

  public static void main(String[] args) throws IOException {
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] command = line.split("\t", -1);
      Path out = Path.of(command[2]);
      try {
        run(command, Path.of(command[1]), out);
      } catch (IOException | RuntimeException e) {
        Files.writeString(Path.of(out + ".error"), e.toString());
      }
    }
  }

  private static void run(String[] command, Path in, Path out) throws IOException {
    if (command[0].equals("dump")) {
      try (Model model = Models.loadModel(in, LoadOptions.defaults().dtype(DType.F32))) {
        dump(model, out);
      }
      return;
    }
    DType dtype = DType.valueOf(command[3]);
    Encoding encoding = command.length > 4 ? Encoding.valueOf(command[4]) : null;
    try (Model model = Models.loadModel(in, LoadOptions.defaults().dtype(dtype))) {
      Models.saveModel(model, out, SaveOptions.defaults().encoding(encoding));
    }
  }

  private static void dump(Model model, Path out) throws IOException {
    try (DataOutputStream data =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(out), CHUNK))) {
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
    byte[] bytes = text.getBytes(UTF_8);
    out.writeInt(Integer.reverseBytes(bytes.length));
    out.write(bytes);
  }

  private static void values(DataOutputStream out, Tensor tensor) throws IOException {
    Tensor flat = tensor.to(DType.F32).flatten();
    for (long at = 0; at < flat.size(); at += CHUNK) {
      float[] values = flat.slice(Slice.of(at, Math.min(at + CHUNK, flat.size()))).toFloatArray();
      ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      out.write(bytes.array());
    }
  }
}
