package org.tensorlogic.backend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A block of bytes with a lifetime, little endian, of any size. Operations hold it while they run
 * ({@link #acquire}, {@link #release}), so closing it never pulls memory from under one: the bytes
 * are freed when the last holder lets go, and every later use is an {@link IllegalStateException}.
 *
 * <p>Java sees it as buffers of {@value #SEGMENT_BYTES} bytes; natives see one contiguous {@link
 * #address}. A subclass frees its bytes in {@link #free}, and by its own means when the object has
 * become unreachable without having been closed.
 */
public abstract class Memory implements AutoCloseable {
  /** Bytes per buffer: the last may be shorter. */
  public static final long SEGMENT_BYTES = 1L << 30;

  private static final int CLOSED = 1 << 31;
  private static final VarHandle STATE;
  private static final VarHandle OWNERS;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Memory.class, "state", int.class);
      OWNERS = MethodHandles.lookup().findVarHandle(Memory.class, "owners", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long byteSize;
  private volatile ByteBuffer @Nullable [] segments;

  private @Nullable Runnable closedAction;
  private String closedMessage = "the tensor has been closed";

  @SuppressWarnings("UnusedVariable") // by VarHandle: number of holders, sign bit when closed
  private volatile int state;

  @SuppressWarnings("UnusedVariable") // by VarHandle: open tensors over this memory
  private volatile int owners;

  /** A memory over segments, each {@link #SEGMENT_BYTES} long but for the last. */
  protected Memory(long byteSize, ByteBuffer... segments) {
    this.byteSize = byteSize;
    this.segments = littleEndian(segments);
  }

  /** A memory whose segments {@link #open} makes when Java first reads or writes it. */
  protected Memory(long byteSize) {
    this.byteSize = byteSize;
  }

  private static ByteBuffer[] littleEndian(ByteBuffer[] given) {
    ByteBuffer[] segments = new ByteBuffer[given.length];
    for (int i = 0; i < given.length; i++) {
      segments[i] = given[i].duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
    return segments;
  }

  /** Garbage-collected memory on the Java heap, zeroed; it has no address. */
  public static Memory heap(long byteSize) {
    return new HeapMemory(byteSize);
  }

  /** Size in bytes. */
  public final long byteSize() {
    return byteSize;
  }

  /** The raw address of the first byte, or 0 if natives cannot see this memory. */
  public abstract long address();

  /** Frees the bytes; called once, when closed and no longer held. */
  protected abstract void free();

  /** The segments, if the constructor was given none; may be called more than once. */
  protected ByteBuffer[] open() {
    throw new UnsupportedOperationException(getClass() + " has no buffers");
  }

  /** Waits until everything written so far can be read; for backends that compute later. */
  protected void awaitWrites() {}

  /**
   * Begins a use; pair with {@link #release}.
   *
   * @throws IllegalStateException if closed
   */
  public final void acquire() {
    int seen;
    do {
      seen = (int) STATE.getVolatile(this);
      if (seen < 0) {
        throw new IllegalStateException(closedMessage);
      }
    } while (!STATE.compareAndSet(this, seen, seen + 1));
  }

  /** Ends a use. */
  public final void release() {
    int before = (int) STATE.getAndAdd(this, -1);
    if (before == (CLOSED | 1)) {
      free();
    }
  }

  /** One more tensor stands on this memory. */
  public final void addOwner() {
    OWNERS.getAndAdd(this, 1);
  }

  /** A tensor on this memory was closed; with the last one the memory is closed. */
  public final void removeOwner() {
    if ((int) OWNERS.getAndAdd(this, -1) == 1) {
      close();
    }
  }

  /** True after {@link #close}. */
  public final boolean isClosed() {
    return (int) STATE.getVolatile(this) < 0;
  }

  /** Closes it for everybody; freed as soon as no operation holds it. Closing twice is harmless. */
  @Override
  public final void close() {
    int before = (int) STATE.getAndBitwiseOr(this, CLOSED);
    if (before >= 0 && closedAction != null) {
      closedAction.run();
    }
    if (before == 0) {
      free();
    }
  }

  /** Runs an action once, when this memory is closed; set before it is shared. */
  public final void whenClosed(Runnable action) {
    closedAction = action;
  }

  /** What to say when it is used after {@link #close}; set before it is shared. */
  public final void closedMessage(String message) {
    closedMessage = message;
  }

  /** The little-endian buffer that holds the byte at {@code offset}, at its own position 0. */
  private ByteBuffer segment(long offset) {
    ByteBuffer[] opened = segments;
    if (opened == null) {
      opened = littleEndian(open());
      segments = opened;
    }
    return opened[(int) (offset / SEGMENT_BYTES)];
  }

  private static int within(long offset) {
    return (int) (offset % SEGMENT_BYTES);
  }

  private void check(long offset, long bytes) {
    if (offset < 0 || bytes < 0 || offset > byteSize - bytes) {
      throw new IndexOutOfBoundsException(
          "memory: " + bytes + " bytes at " + offset + " are outside its " + byteSize + " bytes");
    }
  }

  /** Copies {@code n} bytes out. */
  public final void get(long offset, byte[] target, int at, int n) {
    check(offset, n);
    awaitWrites();
    while (n > 0) {
      int now = (int) Math.min(n, SEGMENT_BYTES - within(offset));
      segment(offset).get(within(offset), target, at, now);
      offset += now;
      at += now;
      n -= now;
    }
  }

  /** Copies {@code n} bytes in. */
  public final void put(long offset, byte[] source, int at, int n) {
    check(offset, n);
    awaitWrites();
    while (n > 0) {
      int now = (int) Math.min(n, SEGMENT_BYTES - within(offset));
      segment(offset).put(within(offset), source, at, now);
      offset += now;
      at += now;
      n -= now;
    }
  }

  /** Copies {@code n} shorts out; the offset is in bytes and need not be aligned. */
  public final void get(long offset, short[] target, int at, int n) {
    check(offset, 2L * n);
    awaitWrites();
    while (n > 0) {
      int now = wholeValues(offset, n, 2);
      if (now == 0) {
        target[at] = (short) straddling(offset, 2);
        now = 1;
      } else {
        view(offset).asShortBuffer().get(target, at, now);
      }
      offset += 2L * now;
      at += now;
      n -= now;
    }
  }

  /** Copies {@code n} shorts in; the offset is in bytes and need not be aligned. */
  public final void put(long offset, short[] source, int at, int n) {
    check(offset, 2L * n);
    awaitWrites();
    while (n > 0) {
      int now = wholeValues(offset, n, 2);
      if (now == 0) {
        straddling(offset, 2, source[at]);
        now = 1;
      } else {
        view(offset).asShortBuffer().put(source, at, now);
      }
      offset += 2L * now;
      at += now;
      n -= now;
    }
  }

  /** Copies {@code n} floats out; the offset is in bytes and need not be aligned. */
  public final void get(long offset, float[] target, int at, int n) {
    check(offset, 4L * n);
    awaitWrites();
    while (n > 0) {
      int now = wholeValues(offset, n, 4);
      if (now == 0) {
        target[at] = Float.intBitsToFloat((int) straddling(offset, 4));
        now = 1;
      } else {
        view(offset).asFloatBuffer().get(target, at, now);
      }
      offset += 4L * now;
      at += now;
      n -= now;
    }
  }

  /** Copies {@code n} floats in; the offset is in bytes and need not be aligned. */
  public final void put(long offset, float[] source, int at, int n) {
    check(offset, 4L * n);
    awaitWrites();
    while (n > 0) {
      int now = wholeValues(offset, n, 4);
      if (now == 0) {
        straddling(offset, 4, Float.floatToRawIntBits(source[at]));
        now = 1;
      } else {
        view(offset).asFloatBuffer().put(source, at, now);
      }
      offset += 4L * now;
      at += now;
      n -= now;
    }
  }

  /** The byte at an offset. */
  public final byte getByte(long offset) {
    check(offset, 1);
    awaitWrites();
    return segment(offset).get(within(offset));
  }

  /** The 16 bits at a byte offset. */
  public final short getShort(long offset) {
    check(offset, 2);
    awaitWrites();
    return fits(offset, 2)
        ? segment(offset).getShort(within(offset))
        : (short) straddling(offset, 2);
  }

  /** The 32 bits at a byte offset. */
  public final int getInt(long offset) {
    check(offset, 4);
    awaitWrites();
    return fits(offset, 4) ? segment(offset).getInt(within(offset)) : (int) straddling(offset, 4);
  }

  /** The 64 bits at a byte offset. */
  public final long getLong(long offset) {
    check(offset, 8);
    awaitWrites();
    return fits(offset, 8) ? segment(offset).getLong(within(offset)) : straddling(offset, 8);
  }

  private ByteBuffer view(long offset) {
    return segment(offset).duplicate().position(within(offset)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static boolean fits(long offset, int bytes) {
    return within(offset) <= SEGMENT_BYTES - bytes;
  }

  private static int wholeValues(long offset, int n, int bytes) {
    return (int) Math.min(n, (SEGMENT_BYTES - within(offset)) / bytes);
  }

  private long straddling(long offset, int bytes) {
    long bits = 0;
    for (int i = 0; i < bytes; i++) {
      bits |= (segment(offset + i).get(within(offset + i)) & 0xFFL) << (8 * i);
    }
    return bits;
  }

  private void straddling(long offset, int bytes, long bits) {
    for (int i = 0; i < bytes; i++) {
      segment(offset + i).put(within(offset + i), (byte) (bits >>> (8 * i)));
    }
  }

  private static final class HeapMemory extends Memory {
    HeapMemory(long byteSize) {
      super(byteSize, allocate(byteSize));
    }

    private static ByteBuffer[] allocate(long byteSize) {
      ByteBuffer[] segments =
          new ByteBuffer[(int) ((byteSize + SEGMENT_BYTES - 1) / SEGMENT_BYTES)];
      for (int i = 0; i < segments.length; i++) {
        long left = byteSize - i * SEGMENT_BYTES;
        segments[i] = ByteBuffer.allocate((int) Math.min(left, SEGMENT_BYTES));
      }
      return segments;
    }

    @Override
    public long address() {
      return 0;
    }

    @Override
    protected void free() {} // the collector's
  }
}
