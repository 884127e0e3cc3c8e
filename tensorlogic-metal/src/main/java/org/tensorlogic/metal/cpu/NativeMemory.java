package org.tensorlogic.metal.cpu;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.tensorlogic.backend.Memory;

/** Native bytes of a tensor or of a mapped file; {@link NativeHeap} frees what is forgotten. */
final class NativeMemory extends Memory {
  private final NativeHeap.Block block;
  private final String closedMessage;

  NativeMemory(NativeHeap heap, long address, long byteSize, boolean mapped, String closedMessage) {
    super(byteSize);
    this.block = heap.register(this, address, byteSize, mapped);
    this.closedMessage = closedMessage;
  }

  @Override
  public long address() {
    return block.address;
  }

  @Override
  protected void free() {
    block.free();
  }

  @Override
  protected String closedMessage() {
    return closedMessage;
  }

  @Override
  protected ByteBuffer[] open() {
    ByteBuffer[] segments =
        new ByteBuffer[(int) ((byteSize() + SEGMENT_BYTES - 1) / SEGMENT_BYTES)];
    for (int i = 0; i < segments.length; i++) {
      long from = i * SEGMENT_BYTES;
      long length = Math.min(SEGMENT_BYTES, byteSize() - from);
      ByteBuffer segment = new Bytes(block.address + from, length).asByteBuffer();
      segments[i] = block.mapped ? segment.asReadOnlyBuffer() : segment;
    }
    return segments;
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
