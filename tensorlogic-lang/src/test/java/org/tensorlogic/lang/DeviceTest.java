package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Backends;
import org.tensorlogic.Device;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;

/** Where {@code device: gpu} and {@code device: cpu} compute, with a GPU and without one. */
class DeviceTest {
  private static final Path GUIDE = Path.of("src/test/resources/programs/00-guide");

  private final List<Diagnostic> warnings = new ArrayList<>();

  /** With the profile softmetal there is a GPU, or the build fails. */
  @BeforeEach
  void aWantedGpuIsThere() {
    if (Boolean.getBoolean("tensorlogic.test.metal")) {
      assertThat(hasGpu()).as(Backends.info().toString()).isTrue();
    }
  }

  private static boolean hasGpu() {
    return Backends.available().stream().anyMatch(b -> b.device() == Device.GPU);
  }

  private TensorLogic session() {
    return TensorLogic.builder().warnings(warnings::add).build();
  }

  private static Device where(Value value) {
    return value.asTensor().backend().device();
  }

  @Test
  void aDeviceIsWhereTheTensorIs() {
    assumeThat(hasGpu()).as("a GPU, or the software device of .ci/metal").isTrue();
    TensorLogic session = session();
    assertThat(where(session.eval("tensor([1.0, 2.0], device: gpu)"))).isEqualTo(Device.GPU);
    assertThat(where(session.eval("tensor([1.0, 2.0], device: metal) * 2"))).isEqualTo(Device.GPU);
    assertThat(where(session.eval("zeros(get_metal_device(), [2])"))).isEqualTo(Device.GPU);
    assertThat(where(session.eval("tensor([1.0, 2.0], device: cpu)"))).isEqualTo(Device.CPU);
    assertThat(where(session.eval("let x = tensor([1.0], device: cpu); x + [2.0] + 1")))
        .isEqualTo(Device.CPU);
    assertThat(where(session.eval("ones([2])"))).isEqualTo(Device.GPU);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aTensorMovesToAnotherDevice() {
    assumeThat(hasGpu()).as("a GPU, or the software device of .ci/metal").isTrue();
    Value moved =
        session().eval("let x = tensor([1.5, 2.0], device: cpu); tensor(x, device: gpu) + 1");
    assertThat(where(moved)).isEqualTo(Device.GPU);
    assertThat(moved.asTensor().toFloatArray()).containsExactly(2.5f, 3);
  }

  /** One step of training and a sort of attention; a session's own number makes them differ. */
  private static String program(String device, int number) {
    return """
        let x = tensor([[0.5, -1.0, 2.0], [%2$d.0, 0.25, -0.5]], device: %1$s)
        let w = tensor([[1.0, 0.5], [-0.5, 2.0], [0.25, %2$d.0]], device: %1$s)
        let y = x @ w
        for i in range(30) {
          y := softmax(y * 1.5 - 0.25 * i, 1) + tanh(x @ w)
        }
        transpose(y) @ y
        """
        .formatted(device, number);
  }

  @Test
  void sessionsOfManyThreadsShareTheGpu() throws Exception {
    assumeThat(hasGpu()).as("a GPU, or the software device of .ci/metal").isTrue();
    int count = 12;
    List<float[]> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add(session().eval(program("cpu", i)).asTensor().toFloatArray());
    }
    Backend gpu = session().eval("tensor([1.0], device: gpu)").asTensor().backend();
    long before = gpu.liveBytes();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        results.add(threads.submit(() -> onTheGpu(number)));
      }
      for (int i = 0; i < count; i++) {
        assertThat(results.get(i).get()).containsExactly(expected.get(i), within(2e-3f));
      }
    } finally {
      threads.shutdown();
    }
    for (int i = 0; i < 200 && gpu.liveBytes() > before; i++) { // what the sessions held is garbage
      System.gc();
      Thread.sleep(20);
    }
    assertThat(gpu.liveBytes()).isLessThanOrEqualTo(before);
  }

  private float[] onTheGpu(int number) {
    Tensor result = session().eval(program("gpu", number)).asTensor();
    assertThat(result.backend().device()).isEqualTo(Device.GPU);
    return result.toFloatArray();
  }

  @Test
  void devicesDoNotMixUnasked() {
    assumeThat(hasGpu()).as("a GPU, or the software device of .ci/metal").isTrue();
    assertThatThrownBy(
            () -> session().eval("tensor([1.0], device: cpu) + tensor([1.0], device: gpu)"))
        .isInstanceOf(TensorLogicException.class)
        .hasMessageContaining("add: operands are on different backends");
  }

  @Test
  void withoutGpuTheProcessorComputesAndSaysSoOnce() {
    assumeThat(hasGpu()).as("a machine without a GPU").isFalse();
    TensorLogic session = session();
    Value x = session.eval("tensor([1.0, 2.0], device: gpu) + tensor([1.0, 1.0], device: cpu)");
    assertThat(where(x)).isEqualTo(Device.CPU);
    session.eval("zeros(get_metal_device(), [2])");
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0).render())
        .contains("warning[W0601]: no GPU computes here, '" + Backends.best().name() + "' does")
        .contains("metal (this build carries no Metal for ");
  }

  @Test
  void withoutGpuAStrictSessionFails() {
    assumeThat(hasGpu()).as("a machine without a GPU").isFalse();
    assumeThat(Backends.best().name()).isNotEqualTo("reference");
    System.setProperty("tensorlogic.strict", "true");
    try {
      assertThatThrownBy(() -> session().eval("tensor([1.0], device: gpu)"))
          .isInstanceOf(TensorLogicException.class)
          .hasMessageContaining("no backend computes on the GPU here; candidates: metal (");
    } finally {
      System.clearProperty("tensorlogic.strict");
    }
  }

  @Test
  void theHostsChoiceStands() {
    Backend plain = Backends.named("reference");
    TensorLogic session = TensorLogic.builder().backend(plain).warnings(warnings::add).build();
    Tensor x = session.eval("tensor([1.0], device: gpu)").asTensor();
    assertThat(x.backend()).isSameAs(plain);
    assertThat(warnings).isEmpty();
  }

  @Test
  void unknownDevicesAreRefused() {
    assertThatThrownBy(() -> session().eval("tensor([1.0], device: tpu)"))
        .isInstanceOf(TensorLogicException.class)
        .hasMessageContaining("tensor: expected device cpu, gpu or metal, got 'tpu'");
  }

  @Test
  void theGuidesProgramPrintsTheSameOnTheBestDevice() throws IOException {
    StringBuilder out = new StringBuilder();
    TensorLogic.builder()
        .output(out)
        .policy(Policy.open())
        .build()
        .run(GUIDE.resolve("linear_model.tl"));
    assertThat(out.toString()).isEqualTo(Files.readString(GUIDE.resolve("linear_model.expected")));
  }
}
