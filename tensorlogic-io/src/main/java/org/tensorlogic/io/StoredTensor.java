package org.tensorlogic.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** A tensor of a model on its way into a new file. */
public final class StoredTensor {
  private static final int BUFFER = 1 << 20;

  private final Model model;
  private final TensorInfo info;

  /** One tensor of a model. */
  public StoredTensor(Model model, TensorInfo info) {
    this.model = model;
    this.info = info;
  }

  /** What the model says of it. */
  public TensorInfo info() {
    return info;
  }

  /** How the model gives it, or null if it can only list it. */
  public @Nullable Encoding given() {
    Encoding stored = info.encoding();
    if (stored == null) {
      return null;
    }
    if (model instanceof FileModel file) {
      return file.givenEncoding(stored);
    }
    try (Tensor tensor = model.getTensor(info.name())) {
      return isUsedAsIs(tensor) ? tensor.encoding() : tensor.dtype().encoding();
    }
  }

  private static boolean isUsedAsIs(Tensor tensor) {
    return !tensor.encoding().isPacked() || tensor.layout().isContiguous();
  }

  /** What is done with a tensor's elements. */
  public interface Use {
    /** Given them row-major; the storage lives until this returns. */
    void accept(Storage elements) throws IOException;
  }

  /** Lends the elements, without leaving a conversion behind in the model. */
  public void read(Use use) throws IOException {
    try (Tensor given =
        model instanceof FileModel file
            ? file.getUnshared(info.name())
            : model.getTensor(info.name())) {
      if (given.encoding().isPacked() && isUsedAsIs(given)) {
        lend(given, use);
      } else {
        Tensor dense = given.contiguous();
        lend(dense, use);
        if (dense != given) {
          dense.close();
        }
      }
    }
  }

  private static void lend(Tensor dense, Use use) throws IOException {
    Storage whole = dense.storage();
    long offset = whole.byteOffset() + whole.encoding().bytes(dense.layout().offset());
    whole.memory().acquire();
    try {
      use.accept(new Storage(whole.memory(), offset, whole.encoding(), dense.size()));
    } finally {
      whole.memory().release();
    }
  }

  /** Copies elements as they are stored. */
  public static void copy(Storage elements, AtomicFile out) throws IOException {
    copy(elements.memory(), elements.byteOffset(), elements.byteSize(), out);
  }

  /** Writes elements as floats or, rounded, as halves. */
  public static void convert(Storage elements, Encoding plain, AtomicFile out) throws IOException {
    if (elements.encoding() == plain) {
      copy(elements, out);
      return;
    }
    int n = (int) Math.min(BUFFER / 4, elements.size());
    float[] values = new float[n];
    Memory memory = Memory.heap(plain.bytes(n));
    Storage part = Storage.of(memory, plain, n);
    for (long at = 0; at < elements.size(); at += n) {
      int now = (int) Math.min(n, elements.size() - at);
      elements.read(at, values, 0, now);
      part.write(0, values, 0, now);
      copy(memory, 0, plain.bytes(now), out);
    }
  }

  /** The bytes in the file that the model came from, or null if they are not there as they are. */
  public TensorData.@Nullable InPlace raw() {
    return model instanceof FileModel file && file.data(info.name()) instanceof TensorData.InPlace p
        ? p
        : null;
  }

  /** Copies the stored bytes of a tensor that can only be listed. */
  public void copyRaw(TensorData.InPlace raw, AtomicFile out) throws IOException {
    raw.file().requireUnchanged();
    Memory memory = raw.file().memory();
    memory.acquire();
    try {
      copy(memory, raw.offset(), info.bytes(), out);
    } finally {
      memory.release();
    }
  }

  private static void copy(Memory memory, long offset, long size, AtomicFile out)
      throws IOException {
    byte[] buffer = new byte[(int) Math.min(BUFFER, size)];
    for (long at = 0; at < size; ) {
      int n = (int) Math.min(buffer.length, size - at);
      memory.get(offset + at, buffer, 0, n);
      out.write(buffer, 0, n);
      at += n;
    }
  }
}
