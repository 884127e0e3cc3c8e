package org.tensorlogic.metal.gpu;

import org.tensorlogic.metalcpp.NSAutoreleasePool;

/** Frees at its end what Metal has autoreleased on this thread meanwhile. */
final class AutoreleasePool implements AutoCloseable {
  private final NSAutoreleasePool pool = NSAutoreleasePool.alloc().init();

  private AutoreleasePool() {}

  static AutoreleasePool open() {
    return new AutoreleasePool();
  }

  @Override
  public void close() {
    pool.release();
  }
}
