package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;

class NativeHeapTest {
  private static final int MIB = 1 << 20;

  private final Backend cpu = Backends.named("cpu");

  @Test
  void aHundredThousandForgottenBlocksNeitherFailNorPileUp() {
    long most = 0;
    for (int i = 0; i < 100_000; i++) {
      assertThat(cpu.allocate(MIB).address()).isNotZero();
      if (i % 1000 == 0) {
        most = Math.max(most, cpu.liveBytes());
      }
    }
    assertThat(most).isLessThan(8192L * MIB); // of 100 GiB; how late the collector is varies
  }

  @Test
  void aClosedBlockIsCountedOutAndReused() {
    long before = cpu.liveBytes();
    Memory first = cpu.allocate(3 * MIB);
    long address = first.address();
    assertThat(cpu.liveBytes()).isEqualTo(before + 3 * MIB);
    first.close();
    first.close();
    assertThat(cpu.liveBytes()).isEqualTo(before);
    try (Memory second = cpu.allocate(3 * MIB)) {
      assertThat(second.address()).isEqualTo(address);
    }
  }

  @Test
  void blocksAreAlignedToTheWidestVector() {
    for (long bytes : new long[] {0, 1, 63, 64, 65, 511, 513, 4097, MIB + 1, 5 * MIB}) {
      try (Memory memory = cpu.allocate(bytes)) {
        assertThat(memory.address() % 64).isZero();
        assertThat(memory.byteSize()).isEqualTo(bytes);
      }
    }
  }

  @Test
  void whatJavaWritesIsWhatJavaReads() {
    try (Memory memory = cpu.allocate(70_000)) {
      float[] written = {1.5f, -0f, Float.NaN, Float.MIN_VALUE};
      memory.put(69_984, written, 0, 4);
      float[] read = new float[4];
      memory.get(69_984, read, 0, 4);
      assertThat(read).containsExactly(written);
      assertThatThrownBy(() -> memory.put(69_985, written, 0, 4))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("70000");
    }
  }

  @Test
  void moreThanTheMachineHasIsRefusedWithTheRemedy() {
    assertThatThrownBy(() -> cpu.allocate((1L << 46) + 1).close())
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining(String.valueOf((1L << 46) + 1))
        .hasMessageContaining("Scope");
  }

  @Test
  void aMappedFileIsReadOnlyAndOutlivesItsName(@TempDir Path directory) throws IOException {
    Charset names = CpuBackend.pathCharset(System.getProperties());
    Path file = directory.resolve(names.newEncoder().canEncode('ä') ? "wägungen.bin" : "w.bin");
    Files.write(file, new byte[] {1, 2, 3, 4, 5});
    Memory memory = cpu.map(file);
    Files.delete(file);
    assertThat(memory.byteSize()).isEqualTo(5);
    assertThat(memory.getByte(4)).isEqualTo((byte) 5);
    assertThatThrownBy(() -> memory.put(0, new byte[1], 0, 1))
        .isInstanceOf(java.nio.ReadOnlyBufferException.class);
    memory.close();
    assertThatThrownBy(memory::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the tensor has been closed");
  }

  @Test
  void anEmptyFileMapsToNothing(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("empty"));
    try (Memory memory = cpu.map(file)) {
      assertThat(memory.byteSize()).isZero();
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> cpu.map(Path.of("no such file")).close())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no such file");
  }
}
