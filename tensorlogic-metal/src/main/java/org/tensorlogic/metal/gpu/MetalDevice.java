package org.tensorlogic.metal.gpu;

import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.metalcpp.MTLBuffer;
import org.tensorlogic.metalcpp.MTLCommandQueue;
import org.tensorlogic.metalcpp.MTLDevice;
import org.tensorlogic.metalcpp.global.Metal;
import org.tensorlogic.metalcpp.presets.MetalCpp;

/** The system's GPU, found once. */
final class MetalDevice {
  private static final String LIBRARY = "jnitensorlogic_metal";

  private final MTLDevice device;
  private final MTLCommandQueue queue;
  private final String name;

  @SuppressWarnings("try") // the pool frees
  private MetalDevice(MTLDevice device) {
    this.device = device;
    this.queue = device.newCommandQueue();
    try (AutoreleasePool pool = AutoreleasePool.open()) {
      this.name = device.name().utf8String().getString();
    }
  }

  private static final class Holder {
    static @Nullable String problem;
    static final @Nullable MetalDevice DEVICE = open();

    private static @Nullable MetalDevice open() {
      try {
        String platform = Loader.getPlatform();
        String resource =
            "/org/tensorlogic/metalcpp/" + platform + "/" + System.mapLibraryName(LIBRARY);
        if (MetalDevice.class.getResource(resource) == null) {
          problem = "this build carries no Metal for " + platform + "; it runs on macosx-arm64";
          return null;
        }
        Loader.load(MetalCpp.class);
        MTLDevice device = Metal.CreateSystemDefaultDevice();
        if (device == null || device.isNull()) {
          problem = "the system has no Metal device";
          return null;
        }
        return new MetalDevice(device);
      } catch (LinkageError | RuntimeException e) {
        problem = "Metal does not load: " + e;
        return null;
      }
    }
  }

  /** Why there is no device, or null if there is one. */
  static @Nullable String problem() {
    return Holder.DEVICE == null ? String.valueOf(Holder.problem) : null;
  }

  /**
   * The device.
   *
   * @throws IllegalStateException if there is none, with the reason
   */
  static MetalDevice get() {
    MetalDevice device = Holder.DEVICE;
    if (device == null) {
      throw new IllegalStateException("metal: " + Holder.problem);
    }
    return device;
  }

  MTLDevice handle() {
    return device;
  }

  MTLCommandQueue queue() {
    return queue;
  }

  String name() {
    return name;
  }

  /** A new buffer that processor and GPU share, or null where the device refuses. */
  @SuppressWarnings("try") // the pool frees
  @Nullable MTLBuffer newBuffer(long bytes) {
    try (AutoreleasePool pool = AutoreleasePool.open()) {
      return device.newBuffer(bytes, Metal.ResourceStorageModeShared);
    }
  }

  /** Bytes that can be used without the system's slowing down or refusing. */
  long workingSet() {
    return device.recommendedMaxWorkingSetSize();
  }
}
