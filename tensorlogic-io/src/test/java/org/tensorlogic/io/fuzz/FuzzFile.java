package org.tensorlogic.io.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tensorlogic.io.safetensors.SafeTensorsSeeds;

/**
 * A file that is written and opened again and again, within bounds of time and memory; beside it
 * the shard that the seed of an index names.
 */
final class FuzzFile {
  private static final long SLOWEST_MILLIS = 1000;
  private static final long FIXED_BYTES = 4 << 20;
  private static final long BYTES_PER_BYTE = 400;

  private final Path path;

  FuzzFile(String name) {
    try {
      Path folder = Hostile.folder();
      path = folder.resolve(name);
      Path shard = Files.write(folder.resolve("shard.safetensors"), SafeTensorsSeeds.all().get(1));
      for (Path each : List.of(folder, path, shard)) {
        each.toFile().deleteOnExit();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Whether it is a good file; an error if opening it is slow or takes memory out of proportion.
   */
  boolean open(byte[] bytes) {
    try {
      Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return measured(bytes.length, true);
  }

  private boolean measured(int size, boolean again) {
    long start = System.nanoTime();
    long before = allocated();
    boolean good = Hostile.open(path);
    long taken = allocated() - before;
    long millis = (System.nanoTime() - start) / 1_000_000;
    if (millis <= SLOWEST_MILLIS && taken <= FIXED_BYTES + BYTES_PER_BYTE * size) {
      return good;
    }
    if (again) { // the first time also loads classes
      return measured(size, false);
    }
    throw new AssertionError(size + " bytes took " + millis + " ms and allocated " + taken);
  }

  private static long allocated() {
    return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
        ? threads.getCurrentThreadAllocatedBytes()
        : 0;
  }
}
