package org.tensorlogic.metal.gpu;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.metal.RawSegments;
import org.tensorlogic.metalcpp.MTLBuffer;
import org.tensorlogic.metalcpp.global.Metal;

/** Shared memory of a Metal buffer; reading it waits for the commands that write it. */
final class MetalMemory extends Memory {
  private final MetalHeap.Block block;
  private final CommandStream stream;
  private final long address;
  private final AtomicLong written = new AtomicLong(); // the batch, 0 if it is done

  /** Memory of a buffer that stands on other memory, or on its own. */
  MetalMemory(MetalHeap heap, MTLBuffer buffer, long bytes, @Nullable Memory under) {
    super(bytes);
    this.block = heap.register(this, buffer, bytes, under);
    this.stream = heap.stream();
    this.address = Metal.contents(buffer);
  }

  /** The address that the native side knows the buffer by. */
  long buffer() {
    return block.buffer.address();
  }

  /** The batch that writes it last. */
  void writtenBy(long serial) {
    written.set(serial);
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  protected ByteBuffer[] open() {
    return RawSegments.over(address, byteSize(), (from, n) -> new Bytes(from, n).asByteBuffer());
  }

  @Override
  protected void awaitWrites() {
    long serial = written.get();
    if (serial > 0) {
      stream.await(serial);
      written.compareAndSet(serial, 0); // another thread may have written anew
    }
  }

  @Override
  protected void free() {
    block.free();
  }

  /** A raw address as a JavaCPP pointer without a deallocator. */
  private static final class Bytes extends Pointer {
    Bytes(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }
}
