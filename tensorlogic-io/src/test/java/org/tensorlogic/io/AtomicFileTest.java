package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtomicFileTest {
  private static final byte[] NEW = {1, 2, 3};

  @TempDir private Path folder;

  private void write(Path path) throws IOException {
    try (AtomicFile file = new AtomicFile(path, NEW.length, (task, done, total) -> {})) {
      file.write(NEW);
      file.commit();
    }
    assertThat(path).hasBinaryContent(NEW);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
  void replacesTheFileThatALinkLeadsToAndKeepsTheLink() throws IOException {
    Path store = Files.createDirectory(folder.resolve("store"));
    Path file = Files.createFile(store.resolve("weights"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("store", "weights"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("link"));
    write(second);
    assertThat(file).hasBinaryContent(NEW);
    assertThat(link).isSymbolicLink();
    assertThat(second).isSymbolicLink();
    assertThat(names()).containsExactly("link", "second", "store");
    assertThat(store).isDirectoryContaining("glob:**weights");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
  void replacesALinkThatLeadsNowhere() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("missing"));
    write(link);
    assertThat(link).isRegularFile();
    assertThat(names()).containsExactly("link");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-", "r--r-----"})
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no POSIX permissions there")
  void keepsThePermissionsOfWhatItReplaces(String permissions) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    write(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo(permissions);
  }

  @Test
  void writesFilesWithTheLongestNames() throws IOException {
    write(folder.resolve("n".repeat(255)));
    write(folder.resolve("n".repeat(255)));
  }

  @Test
  void leavesNothingWithoutACommit() throws IOException {
    Path path = folder.resolve("file");
    try (AtomicFile file = new AtomicFile(path, NEW.length, (task, done, total) -> {})) {
      file.write(NEW);
    }
    assertThat(names()).isEmpty();
  }
}
