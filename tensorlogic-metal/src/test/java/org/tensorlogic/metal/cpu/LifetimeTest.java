package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Attention;
import org.tensorlogic.Backends;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Pooling;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;

/** The library's end: with its class loader, with the process, with the stack. */
class LifetimeTest {
  @TempDir private Path folder;

  /**
   * Uses the library from a class loader of its own, which is then dropped, as redeploying does.
   */
  static final class Redeployment {
    private Redeployment() {}

    public static void main(String[] args) throws Exception {
      redeploy(); // what the first time leaves in the JDK is not ours
      long mapped = mappedBytes();
      long threads = threads();
      for (int i = 0; i < 5; i++) {
        redeploy();
      }
      long grown = mappedBytes() - mapped;
      System.out.println("threads " + (threads() - threads) + ", MiB " + (grown >> 20));
      // five uses leave 640 MiB of tensors; what the JVM itself grows by varies by tens of MiB
      if (threads() > threads || grown > 320L << 20) {
        System.exit(3);
      }
    }

    private static void redeploy() throws Exception {
      WeakReference<ClassLoader> loader = use();
      for (int i = 0; i < 100 && (loader.get() != null || libraryIsMapped()); i++) {
        System.gc();
        Thread.sleep(50);
      }
      if (loader.get() != null || libraryIsMapped()) {
        System.out.println("loader " + loader.get() + ", mapped " + libraryIsMapped());
        System.exit(2);
      }
    }

    private static WeakReference<ClassLoader> use() throws Exception {
      try (URLClassLoader loader =
          new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
        Class<?> application = loader.loadClass(Application.class.getName());
        Method run = application.getDeclaredMethod("run");
        run.setAccessible(true);
        run.invoke(null);
        return new WeakReference<>(loader);
      }
    }

    private static URL[] classPath() throws MalformedURLException {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
      return urls.toArray(new URL[0]);
    }

    private static boolean libraryIsMapped() throws IOException {
      return Files.readString(Path.of("/proc/self/maps")).contains("jnitensorlogic_cpu");
    }

    private static long mappedBytes() throws IOException {
      try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
        String line = lines.filter(text -> text.startsWith("RssAnon")).findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }

    /** Those named as this one, as workers are: the JVM names its own, which come and go. */
    private static long threads() throws IOException {
      String name = Files.readString(Path.of("/proc/thread-self/comm"));
      try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
        return tasks.filter(task -> isNamed(task, name)).count();
      }
    }

    private static boolean isNamed(Path task, String name) {
      try {
        return Files.readString(task.resolve("comm")).equals(name);
      } catch (IOException e) {
        return false; // ended meanwhile
      }
    }
  }

  /** What a deployed application does: computes with all threads and closes nothing. */
  static final class Application {
    private static final List<Tensor> FORGOTTEN = new ArrayList<>();

    private Application() {}

    static void run() {
      Backend cpu = Backends.named("cpu");
      WorkerPool.resize(4);
      Tensor x = Tensor.on(cpu, DType.F32).full(2, 1 << 24);
      FORGOTTEN.add(x);
      FORGOTTEN.add(x.add(x));
      if (FORGOTTEN.get(1).get(5) != 4) {
        throw new AssertionError(FORGOTTEN);
      }
    }
  }

  @Test
  void aDroppedClassLoaderTakesLibraryThreadsAndMemoryAlong() throws Exception {
    assumeTrue(
        Files.isDirectory(Path.of("/proc/self/task")), "threads and memory are read in /proc");
    Child child = Child.run(folder, Redeployment.class);
    assertThat(child.exitCode()).as(child.output()).isZero();
  }

  /** Exits while four threads compute. */
  static final class ExitWhileComputing {
    private ExitWhileComputing() {}

    public static void main(String[] args) throws InterruptedException {
      Backend cpu = Backends.named("cpu");
      WorkerPool.resize(4);
      Tensor x = Tensor.on(cpu, DType.F16).uniform(1, -1, 1, 512, 512);
      for (int i = 0; i < 4; i++) {
        Thread thread = new Thread(() -> computeForEver(x));
        thread.setDaemon(true);
        thread.start();
      }
      Thread.sleep(200);
      System.exit(7);
    }

    private static void computeForEver(Tensor x) {
      while (!x.isClosed()) {
        x.matmul(x).softmax(-1).close();
      }
    }
  }

  @Test
  void exitingWhileKernelsRunIsQuiet() throws Exception {
    for (int i = 0; i < 3; i++) {
      Child child = Child.run(folder, ExitWhileComputing.class);
      assertThat(child.output()).isEmpty();
      assertThat(child.exitCode()).isEqualTo(7);
    }
  }

  /** Computes at every depth of a recursion that exhausts the stack. */
  static final class Recursion {
    private final Tensor x = Tensor.on(Backends.named("cpu"), DType.F16).ones(3, 5);
    private final Tensor image = Tensor.on(Backends.named("cpu"), DType.F16).ones(1, 2, 9, 9);
    private int depth;

    private Recursion() {}

    public static void main(String[] args) throws InterruptedException {
      Recursion recursion = new Recursion();
      recursion.computeAll(); // loads what it needs
      Thread thread = new Thread(null, recursion::overflow, "small", 512L << 10);
      thread.start();
      thread.join();
      System.out.println("overflowed: " + (recursion.depth > 10));
    }

    private void overflow() {
      try {
        descend();
      } catch (StackOverflowError e) {
        computeAll(); // goes on unharmed
      }
    }

    private void descend() {
      depth++;
      if (depth % 8 == 0) {
        computeAll();
      }
      if (depth < Integer.MAX_VALUE) {
        descend();
      }
    }

    private void computeAll() {
      x.add(x.transpose(0, 1).permute(1, 0)).close();
      x.mul(x.to(DType.F32)).close();
      x.softmax(-1).close();
      x.layerNorm(null, null, 0.1).close();
      x.sum(0).close();
      x.sum(1).close();
      x.argmax(1);
      x.matmul(x.transpose()).close();
      image.maxPool(Pooling.window(2)).close();
      image.conv2d(image, null, Convolution.plain().padding(4)).close();
      image.attention(image, image, Attention.full()).close();
    }
  }

  @Test
  void aStackThatEndsNearAKernelIsAStackOverflowErrorAndNoCrash() throws Exception {
    Child child = Child.run(folder, Recursion.class);
    assertThat(child.output()).contains("overflowed: true");
    assertThat(child.exitCode()).isZero();
  }
}
