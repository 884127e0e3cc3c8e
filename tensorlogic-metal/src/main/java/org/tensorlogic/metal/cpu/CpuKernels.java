package org.tensorlogic.metal.cpu;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * The native entry points, declared by hand for JavaCPP; {@code tensorlogic_cpu.h} documents them.
 * Addresses are raw {@code long}s. {@link CpuLibrary#load()} must have succeeded before the first
 * call.
 */
@Properties(
    value =
        @Platform(
            include = "tensorlogic_cpu.h",
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

  @Name("tl_address")
  static native @Cast("int64_t") long address(@Cast("const void*") ByteBuffer directBuffer);

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

  @Name("tl_level_name")
  static native String levelName(int level);

  @Name("tl_level_supported")
  static native @Cast("bool") boolean levelSupported(int level);

  @Name("tl_active_level")
  static native String activeLevel();

  @Name("tl_force_level")
  static native @Cast("bool") boolean forceLevel(String name);
}
