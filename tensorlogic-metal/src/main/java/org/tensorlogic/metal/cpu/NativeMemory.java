package org.tensorlogic.metal.cpu;

import java.nio.ByteBuffer;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.metal.RawSegments;

/** Native bytes of a tensor or of a mapped file; {@link NativeHeap} frees what is forgotten. */
final class NativeMemory extends Memory {
  private final NativeHeap.Block block;

  NativeMemory(NativeHeap heap, long address, long byteSize, boolean mapped) {
    super(byteSize);
    this.block = heap.register(this, address, byteSize, mapped);
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
  protected ByteBuffer[] open() {
    ByteBuffer[] segments = RawSegments.over(block.address, byteSize(), NativeObjects::buffer);
    for (int i = 0; block.mapped && i < segments.length; i++) {
      segments[i] = segments[i].asReadOnlyBuffer();
    }
    return segments;
  }
}
