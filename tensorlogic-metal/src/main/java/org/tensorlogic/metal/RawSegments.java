package org.tensorlogic.metal;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.tensorlogic.backend.Memory;

/** Native bytes as the buffers through which {@link Memory} shows them to Java. */
public final class RawSegments {
  private RawSegments() {}

  /** Buffers of {@link Memory#SEGMENT_BYTES} over {@code bytes} bytes at an address. */
  public static ByteBuffer[] over(long address, long bytes) {
    ByteBuffer[] segments =
        new ByteBuffer[(int) ((bytes + Memory.SEGMENT_BYTES - 1) / Memory.SEGMENT_BYTES)];
    for (int i = 0; i < segments.length; i++) {
      long from = i * Memory.SEGMENT_BYTES;
      long length = Math.min(Memory.SEGMENT_BYTES, bytes - from);
      segments[i] = new Bytes(address + from, length).asByteBuffer();
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
