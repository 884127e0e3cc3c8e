package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.BackendInfo;
import org.tensorlogic.Backends;
import org.tensorlogic.Tensor;

/**
 * What happens where the native library does not load: the reason is shown, plain Java computes.
 */
class LoadingTest {
  @TempDir private Path folder;

  /** Prints which backends run and a sum. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      for (BackendInfo info : Backends.info()) {
        System.out.println(info.name() + ": " + info.detail());
      }
      System.out.println(Backends.best().name() + " says " + Tensor.of(1, 2).add(Tensor.of(3, 4)));
    }
  }

  /** Calls a native of JavaCPP's own, with no library but the kernels'. */
  static final class ForeignNative {
    private ForeignNative() {}

    public static void main(String[] args) {
      System.out.println("problem: " + CpuLibrary.problem());
      try (BytePointer bytes = new BytePointer(16)) {
        System.out.println("found " + bytes.capacity());
      } catch (RuntimeException e) {
        System.out.println("not found: " + e.getMessage());
      }
    }
  }

  private Child run(String... options) throws Exception {
    List<Path> classPath = new ArrayList<>();
    for (Path entry : Child.classPath()) {
      boolean carriesNatives =
          Files.isDirectory(entry.resolve("org/tensorlogic/metal/cpu"))
              || Files.isDirectory(entry.resolve("org/tensorlogic/metalcpp"));
      classPath.add(carriesNatives ? jarOf(entry) : entry);
    }
    return Child.run(folder, classPath, Program.class, options);
  }

  /**
   * A jar of these classes, without the natives of a GPU, which would compute: from a folder the
   * library would be loaded without being unpacked.
   */
  private Path jarOf(Path classes) throws IOException {
    Path jar = folder.resolve(Integer.toHexString(classes.hashCode()) + ".jar");
    if (Files.exists(jar)) {
      return jar;
    }
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(LoadingTest::isPacked).toList()) {
        zip.putNextEntry(new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, zip);
      }
    }
    return jar;
  }

  private static boolean isPacked(Path file) {
    return Files.isRegularFile(file) && !file.toString().contains("jnitensorlogic_metal");
  }

  private void assertPlainJavaRuns(String reason, String... options) throws Exception {
    Child lenient = run(options);
    assertThat(lenient.output())
        .containsPattern("cpu: .*" + reason)
        .contains("reference says [4.0, 6.0]");
    assertThat(lenient.exitCode()).isZero();
    String[] strictly = Arrays.copyOf(options, options.length + 1);
    strictly[options.length] = "-Dtensorlogic.strict=true";
    Child strict = run(strictly);
    assertThat(strict.output())
        .containsPattern("BackendUnavailableException: .*strict=true refuses.*cpu.*" + reason);
    assertThat(strict.exitCode()).isNotZero();
  }

  @Test
  void anUnknownLevelIsNamedWithThoseThatRun() throws Exception {
    assertPlainJavaRuns(
        "level 'mmx' does not run here; available: baseline", "-Dtensorlogic.cpu.level=mmx");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1025", "-1", "abc", "3000000000", ""})
  void aNumberOfThreadsThatCannotBeIsNamedWithThoseThatCan(String threads) throws Exception {
    assertPlainJavaRuns(
        "tensorlogic.threads must be a number from 1 to 1024, got '" + threads + "'; without it",
        "-Dtensorlogic.threads=" + threads);
  }

  @Test
  void asManyThreadsAsAskedForRunOrElseOnePerProcessorUpToTheMost() throws Exception {
    assertThat(run("-Dtensorlogic.threads=3").output()).containsPattern("cpu: .*; 3 threads");
    assertThat(CpuLibrary.threads("0x10", 4)).isEqualTo(16);
    assertThat(CpuLibrary.threads(null, 4)).isEqualTo(4);
    assertThat(CpuLibrary.threads(null, 2000)).isEqualTo(1024);
  }

  @Test
  void withoutAFolderToUnpackIntoTheReasonIsShown() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertPlainJavaRuns(
        "does not load: .*(cache|IOException|FileSystemException)",
        "-Dorg.bytedeco.javacpp.cachedir=" + file.resolve("cache"),
        "-Duser.home=" + file.resolve("home"),
        "-Djava.io.tmpdir=" + file.resolve("tmp"));
  }

  /** It contains them without having initialized them: called, they end the process. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the compiler exports them there")
  void theNativesOfJavaCppAreNotFoundInTheKernels() throws Exception {
    Child child = Child.run(folder, ForeignNative.class);
    assertThat(child.output()).contains("problem: null", "not found: No native JavaCPP library");
    assertThat(child.exitCode()).isZero();
  }

  @Test
  void aCorruptedLibraryIsReportedAndNotRun() throws Exception {
    Path cache = folder.resolve("cache");
    String option = "-Dorg.bytedeco.javacpp.cachedir=" + cache;
    assertThat(run(option).output()).contains("cpu says");
    try (Stream<Path> files = Files.walk(cache)) {
      List<Path> libraries =
          files.filter(path -> path.toString().contains("jnitensorlogic_cpu.")).toList();
      assertThat(libraries).hasSize(1);
      overwrite(libraries.get(0));
    }
    assertPlainJavaRuns("does not load: .*UnsatisfiedLinkError", option);
  }

  /** As long and as old as before. */
  private static void overwrite(Path library) throws IOException {
    FileTime modified = Files.getLastModifiedTime(library);
    int bytes = (int) Files.size(library);
    Files.delete(library);
    Files.write(library, new byte[bytes]);
    Files.setLastModifiedTime(library, modified);
  }
}
