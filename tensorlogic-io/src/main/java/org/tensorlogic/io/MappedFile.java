package org.tensorlogic.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;

/**
 * A model file mapped as memory: little endian, any size, read only where it is touched. Reading it
 * after {@link #close} is an {@link IllegalStateException}.
 *
 * <p>A file that is written to while it is mapped has other bytes than were checked, and one that
 * shrinks cannot be read where its end was: {@link #requireUnchanged} detects both before data are
 * used. A file cut later, in the middle of a read, ends the read with an {@link InternalError}, or
 * the process if a native kernel is reading.
 */
public final class MappedFile implements AutoCloseable {
  private static final int ATTEMPTS = 100;

  private final Path path;
  private final Memory memory;
  private final RandomAccessFile file; // unlike a channel, not closed by Thread.interrupt()
  private final @Nullable Version version;

  /** Which file is at the path, and when it was last written to. */
  private record Version(@Nullable Object key, FileTime written) {
    /** That of now; null if there is no file any more. */
    static @Nullable Version of(Path path) throws IOException {
      try {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(attributes.fileKey(), attributes.lastModifiedTime());
      } catch (NoSuchFileException e) {
        return null;
      }
    }
  }

  private MappedFile(Path path, Memory memory, RandomAccessFile file, @Nullable Version version) {
    this.path = path;
    this.memory = memory;
    this.file = file;
    this.version = version;
    memory.addOwner();
    memory.closedMessage("the model of this tensor has been closed: " + path);
  }

  /** Maps a file, if the options allow it, into the address space of their backend. */
  public static MappedFile open(Path path, LoadOptions options) throws IOException {
    options.fileCheck().check(path);
    return open(path, options.backend());
  }

  /** Maps a file into the address space of a backend. */
  public static MappedFile open(Path path, Backend backend) throws IOException {
    for (int i = 1; ; i++) {
      MappedFile opened = tryToOpen(path, backend, i == ATTEMPTS);
      if (opened != null) {
        return opened;
      }
    }
  }

  /**
   * The path leads to the file three times, and a writer may put another there in between: null if
   * the file at the end is not that of the beginning.
   */
  private static @Nullable MappedFile tryToOpen(Path path, Backend backend, boolean last)
      throws IOException {
    Version version = Version.of(path);
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
    Memory memory = null;
    boolean done = false;
    try {
      memory = file.length() == 0 ? Memory.heap(0) : backend.map(path);
      done = Objects.equals(version, Version.of(path)) && file.length() == memory.byteSize();
      if (!done && last) {
        throw new IOException(path + ": the file is replaced or written to all the time");
      }
      return done ? new MappedFile(path, memory, file, version) : null;
    } finally {
      if (!done) {
        file.close();
        if (memory != null) {
          memory.close();
        }
      }
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Its size in bytes when it was mapped. */
  public long size() {
    return memory.byteSize();
  }

  /** Its bytes, for tensors that lie in it. */
  public Memory memory() {
    return memory;
  }

  /** The byte at an offset. */
  public byte getByte(long offset) {
    memory.acquire();
    try {
      return memory.getByte(offset);
    } finally {
      memory.release();
    }
  }

  /** The 16 bits at an offset. */
  public short getShort(long offset) {
    memory.acquire();
    try {
      return memory.getShort(offset);
    } finally {
      memory.release();
    }
  }

  /** The 32 bits at an offset. */
  public int getInt(long offset) {
    memory.acquire();
    try {
      return memory.getInt(offset);
    } finally {
      memory.release();
    }
  }

  /** The 64 bits at an offset. */
  public long getLong(long offset) {
    memory.acquire();
    try {
      return memory.getLong(offset);
    } finally {
      memory.release();
    }
  }

  /** A copy of {@code n} bytes. */
  public byte[] getBytes(long offset, int n) {
    byte[] bytes = new byte[n];
    memory.acquire();
    try {
      memory.get(offset, bytes, 0, n);
    } finally {
      memory.release();
    }
    return bytes;
  }

  /**
   * Fills an array from the file itself, past the mapping: faster for data that are read once.
   *
   * @throws MalformedModelException if the file has become shorter
   * @throws IllegalStateException if closed
   */
  public synchronized void readFully(long offset, byte[] target, int n) throws IOException {
    requireOpen();
    file.seek(offset);
    for (int at = 0; at < n; ) {
      int read = file.read(target, at, n - at);
      if (read < 0) {
        throw shortened();
      }
      at += read;
    }
  }

  /**
   * Checks that the file still has the bytes that were mapped, as far as its size and the time of
   * the last writing tell. That another file is at its path now does not matter.
   *
   * @throws UncheckedIOException if it has been written to
   * @throws IllegalStateException if closed
   */
  public void requireUnchanged() {
    try {
      requireLength();
      Version now = Version.of(path);
      if (version != null
          && now != null
          && Objects.equals(now.key, version.key)
          && !now.written.equals(version.written)) {
        throw new MalformedModelException(
            path,
            -1,
            "the file was written to after it had been opened, at "
                + now.written
                + "; load the model again, and write to another file that then takes its place");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private synchronized void requireLength() throws IOException {
    requireOpen();
    if (file.length() < size()) {
      throw shortened();
    }
  }

  /** Under this object's lock: then the file stays open for as long as the lock is held. */
  private void requireOpen() {
    if (memory.isClosed()) {
      throw new IllegalStateException("the model has been closed: " + path);
    }
  }

  private MalformedModelException shortened() throws IOException {
    return new MalformedModelException(
        path,
        file.length(),
        "the file was cut after it had been opened: "
            + size()
            + " bytes then, "
            + file.length()
            + " now; load the model again");
  }

  /** Unmaps the file, at the end of the last operation that is reading it. */
  @Override
  public void close() {
    memory.close(); // before the lock is taken, so that a long reading ends at its next part
    try {
      synchronized (this) {
        file.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("close: " + path, e);
    }
  }
}
