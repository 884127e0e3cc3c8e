package org.tensorlogic.metal;

import java.nio.ByteBuffer;
import org.tensorlogic.backend.Memory;

/** Native bytes as the buffers through which {@link Memory} shows them to Java. */
public final class RawSegments {
  private RawSegments() {}

  /** Makes one buffer over raw bytes. */
  public interface Maker {
    /** A buffer over {@code bytes} bytes at an address. */
    ByteBuffer buffer(long address, long bytes);
  }

  /** Buffers of {@link Memory#SEGMENT_BYTES} over {@code bytes} bytes at an address. */
  public static ByteBuffer[] over(long address, long bytes, Maker maker) {
    ByteBuffer[] segments =
        new ByteBuffer[(int) ((bytes + Memory.SEGMENT_BYTES - 1) / Memory.SEGMENT_BYTES)];
    for (int i = 0; i < segments.length; i++) {
      long from = i * Memory.SEGMENT_BYTES;
      segments[i] = maker.buffer(address + from, Math.min(Memory.SEGMENT_BYTES, bytes - from));
    }
    return segments;
  }
}
