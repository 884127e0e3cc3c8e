package org.tensorlogic.metal.cpu;

import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * The native entry points, declared by hand for JavaCPP; {@code tensorlogic_cpu.h} documents them.
 * Addresses are raw {@code long}s. {@link CpuLibrary#problem()} must have found none before the
 * first call.
 */
@Properties(
    value =
        @Platform(
            include = {"tensorlogic_cpu.h", "jni_entry.h"},
            link = "tensorlogic_cpu",
            library = "jnitensorlogic_cpu",
            compiler = "cpp17"))
@Namespace
final class CpuKernels {

  private CpuKernels() {}

  @Name("tl_run")
  static native @Cast("int64_t") long run(@Cast("int64_t") long command);

  @Name("tl_allocate")
  static native @Cast("int64_t") long allocate(@Cast("int64_t") long bytes);

  @Name("tl_release")
  static native void release(@Cast("int64_t") long address, @Cast("int64_t") long bytes);

  @Name("tl_live_bytes")
  static native @Cast("int64_t") long liveBytes();

  @Name("tl_cached_bytes")
  static native @Cast("int64_t") long cachedBytes();

  @Name("tl_physical_memory")
  static native @Cast("int64_t") long physicalMemory();

  @Name("tl_trim")
  static native void trim();

  @Name("tl_map_file")
  static native @Cast("int64_t") long mapFile(
      @Cast("int64_t") long utf8Path, @Cast("int64_t") long bytes);

  @Name("tl_unmap_file")
  static native void unmapFile(@Cast("int64_t") long address, @Cast("int64_t") long bytes);

  @Name("tl_pool_size")
  static native int poolSize();

  @Name("tl_pool_resize")
  static native void poolResize(int threads);

  @Name("tl_level_count")
  static native int levelCount();

  @Name("tl_level_supported")
  static native @Cast("bool") boolean levelSupported(int level);

  @Name("tl_active_level")
  private static native int activeLevelIndex();

  @Name("tl_force_level")
  private static native @Cast("bool") boolean forceLevelIndex(int level);

  /** The level that computes. */
  static String activeLevel() {
    return NativeObjects.levelName(activeLevelIndex());
  }

  /**
   * Computes on this level from now on, on the best if it is empty; false if it does not run here.
   */
  static boolean forceLevel(String name) {
    for (int i = 0; i < levelCount(); i++) {
      if (NativeObjects.levelName(i).equals(name)) {
        return forceLevelIndex(i);
      }
    }
    return name.isEmpty() && forceLevelIndex(-1);
  }
}
