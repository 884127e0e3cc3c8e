package org.tensorlogic.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.ProgressListener;

/**
 * A new file that appears at its place, or replaces the old one, only when {@link #commit} has
 * found everything written. The old one, if mapped, keeps its data; the new one has its
 * permissions. Where a link leads to a file, that file is replaced and the link stays. (Windows
 * refuses to replace a mapped file: close the model first.)
 */
public final class AtomicFile implements AutoCloseable {
  private static final long REPORT_BYTES = 1 << 24;

  private final Path named;
  private final Path target;
  private final Path temporary;
  private final @Nullable Set<PosixFilePermission> permissions;
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
   * @throws FileSystemException naming the target, if no file can be written there
   */
  public AtomicFile(Path path, long total, ProgressListener progress) throws IOException {
    this.named = path;
    this.target = Files.exists(path) ? path.toRealPath() : path;
    this.total = total;
    this.progress = progress;
    requirePlace();
    this.permissions = permissions(target);
    String name = Long.toHexString(ThreadLocalRandom.current().nextLong());
    this.temporary = target.resolveSibling("." + name + ".tmp"); // however long the target's is
    try {
      this.channel = create();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Those of a file that will be replaced, where there are such; else null. */
  private static @Nullable Set<PosixFilePermission> permissions(Path file) throws IOException {
    PosixFileAttributeView view =
        Files.exists(file) ? Files.getFileAttributeView(file, PosixFileAttributeView.class) : null;
    return view == null ? null : view.readAttributes().permissions();
  }

  private FileChannel create() throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return permissions == null
        ? FileChannel.open(temporary, options)
        : FileChannel.open(temporary, options, PosixFilePermissions.asFileAttribute(permissions));
  }

  private void requirePlace() throws IOException {
    Path directory = target.toAbsolutePath().getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      throw new NoSuchFileException(
          named.toString(), null, "there is no directory " + directory + "; create it first");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new FileAlreadyExistsException(
          named.toString(),
          null,
          "what is there is no file and is not replaced; choose another name");
    }
  }

  /** The error in terms of the target: nobody knows the temporary file. */
  private FileSystemException failed(IOException e) {
    String reason =
        e instanceof AccessDeniedException
            ? "permission denied; its directory must be writable"
            : e instanceof FileSystemException file && file.getReason() != null
                ? file.getReason()
                : e.getMessage() != null ? e.getMessage() : e.toString();
    FileSystemException failure =
        new FileSystemException(named.toString(), null, "it was not written: " + reason);
    failure.initCause(e);
    return failure;
  }

  /** Appends bytes. */
  public void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  /** Appends bytes. */
  public void write(byte[] bytes, int from, int n) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, n);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw failed(e);
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
    progress.progress("write " + named.getFileName(), written, total);
  }

  /** Makes the file appear. */
  public void commit() throws IOException {
    try {
      channel.force(true);
      channel.close();
      if (permissions != null) {
        Files.setPosixFilePermissions(temporary, permissions); // creation obeyed the umask
      }
      move();
    } catch (IOException e) {
      throw failed(e);
    }
    committed = true;
    forceDirectory();
    report();
  }

  /** Makes the new name last, where directories can be opened (not on Windows). */
  private void forceDirectory() {
    Path directory = target.toAbsolutePath().getParent();
    if (directory == null) {
      return;
    }
    try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    } catch (IOException e) {
      return; // the file is there all the same
    }
  }

  private void move() throws IOException {
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
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
