package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;

/** Opening a file whose path leads to another one meanwhile. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "an open file cannot be replaced there")
class MappedFileTest {
  private final Backend reference = Backends.named("reference");
  @TempDir Path directory;
  private Path file;
  private int replaced;

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("model");
    Files.write(file, new byte[5]);
  }

  /** A backend that finds a new file at the path before it maps it, the first {@code times}. */
  private Backend replacing(int times) {
    return (Backend)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("map") && replaced < times) {
                Path other = Files.write(directory.resolve("other"), new byte[6 + replaced++]);
                Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
              }
              try {
                return method.invoke(reference, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void theFileThatTookItsPlaceIsOpened() throws IOException {
    try (MappedFile opened = MappedFile.open(file, replacing(3))) {
      assertThat(replaced).isEqualTo(3);
      assertThat(opened.size()).isEqualTo(8);
      byte[] bytes = new byte[8];
      opened.readFully(0, bytes, 8);
      opened.requireUnchanged();
    }
  }

  @Test
  void aFileThatIsReplacedAllTheTimeIsRefused() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> MappedFile.open(file, replacing(Integer.MAX_VALUE)))
        .withMessageContaining("replaced")
        .withMessageContaining(file.toString());
  }
}
