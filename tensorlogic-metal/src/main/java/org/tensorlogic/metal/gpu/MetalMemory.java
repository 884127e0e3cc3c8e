package org.tensorlogic.metal.gpu;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.metal.RawSegments;
import org.tensorlogic.metalcpp.MTLBuffer;
import org.tensorlogic.metalcpp.global.Metal;

/** Shared memory of a Metal buffer; reading it waits for the commands that write it. */
final class MetalMemory extends Memory {
  private final MetalHeap.Block block;
  private final CommandStream stream;
  private final long address;
  private final Memory under;
  private volatile long written;

  MetalMemory(MetalHeap heap, MTLBuffer buffer, long bytes, Memory under) {
    super(bytes);
    this.block = heap.register(this, buffer, bytes);
    this.stream = heap.stream();
    this.address = Metal.contents(buffer);
    this.under = under;
  }

  /** The address that the native side knows the buffer by. */
  long buffer() {
    return block.buffer.address();
  }

  /** The batch that writes it last. */
  void writtenBy(long serial) {
    written = serial;
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
    long serial = written;
    if (serial > 0) {
      stream.await(serial);
      written = 0;
    }
  }

  @Override
  protected void free() {
    block.free();
    under.close();
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
