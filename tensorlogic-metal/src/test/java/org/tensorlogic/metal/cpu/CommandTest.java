package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** What commands share between threads, and what they hold. */
class CommandTest {
  @TempDir private Path folder;

  /** Gathers many rows and finds many positions where buffers may have few bytes. */
  static final class ManyIndices {
    private static final int COUNT = 6_000_000;

    private ManyIndices() {}

    public static void main(String[] args) {
      Backend cpu = Backends.named("cpu");
      long before = cpu.liveBytes();
      int[] ids = new int[COUNT];
      ids[COUNT - 1] = 1;
      try (Tensor table = Tensor.on(cpu, DType.F16).of(new float[] {3, 4}, 2, 1);
          Tensor rows = table.embedding(Indices.of(ids));
          Tensor pairs = rows.reshape(COUNT / 2, 2)) {
        System.out.println("last " + rows.get(COUNT - 1, 0) + " after " + rows.get(COUNT - 2, 0));
        System.out.println("position " + pairs.argmax(1).get(COUNT / 2 - 1));
      }
      System.out.println("left " + (cpu.liveBytes() - before));
    }
  }

  @Test
  void manyIndicesNeedNoDirectBuffersAndAreFreedAfterTheOperation() throws Exception {
    Child child = Child.run(folder, ManyIndices.class, "-XX:MaxDirectMemorySize=2m");
    assertThat(child.output()).contains("last 4.0 after 3.0", "position 1", "left 0");
    assertThat(child.exitCode()).isZero();
  }

  @Test
  void indicesJustBelowAndAboveWhatIsKeptArrive() {
    Tensor table = Tensor.on(Backends.named("cpu"), DType.F32).arange(1 << 17).reshape(-1, 1);
    for (int count : new int[] {(1 << 16) - 1, 1 << 16, (1 << 16) + 1, 1 << 17}) {
      Indices ids = Indices.range(0, count);
      assertThat(table.embedding(ids).reshape(count).toFloatArray()[count - 1])
          .isEqualTo(count - 1);
      assertThat(table.slice(Slice.to(count)).argmax(1).size()).isEqualTo(count);
    }
  }

  /** Threads whose ids are equal in their last bits take turns with one command. */
  @Test
  void anErrorNamesItsOwnOperationWhateverOtherThreadsDo() throws InterruptedException {
    Backend cpu = Backends.named("cpu");
    Memory memory = cpu.allocate(Encoding.Q8_0.bytes(32));
    Tensor packed =
        Tensor.over(cpu, Storage.of(memory, Encoding.Q8_0, 32), Shape.of(32)); // no kernel takes it
    Tensor out = Tensor.on(cpu, DType.F32).zeros(32);
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    AtomicInteger refused = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    long slot = -1;
    while (threads.size() < 4) {
      String name = "operation " + threads.size();
      Thread thread = new Thread(() -> refused.addAndGet(refusals(name, packed, out, wrong)), name);
      slot = slot < 0 ? thread.getId() & 63 : slot;
      if ((thread.getId() & 63) == slot) {
        threads.add(thread);
      }
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).isEmpty();
    assertThat(refused).hasValue(4 * 20_000);
    packed.close();
    out.close();
  }

  private static int refusals(
      String name, Tensor packed, Tensor out, ConcurrentLinkedQueue<String> wrong) {
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      try {
        Command.begin(name, Opcode.UNARY).parameter(0L).operand(packed).operand(out).run();
      } catch (IllegalArgumentException e) {
        refused++;
        if (!String.valueOf(e.getMessage()).startsWith(name + ": no kernel takes")) {
          wrong.add(name + " was told: " + e.getMessage());
        }
      }
    }
    return refused;
  }
}
