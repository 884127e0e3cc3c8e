package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int tl(String... args) {
    return Main.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void infoNamesTheVersions() {
    assertThat(tl("info")).isZero();
    assertThat(out.toString())
        .startsWith("TensorLogic " + Versions.library())
        .contains("Java " + System.getProperty("java.version"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(Versions.library()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
  }

  @Test
  void anUnknownCommandIsExitCode2WithUsageOnStandardError() {
    assertThat(tl("inspekt")).isEqualTo(2);
    assertThat(err.toString()).contains("inspekt").contains("tl");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void noCommandIsExitCode2() {
    assertThat(tl()).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required subcommand");
  }

  @Test
  void inspectListsTheTensorsOfARealFile() {
    assertThat(tl("inspect", "../examples/digits/model-q4_0.gguf")).isZero();
    assertThat(out.toString())
        .contains("gguf", "general.architecture          digits", "layer.0.weight  Q4_0  [64, 96]")
        .contains("4 tensors, 7,210 elements");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aMissingFileIsExitCode1WithOneLineOnStandardError() {
    assertThat(tl("inspect", "missing.gguf")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("error: ").contains("missing.gguf");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void debugShowsTheStackTrace() {
    assertThat(tl("inspect", "missing.gguf", "--debug")).isEqualTo(1);
    assertThat(err.toString()).contains("NoSuchFileException", "\tat ");
  }

  @Test
  void theFirstCommandOfTheReadmeReadsTheDigits() throws Exception {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Main.class.getName(),
                "run",
                "examples/digits.tl")
            .directory(new File(".."))
            .redirectError(ProcessBuilder.Redirect.DISCARD) // a newer Java warns about natives
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(printed)
        .contains("352 of 360 images read correctly, accuracy 0.97777")
        .contains("image 0: predicted 2, written 2");
  }
}
