package org.tensorlogic.io.coreml;

import java.io.IOException;
import org.tensorlogic.Encoding;
import org.tensorlogic.ProgressListener;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.io.TensorData;

/** A tensor that is decompressed when it is asked for, a piece at a time. */
record ComputedTensor(String name, Constant constant, Encoding encoding)
    implements TensorData.Produced {
  private static final int PIECE = 1 << 16;
  private static final long REPORT = 1 << 22;

  @Override
  public void writeTo(Memory target, ProgressListener progress) throws IOException {
    long size = constant.size();
    Storage out = Storage.of(target, encoding, size);
    Numbers numbers = constant.open();
    float[] piece = new float[(int) Math.min(PIECE, size)];
    for (long at = 0; at < size; ) {
      int n = (int) Math.min(piece.length, size - at);
      numbers.read(at, piece, 0, n);
      out.write(at, piece, 0, n);
      at += n;
      if (at == size || at % REPORT == 0) {
        progress.progress("decode " + name, encoding.bytes(at), encoding.bytes(size));
      }
    }
  }
}
