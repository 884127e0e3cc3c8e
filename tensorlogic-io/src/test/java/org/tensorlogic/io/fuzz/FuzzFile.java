package org.tensorlogic.io.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.tensorlogic.io.coreml.CoreMlSeeds;
import org.tensorlogic.io.safetensors.SafeTensorsSeeds;

/** A file that is written and opened again and again, within bounds of time and memory. */
final class FuzzFile {
  private static final long SLOWEST_MILLIS = 1000;
  private static final long FIXED_BYTES = 4 << 20;
  private static final long BYTES_PER_BYTE = 400;

  /** With what the fuzzer's hooks take at each comparison of strings, to learn from it. */
  private static final long HOOKED_FIXED_BYTES = 16 << 20;

  private static final long HOOKED_BYTES_PER_BYTE = 4000;

  private final Path opened;
  private final Path written;
  private final Bound bound;

  /** How much may be allocated. */
  private record Bound(long fixed, long perByte) {
    boolean holds(long allocated, long size) {
      return allocated <= fixed + perByte * size;
    }
  }

  private FuzzFile(Path opened, Path written, Bound bound) {
    this.opened = opened;
    this.written = written;
    this.bound = bound;
  }

  /** A file with this ending, in what it needs around it. */
  static FuzzFile of(String ending) {
    return of(ending, new Bound(FIXED_BYTES, BYTES_PER_BYTE));
  }

  /** As {@link #of}, opened by code that the fuzzer has put its hooks into. */
  static FuzzFile hooked(String ending) {
    return of(ending, new Bound(HOOKED_FIXED_BYTES, HOOKED_BYTES_PER_BYTE));
  }

  private static FuzzFile of(String ending, Bound bound) {
    try {
      Path folder = Hostile.folder();
      folder.toFile().deleteOnExit();
      if (ending.equals(".weights")) {
        Path copy = folder.resolve("model.mlpackage");
        copy(CoreMlSeeds.pack(), copy);
        return new FuzzFile(copy, CoreMlSeeds.weights(copy), bound);
      }
      if (ending.equals(".mil")) {
        Path compiled = temporary(Files.createDirectory(folder.resolve("model.mlmodelc")));
        return new FuzzFile(compiled, temporary(compiled.resolve("model.mil")), bound);
      }
      Path path = temporary(folder.resolve("model" + ending));
      Files.write(temporary(folder.resolve("shard.safetensors")), SafeTensorsSeeds.all().get(1));
      return new FuzzFile(path, path, bound);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path temporary(Path path) {
    path.toFile().deleteOnExit();
    return path;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.copy(file, temporary(target));
      }
    }
  }

  /**
   * Whether it is a good file; an error if opening it is slow or takes memory out of proportion.
   */
  boolean open(byte[] bytes) {
    try {
      Files.write(written, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return measured(bytes.length, true);
  }

  private boolean measured(int size, boolean again) {
    long start = System.nanoTime();
    long before = allocated();
    boolean good = Hostile.open(opened);
    long taken = allocated() - before;
    long millis = (System.nanoTime() - start) / 1_000_000;
    if (millis <= SLOWEST_MILLIS && bound.holds(taken, size)) {
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
