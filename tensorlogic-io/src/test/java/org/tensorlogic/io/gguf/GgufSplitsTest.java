package org.tensorlogic.io.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tensorlogic.io.gguf.GgufValueType.INT32;
import static org.tensorlogic.io.gguf.GgufValueType.UINT16;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;

class GgufSplitsTest {
  @TempDir Path directory;

  private Path path(int number) {
    return directory.resolve("m-%05d-of-00003.gguf".formatted(number));
  }

  private static GgufFile part(int number, int tensors) {
    GgufFile file = GgufFile.v3();
    byte[] two = {(byte) number, 0};
    file.pair("split.no", UINT16, two)
        .pair("split.count", UINT16, new byte[] {3, 0})
        .pair("split.tensors.count", INT32, file.i32(tensors));
    return file.tensor("t" + number, GgmlType.F32, file.i32(Float.floatToIntBits(number)), 1);
  }

  private void write(int number, GgufFile file) throws IOException {
    file.write(directory, path(number + 1).getFileName().toString());
  }

  private void writeAll() throws IOException {
    for (int i = 0; i < 3; i++) {
      write(i, part(i, 3));
    }
  }

  private void rejects(Path path, String reason) {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> Models.loadModel(path).close())
        .withMessageContaining(reason);
  }

  @Test
  void checksEveryPartBeforeItIsOpened() throws IOException {
    writeAll();
    List<Path> checked = new ArrayList<>();
    LoadOptions noting = LoadOptions.defaults().fileCheck(checked::add);
    Models.loadModel(directory, noting).close();
    assertThat(checked).containsExactly(path(1), path(2), path(3));
  }

  @Test
  void partsAreNamedWithTheSameDigitsEverywhere() throws IOException {
    writeAll();
    Locale locale = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      Models.loadModel(directory).close();
    } finally {
      Locale.setDefault(locale);
    }
  }

  @Test
  void opensTheFirstPartAndTheDirectory() throws IOException {
    writeAll();
    for (Path path : new Path[] {path(1), directory}) {
      try (Model model = Models.loadModel(path)) {
        assertThat(model.names()).containsExactly("t0", "t1", "t2");
        assertThat(model.getTensor("t2").item()).isEqualTo(2);
      }
    }
  }

  @Test
  void rejectsAnotherPartThanTheFirst() throws IOException {
    writeAll();
    rejects(path(2), "this is part 2 of 3; load the first part");
  }

  @Test
  void rejectsAMissingPart() throws IOException {
    writeAll();
    Files.delete(path(3));
    rejects(path(1), "m-00003-of-00003.gguf is missing");
  }

  @Test
  void rejectsPartsInTheWrongOrder() throws IOException {
    writeAll();
    write(1, part(2, 3));
    rejects(path(1), "split.no must be 1 as in the file's name, is 2");
  }

  @Test
  void rejectsAPartThatIsNone() throws IOException {
    writeAll();
    write(1, GgufFile.v3().tensor("t1", GgmlType.F32, new byte[4], 1));
    rejects(path(1), "split.no must be 1 as in the file's name, is -1");
  }

  @Test
  void rejectsATensorInTwoParts() throws IOException {
    writeAll();
    write(2, part(2, 3).tensor("t0", GgmlType.F32, new byte[4], 1));
    rejects(path(1), "the tensor 't0' is in two parts");
  }

  @Test
  void rejectsAnotherNumberOfTensors() throws IOException {
    writeAll();
    write(0, part(0, 4));
    rejects(path(1), "split.tensors.count says 4 tensors, the parts have 3");
  }

  @Test
  void rejectsANameThatDoesNotCountTheParts() throws IOException {
    Path file = part(0, 1).write(directory, "whole.gguf");
    rejects(file, "must be named NAME-00001-of-00003.gguf");
  }
}
