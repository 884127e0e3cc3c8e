package org.tensorlogic.reference;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.tensorlogic.backend.Memory;

/**
 * A file mapped read-only by {@link FileChannel#map}, in pieces, unmapped when closed. Java 17 has
 * no public way to unmap; the JDK's own {@code Unsafe.invokeCleaner}, in module jdk.unsupported for
 * this use, is called where it exists, and else the collector unmaps.
 */
final class MappedMemory extends Memory {
  private static final MethodHandle UNMAP = unmapper();

  private final MappedByteBuffer[] pieces;
  private final Path file;

  private MappedMemory(Path file, long size, MappedByteBuffer[] pieces) {
    super(size, pieces);
    this.file = file;
    this.pieces = pieces;
  }

  static MappedMemory map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      MappedByteBuffer[] pieces =
          new MappedByteBuffer[Math.toIntExact((size + SEGMENT_BYTES - 1) / SEGMENT_BYTES)];
      for (int i = 0; i < pieces.length; i++) {
        long from = i * SEGMENT_BYTES;
        long length = Math.min(SEGMENT_BYTES, size - from);
        pieces[i] = channel.map(FileChannel.MapMode.READ_ONLY, from, length);
      }
      return new MappedMemory(file, size, pieces);
    }
  }

  private static MethodHandle unmapper() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      var field = unsafe.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return MethodHandles.empty(MethodType.methodType(void.class, ByteBuffer.class));
    }
  }

  @Override
  public long address() {
    return 0;
  }

  @Override
  protected void free() {
    for (ByteBuffer piece : pieces) {
      try {
        UNMAP.invoke(piece);
      } catch (Error | RuntimeException e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("unmap: " + file, e);
      }
    }
  }
}
