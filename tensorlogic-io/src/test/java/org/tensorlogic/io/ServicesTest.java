package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorlogic.model.ModelFormat;

class ServicesTest {
  @Test
  void theModulePathAndTheClassPathHaveTheSameFormats() throws IOException {
    String name = ModelFormat.class.getName();
    Path classes = Path.of("target", "classes");
    Path services = classes.resolve("META-INF").resolve("services").resolve(name);
    try (InputStream module = Files.newInputStream(classes.resolve("module-info.class"))) {
      List<String> declared =
          ModuleDescriptor.read(module).provides().stream()
              .filter(provides -> provides.service().equals(name))
              .flatMap(provides -> provides.providers().stream())
              .sorted()
              .toList();
      assertThat(Files.readAllLines(services)).isSorted().containsExactlyElementsOf(declared);
    }
  }
}
