package org.tensorlogic.io.coreml;

import java.io.InputStream;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.io.MappedFile;

/** Bytes of a mapped file as a stream; skipping costs nothing. */
final class FileRange extends InputStream {
  private final Memory memory;
  private long position;
  private final long end;

  FileRange(MappedFile file, long start, long size) {
    this.memory = file.memory();
    this.position = start;
    this.end = start + size;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int at, int n) {
    int now = (int) Math.min(n, end - position);
    if (now <= 0) {
      return n == 0 ? 0 : -1;
    }
    memory.acquire();
    try {
      memory.get(position, target, at, now);
    } finally {
      memory.release();
    }
    position += now;
    return now;
  }

  @Override
  public long skip(long n) {
    long now = Math.max(0, Math.min(n, end - position));
    position += now;
    return now;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, end - position);
  }
}
