package org.tensorlogic.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.tensorlogic.ProgressListener;

/**
 * A new file that appears at its place, or replaces the old one, only when {@link #commit} has
 * found everything written. The old one, if mapped, keeps its data. (Windows refuses to replace a
 * mapped file: close the model first.)
 */
public final class AtomicFile implements AutoCloseable {
  private static final long REPORT_BYTES = 1 << 24;

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final ProgressListener progress;
  private final long total;
  private long written;
  private long reported;
  private boolean committed;

  /**
   * Opens a temporary file beside the target.
   *
   * @param total bytes that will be written
   */
  public AtomicFile(Path target, long total, ProgressListener progress) throws IOException {
    this.target = target;
    this.total = total;
    this.progress = progress;
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    this.temporary = target.resolveSibling("." + target.getFileName() + "." + suffix + ".tmp");
    this.channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Appends bytes. */
  public void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  /** Appends bytes. */
  public void write(byte[] bytes, int from, int n) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, n);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    written += n;
    if (written - reported >= REPORT_BYTES) {
      report();
    }
  }

  /** Appends zeros up to a position. */
  public void padTo(long position) throws IOException {
    write(new byte[Math.toIntExact(position - written)]);
  }

  /** Bytes written so far. */
  public long position() {
    return written;
  }

  private void report() {
    reported = written;
    progress.progress("write " + target.getFileName(), written, total);
  }

  /** Makes the file appear. */
  public void commit() throws IOException {
    channel.force(true);
    channel.close();
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
    committed = true;
    report();
  }

  /** Removes the temporary file if there was no commit. */
  @Override
  public void close() throws IOException {
    if (!committed) {
      channel.close();
      Files.deleteIfExists(temporary);
    }
  }
}
