package org.tensorlogic.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.LoadOptions.Residency;
import org.tensorlogic.ProgressListener;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** One tensor of a {@link FileModel} that has been asked for, and the forms it was brought into. */
final class FetchedTensor {
  /** Elements per call of the backend, between which progress is told; whole blocks. */
  private static final long CHUNK = 1 << 24;

  private static final int READ_BYTES = 1 << 18;

  private final FileModel model;
  private final TensorInfo info;
  private final TensorData data;
  private final Encoding stored;
  private final Shape shape;
  private final LoadOptions options;
  private final Map<Encoding, Storage> kept = new EnumMap<>(Encoding.class);

  FetchedTensor(FileModel model, FileModel.Entry entry, LoadOptions options) {
    this.model = model;
    this.info = entry.info();
    this.data = entry.data();
    this.stored = requireReadable(info);
    this.shape = Shape.of(info.shape().stream().mapToLong(Long::longValue).toArray());
    this.options = options;
  }

  private static Encoding requireReadable(TensorInfo info) {
    Encoding encoding = info.encoding();
    if (encoding == null) {
      throw new UnsupportedOperationException(
          "getTensor: '"
              + info.name()
              + "' is stored as "
              + info.storedType()
              + info.shape()
              + ", which is listed but cannot be computed with; store it as F16 or F32 (at most "
              + Shape.MAX_RANK
              + " axes) to use it");
    }
    return encoding;
  }

  /** Quantized weights stay as they are, single numbers become the wanted type, or the nearest. */
  static Encoding given(Encoding stored, @Nullable DType dtype) {
    if (stored.blockSize() > 1) {
      return stored;
    }
    return dtype == null ? stored.dtype().encoding() : dtype.encoding();
  }

  /** A tensor on memory that lives as long as the model. */
  Tensor shared(@Nullable DType dtype) {
    Encoding wanted = given(stored, dtype);
    Storage storage = wanted == stored ? inPlace() : null;
    return Tensor.over(options.backend(), storage != null ? storage : keep(wanted), shape);
  }

  /** A tensor on memory that goes with it, unless the model has it already. */
  Tensor unshared(@Nullable DType dtype) {
    Encoding wanted = given(stored, dtype);
    Storage storage = wanted == stored ? inPlace() : null;
    if (storage == null) {
      synchronized (this) {
        storage = kept.get(wanted);
      }
    }
    return Tensor.over(options.backend(), storage != null ? storage : bring(wanted), shape);
  }

  /** The elements in the file, or null if they cannot be used there. */
  private @Nullable Storage inPlace() {
    if (data instanceof TensorData.InPlace place && options.residency() == Residency.MAPPED) {
      place.file().requireUnchanged();
      return isAligned(place) ? storageOf(place) : null;
    }
    return null;
  }

  private boolean isAligned(TensorData.InPlace place) {
    return stored.blockSize() > 1 || place.offset() % stored.blockBytes() == 0;
  }

  private Storage storageOf(TensorData.InPlace place) {
    return new Storage(place.file().memory(), place.offset(), stored, shape.size());
  }

  private synchronized Storage keep(Encoding wanted) {
    model.requireOpen();
    Storage storage = kept.get(wanted);
    if (storage == null) {
      storage = bring(wanted);
      storage.memory().addOwner();
      storage.memory().closedMessage(model.closedMessage());
      kept.put(wanted, storage);
    }
    return storage;
  }

  private Storage bring(Encoding wanted) {
    model.requireUnchanged();
    try {
      if (wanted == stored) {
        return produce();
      }
      if (data instanceof TensorData.InPlace place) {
        return convert(storageOf(place), wanted);
      }
      Storage produced = produce();
      try {
        return convert(produced, wanted);
      } finally {
        produced.memory().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The stored bytes in memory of their own. */
  private Storage produce() throws IOException {
    ProgressListener progress = options.progress();
    Memory memory = options.backend().allocate(stored.bytes(shape.size()));
    boolean done = false;
    try {
      if (data instanceof TensorData.Produced produced) {
        produced.writeTo(memory, progress);
      } else if (data instanceof TensorData.InPlace place) {
        read(place, memory, progress);
      }
      done = true;
      return Storage.of(memory, stored, shape.size());
    } finally {
      if (!done) {
        memory.close();
      }
    }
  }

  private void read(TensorData.InPlace place, Memory memory, ProgressListener progress)
      throws IOException {
    long size = memory.byteSize();
    byte[] buffer = new byte[(int) Math.min(READ_BYTES, size)];
    for (long at = 0; at < size; ) {
      int n = (int) Math.min(buffer.length, size - at);
      place.file().readFully(place.offset() + at, buffer, n);
      memory.put(at, buffer, 0, n);
      at += n;
      if (at == size || at % CHUNK == 0) {
        progress.progress("read " + info.name(), at, size);
      }
    }
  }

  private Storage convert(Storage from, Encoding wanted) {
    Backend backend = options.backend();
    Memory memory = backend.allocate(wanted.bytes(shape.size()));
    boolean done = false;
    from.memory().acquire();
    try {
      for (long at = 0; at < shape.size(); ) {
        long n = Math.min(CHUNK, shape.size() - at);
        backend.copy(part(backend, from, at, n), part(backend, memory, wanted, at, n));
        at += n;
        options
            .progress()
            .progress("convert " + info.name(), stored.bytes(at), stored.bytes(shape.size()));
      }
      done = true;
      return Storage.of(memory, wanted, shape.size());
    } finally {
      from.memory().release();
      if (!done) {
        memory.close();
      }
    }
  }

  private static Tensor part(Backend backend, Storage whole, long at, long n) {
    long offset = whole.byteOffset() + whole.encoding().bytes(at);
    Storage storage = new Storage(whole.memory(), offset, whole.encoding(), n);
    return Tensor.borrow(backend, storage, Layout.contiguous(Shape.of(n)));
  }

  private static Tensor part(Backend backend, Memory memory, Encoding encoding, long at, long n) {
    Storage storage = new Storage(memory, encoding.bytes(at), encoding, n);
    return Tensor.borrow(backend, storage, Layout.contiguous(Shape.of(n)));
  }

  synchronized void close() {
    kept.values().forEach(storage -> storage.memory().close());
    kept.clear();
  }
}
