package org.tensorlogic.lang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
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
}
