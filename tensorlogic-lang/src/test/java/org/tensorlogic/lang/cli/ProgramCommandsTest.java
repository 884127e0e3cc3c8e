package org.tensorlogic.lang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramCommandsTest {
  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int tl(String... args) {
    return Main.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  @Test
  void runPrintsWhatTheProgramPrints() throws IOException {
    file("lib.tl", "fn twice(x) { 2 * x }\nprint(\"not run\")\n");
    String program = file("main.tl", "import \"lib.tl\"\nmain { print(twice(21)) }\n");
    assertThat(tl("run", program)).isZero();
    assertThat(out.toString()).isEqualTo("42\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void runShowsAnErrorWithItsPlaceAndIsExitCode1() throws IOException {
    String program = file("main.tl", "print(1 / 0)\n");
    assertThat(tl("run", program)).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("error[E0601]: '/': division by zero")
        .contains("main.tl:1:7")
        .contains("^^^^^");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void warningsGoToStandardErrorUnlessTurnedOff() throws IOException {
    String program = file("main.tl", "let a = 1\nlet a = 2\nprint(a)\n");
    assertThat(tl("run", program)).isZero();
    assertThat(err.toString()).contains("warning[W0201]");
    assertThat(tl("run", "--no-warnings", program)).isZero();
    assertThat(out.toString()).isEqualTo("2\n2\n");
  }

  @Test
  void exitSetsTheExitCode() throws IOException {
    assertThat(tl("run", file("main.tl", "print(1)\nexit(7)\nprint(2)\n"))).isEqualTo(7);
    assertThat(out.toString()).isEqualTo("1\n");
  }

  @Test
  void runAllowsDeepRecursion() throws IOException {
    String program =
        file("main.tl", "fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }\nprint(f(990))\n");
    assertThat(tl("run", program)).isZero();
    assertThat(out.toString()).isEqualTo("990\n");
  }

  @Test
  void evalPrintsTheValue() {
    assertThat(tl("eval", "[1, 2] * 2.5")).isZero();
    assertThat(tl("eval", "print(\"only this\")")).isZero();
    assertThat(out.toString()).isEqualTo("[2.5, 5.0]\nonly this\n");
  }

  @Test
  void evalOnANamedBackend() {
    assertThat(tl("eval", "--backend", "reference", "device()")).isZero();
    assertThat(out.toString()).isEqualTo("Device(reference)\n");
  }

  @Test
  void testReportsEveryBlock() throws IOException {
    String program =
        file(
            "main.tl",
            """
            let base = 40
            test passes { assert_eq(base + 2, 42) }
            test fails { assert_eq(base, 42) }
            bench sums { sum(range(1000)) }
            main { print("not run") }
            """);
    assertThat(tl("test", program)).isEqualTo(1);
    assertThat(out.toString())
        .contains("passes ... ok", "fails ... FAILED", "sums ... ok (")
        .contains("assertion failed: 40 is not equal to 42")
        .contains("2 passed, 1 failed")
        .doesNotContain("not run");
  }

  @Test
  void fmtRewritesAndCheckOnlyTells() throws IOException {
    String program = file("main.tl", "let a=1\n");
    assertThat(tl("fmt", "--check", program)).isEqualTo(1);
    assertThat(Path.of(program)).hasContent("let a=1\n");
    assertThat(tl("fmt", program)).isZero();
    assertThat(Path.of(program)).hasContent("let a = 1\n");
    assertThat(tl("fmt", "--check", program)).isZero();
  }

  @Test
  void fmtLeavesAProgramWithErrorsAlone() throws IOException {
    String program = file("main.tl", "let =1\n");
    assertThat(tl("fmt", program)).isEqualTo(1);
    assertThat(err.toString()).contains("error[E0101]");
    assertThat(Path.of(program)).hasContent("let =1\n");
  }
}
