package org.tensorlogic.metal.cpu;

import java.nio.ByteBuffer;

/**
 * Native entry points that take or give an object. They are written by hand, in {@code
 * jni_entry.h}: JavaCPP's need its class {@code Pointer}, whose thread outlives an application that
 * is redeployed.
 */
final class NativeObjects {
  private NativeObjects() {}

  /** The address of a direct buffer's first byte, whatever its position. */
  static native long address(ByteBuffer direct);

  /** A buffer over bytes at an address; it does not keep them alive. */
  static native ByteBuffer buffer(long address, long bytes);

  /** The name of a SIMD level. */
  static native String levelName(int level);
}
