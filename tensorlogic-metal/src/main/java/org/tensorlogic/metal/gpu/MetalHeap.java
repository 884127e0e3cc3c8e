package org.tensorlogic.metal.gpu;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.metalcpp.MTLBuffer;

/**
 * Allocates buffers in memory that processor and GPU share, and frees what has become unreachable.
 * Near the device's working set it collects garbage first; beyond it allocation fails.
 */
final class MetalHeap {
  private static final int PATIENCE = 200;

  private final MetalDevice device;
  private final CommandStream stream;
  private final ReferenceQueue<MetalMemory> unreachable = new ReferenceQueue<>();
  private final Set<Block> blocks = new HashSet<>();
  private long live;

  MetalHeap(MetalDevice device, CommandStream stream) {
    this.device = device;
    this.stream = stream;
  }

  /**
   * One buffer, released once. Commands in flight hold it themselves, but not the memory that it
   * stands on: that is closed when they are done.
   */
  static final class Block extends PhantomReference<MetalMemory> {
    final MTLBuffer buffer;
    final long bytes;
    private final @Nullable Memory under;
    private final MetalHeap heap;

    private Block(
        MetalHeap heap, MetalMemory memory, MTLBuffer buffer, long bytes, @Nullable Memory under) {
      super(memory, heap.unreachable);
      this.heap = heap;
      this.buffer = buffer;
      this.bytes = bytes;
      this.under = under;
    }

    void free() {
      synchronized (heap.blocks) {
        if (!heap.blocks.remove(this)) {
          return;
        }
        heap.live -= bytes;
      }
      clear();
      if (under != null) {
        heap.stream.finish();
      }
      buffer.release();
      if (under != null) {
        under.close();
      }
    }
  }

  CommandStream stream() {
    return stream;
  }

  long liveBytes() {
    freeUnreachable();
    synchronized (blocks) {
      return live;
    }
  }

  private void freeUnreachable() {
    Reference<? extends MetalMemory> reference = unreachable.poll();
    while (reference != null) {
      ((Block) reference).free();
      reference = unreachable.poll();
    }
  }

  /**
   * New memory.
   *
   * @throws OutOfMemoryError if it would exceed what the device recommends
   */
  MetalMemory allocate(long bytes) {
    freeUnreachable();
    long limit = device.workingSet();
    if (liveBytes() + bytes > limit) {
      collect();
    }
    long used = liveBytes();
    MTLBuffer buffer = used + bytes > limit ? null : device.newBuffer(Math.max(16, bytes));
    if (buffer == null || buffer.isNull()) {
      throw new OutOfMemoryError(
          "tensor: "
              + bytes
              + " bytes of Metal memory are not available; "
              + used
              + " of the "
              + limit
              + " bytes that "
              + device.name()
              + " recommends are in use, and a buffer holds at most "
              + device.handle().maxBufferLength()
              + ". Close tensors, or open a Scope around temporaries");
    }
    return new MetalMemory(this, buffer, bytes, null);
  }

  /** New memory with the bytes of other memory from an offset on. */
  MetalMemory copyOf(Memory source, long offset, long bytes) {
    MetalMemory copy = allocate(bytes);
    byte[] chunk = new byte[(int) Math.min(bytes, 1 << 20)];
    for (long at = 0; at < bytes; at += chunk.length) {
      int n = (int) Math.min(chunk.length, bytes - at);
      source.get(offset + at, chunk, 0, n);
      copy.put(at, chunk, 0, n);
    }
    return copy;
  }

  /** A buffer that stands on other memory, which is closed after it. */
  MetalMemory adopt(MTLBuffer buffer, long bytes, Memory under) {
    return new MetalMemory(this, buffer, bytes, under);
  }

  Block register(MetalMemory memory, MTLBuffer buffer, long bytes, @Nullable Memory under) {
    Block block = new Block(this, memory, buffer, bytes, under);
    synchronized (blocks) {
      blocks.add(block);
      live += bytes;
    }
    return block;
  }

  private void collect() {
    stream.finish();
    System.gc();
    try {
      Reference<? extends MetalMemory> reference = unreachable.remove(PATIENCE);
      while (reference != null) {
        ((Block) reference).free();
        reference = unreachable.remove(PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
