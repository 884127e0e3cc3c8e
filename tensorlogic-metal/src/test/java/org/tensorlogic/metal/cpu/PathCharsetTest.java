package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class PathCharsetTest {
  @Test
  void pathsAreUtf8OnWindowsAndOfTheSystemElsewhere() {
    Properties system = new Properties();
    system.setProperty("os.name", "Windows 11");
    system.setProperty("sun.jnu.encoding", "windows-1252");
    assertThat(CpuBackend.pathCharset(system)).isEqualTo(StandardCharsets.UTF_8);
    system.setProperty("os.name", "Linux");
    system.setProperty("sun.jnu.encoding", "ISO-8859-1");
    assertThat(CpuBackend.pathCharset(system)).isEqualTo(StandardCharsets.ISO_8859_1);
    system.remove("sun.jnu.encoding");
    assertThat(CpuBackend.pathCharset(system)).isEqualTo(StandardCharsets.UTF_8);
  }
}
