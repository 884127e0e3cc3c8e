package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;

class WorkerPoolTest {
  private final Backend cpu = Backends.named("cpu");
  private int before;

  @BeforeEach
  void remember() {
    before = WorkerPool.size();
  }

  @AfterEach
  void restore() {
    WorkerPool.resize(before);
  }

  private Tensor large() {
    return Tensor.on(cpu, DType.F32).full(2, 1 << 20);
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    Tensor a = Tensor.on(cpu, DType.F16).uniform(1, -1, 1, 67, 515);
    Tensor b = Tensor.on(cpu, DType.F16).uniform(2, -1, 1, 515, 131);
    float[] expected = null;
    for (int threads : new int[] {1, 2, 3, 7}) {
      WorkerPool.resize(threads);
      float[] actual = a.matmul(b).softmax(-1).toFloatArray();
      if (expected != null) {
        assertThat(actual).containsExactly(expected);
      }
      expected = actual;
    }
  }

  @Test
  void workersEndWithTheirPool() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/task")), "its threads are counted in /proc");
    Set<String> before = namesakes();
    WorkerPool.shutdown();
    WorkerPool.resize(6);
    large().add(large()).close();
    Set<String> workers = namesakes();
    workers.removeAll(before);
    assertThat(workers).hasSize(5);
    WorkerPool.shutdown();
    Set<String> left = namesakes();
    for (int i = 0; i < 1000 && !Collections.disjoint(left, workers); i++) {
      Thread.sleep(10); // the system lists a thread for a moment after it has been joined
      left = namesakes();
    }
    assertThat(left).doesNotContainAnyElementsOf(workers);
  }

  /** The threads named as this one, as workers are that it starts; the JVM names its own. */
  private static Set<String> namesakes() throws IOException {
    String name = Files.readString(Path.of("/proc/thread-self/comm"));
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .filter(task -> isNamed(task, name))
          .map(Path::toString)
          .collect(Collectors.toCollection(HashSet::new));
    }
  }

  private static boolean isNamed(Path task, String name) {
    try {
      return Files.readString(task.resolve("comm")).equals(name);
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }

  @Test
  void callsFromManyThreadsWhileThePoolIsResizedAllComeOutRight() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(6);
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        results.add(
            callers.submit(
                () -> {
                  boolean right = true;
                  for (int r = 0; r < 20; r++) {
                    try (Tensor x = large();
                        Tensor y = x.mul(3)) {
                      right &= y.get((1 << 20) - 1) == 6 && y.get(0) == 6;
                    }
                  }
                  return right;
                }));
      }
      for (int size = 1; size < 20; size++) {
        WorkerPool.resize(1 + size % 4);
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    } finally {
      callers.shutdownNow();
    }
  }

  @Test
  void refusesSizesThatCannotBe() {
    assertThatThrownBy(() -> WorkerPool.resize(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 0");
  }
}
