package org.tensorlogic.metal.cpu;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Allocates native memory and frees what has become unreachable. The collector does not see native
 * bytes, so this asks for a collection when they have grown by a quarter (at least 256 MiB, at most
 * 1 GiB) since the last one. Our collections take at most a tenth of the time, unless 2 GiB more
 * have been allocated or three quarters of the machine's memory are in use. Before giving up on an
 * allocation it collects in any case.
 */
final class NativeHeap {
  private static final long MIB = 1L << 20;
  private static final long LEAST_GROWTH = 256 * MIB;
  private static final long MOST_GROWTH = 1024 * MIB;
  private static final int SHARE_OF_TIME = 10;
  private static final int[] LAST_RESORT_WAITS = {50, 200, 500};

  private final ReferenceQueue<NativeMemory> unreachable = new ReferenceQueue<>();
  private final AtomicLong live = new AtomicLong();
  private final ReentrantLock collecting = new ReentrantLock();
  private final Object listLock = new Object();
  private final long plenty;
  private @Nullable Block blocks; // keeps the references reachable
  private volatile long threshold = LEAST_GROWTH;
  private volatile long nextCollection = System.nanoTime();
  private long count;

  NativeHeap() {
    long physical = CpuKernels.physicalMemory();
    plenty = physical > 0 ? physical / 4 * 3 : Long.MAX_VALUE;
  }

  /** One block, freed once: by its memory's closing or when that has become unreachable. */
  static final class Block extends PhantomReference<NativeMemory> {
    final long address;
    final boolean mapped;
    private final long bytes;
    private final NativeHeap heap;
    private @Nullable Block previous;
    private @Nullable Block next;
    private boolean freed;

    private Block(NativeHeap heap, NativeMemory memory, long address, long bytes, boolean mapped) {
      super(memory, heap.unreachable);
      this.heap = heap;
      this.address = address;
      this.bytes = bytes;
      this.mapped = mapped;
    }

    void free() {
      if (heap.unlink(this)) {
        clear();
        if (mapped) {
          CpuKernels.unmapFile(address, bytes);
        } else {
          CpuKernels.release(address, bytes);
          heap.live.addAndGet(-bytes);
        }
      }
    }
  }

  Block register(NativeMemory memory, long address, long bytes, boolean mapped) {
    Block block = new Block(this, memory, address, bytes, mapped);
    synchronized (listLock) {
      block.next = blocks;
      if (blocks != null) {
        blocks.previous = block;
      }
      blocks = block;
      count++;
    }
    return block;
  }

  private boolean unlink(Block block) {
    synchronized (listLock) {
      if (block.freed) {
        return false;
      }
      block.freed = true;
      if (block.previous == null) {
        blocks = block.next;
      } else {
        block.previous.next = block.next;
      }
      if (block.next != null) {
        block.next.previous = block.previous;
      }
      block.previous = null;
      block.next = null;
      count--;
      return true;
    }
  }

  /** Bytes of the tensors that have not been freed. */
  long liveBytes() {
    freeUnreachable();
    return live.get();
  }

  /**
   * A new block.
   *
   * @throws OutOfMemoryError if the system has no more, after collecting
   */
  NativeMemory allocate(long bytes) {
    freeUnreachable();
    if (live.get() + bytes > threshold) {
      collectIfDue(bytes);
    }
    long address = CpuKernels.allocate(bytes);
    for (int i = 0; address == 0 && i < LAST_RESORT_WAITS.length; i++) {
      collect(LAST_RESORT_WAITS[i]);
      address = CpuKernels.allocate(bytes);
    }
    if (address == 0) {
      throw new OutOfMemoryError(
          "tensor: "
              + bytes
              + " bytes of native memory are not available; "
              + live.get()
              + " bytes in "
              + count
              + " blocks are in use. Close tensors, or open a Scope around temporaries");
    }
    live.addAndGet(bytes);
    return new NativeMemory(this, address, bytes, false);
  }

  private void freeUnreachable() {
    Reference<? extends NativeMemory> reference = unreachable.poll();
    while (reference != null) {
      ((Block) reference).free();
      reference = unreachable.poll();
    }
  }

  private void collectIfDue(long wanted) {
    boolean pressing = live.get() + wanted > Math.min(plenty, threshold + 2 * MOST_GROWTH);
    if ((pressing || System.nanoTime() - nextCollection >= 0) && collecting.tryLock()) {
      try {
        if (live.get() + wanted > threshold) {
          collectNow(pressing ? 200 : 20); // a loaded machine hands references over late
        }
      } finally {
        collecting.unlock();
      }
    }
  }

  private void collect(int patience) {
    collecting.lock();
    try {
      collectNow(patience);
      CpuKernels.trim();
    } finally {
      collecting.unlock();
    }
  }

  /** Collects, then frees what arrives until nothing has for {@code patience} milliseconds. */
  private void collectNow(int patience) {
    long before = live.get();
    long begin = System.nanoTime();
    System.gc();
    long end = System.nanoTime();
    boolean interrupted = false;
    while (true) {
      try {
        Reference<? extends NativeMemory> reference =
            unreachable.remove(live.get() < before / 2 ? 1 : patience);
        if (reference == null) {
          break;
        }
        ((Block) reference).free();
        freeUnreachable();
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    nextCollection = end + SHARE_OF_TIME * (end - begin);
    long left = live.get();
    threshold = left + Math.max(LEAST_GROWTH, Math.min(left / 4, MOST_GROWTH));
  }
}
