package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

class ConvertCommandTest {
  private static final Path DIGITS = Path.of("..", "examples", "digits");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int convert(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "convert";
    System.arraycopy(args, 0, all, 1, args.length);
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private static String type(String file, String tensor) throws IOException {
    try (Model model = Models.loadModel(file)) {
      return model.info(tensor).storedType();
    }
  }

  @Test
  void goesFromSafeTensorsToGgufAndBack() throws IOException {
    String original = DIGITS.resolve("model.safetensors").toString();
    assertThat(convert(original, file("m.gguf"))).isZero();
    assertThat(convert(file("m.gguf"), file("m.safetensors"))).isZero();
    assertThat(out.toString()).contains("m.gguf: 4 tensors, ", "m.safetensors: 4 tensors, ");
    try (Model before = Models.loadModel(original);
        Model after = Models.loadModel(file("m.safetensors"))) {
      for (String name : before.names()) {
        assertThat(after.info(name).storedType()).isEqualTo(before.info(name).storedType());
        Tensor expected = before.getTensor(name);
        assertThat(after.getTensor(name).isClose(expected, 0, 0)).isTrue();
      }
    }
  }

  @Test
  void quantizes() throws IOException {
    String original = DIGITS.resolve("model.safetensors").toString();
    assertThat(convert("--type", "q8_0", original, file("q.gguf"))).isZero();
    assertThat(type(file("q.gguf"), "layer.0.weight")).isEqualTo("Q8_0");
    assertThat(type(file("q.gguf"), "layer.0.bias")).isEqualTo("F32");
  }

  @Test
  void refusesWhatTheFormatCannotHold() {
    String original = DIGITS.resolve("model.safetensors").toString();
    assertThat(convert("--type", "q8_0", original, file("q.safetensors"))).isEqualTo(1);
    assertThat(err.toString()).contains("SafeTensors can be written as F16 or F32, not as Q8_0");
  }

  /** A file whose only tensor, of this name, begins where it must not. */
  private Path damaged(String name) throws IOException {
    String json =
        "{\"%s\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[1,2]}}".formatted(name);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length() + 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length()).put(json.getBytes(ISO_8859_1));
    return Files.write(folder.resolve("damaged.safetensors"), bytes.array());
  }

  @Test
  void anErrorShowsControlCharactersOfTheFile() throws IOException {
    String damaged = damaged("a\\n\\u001b[31mb\\u202e").toString();
    assertThat(convert(damaged, file("out.gguf"))).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("damaged.safetensors", "'a\\n\\u001b[31mb\\u202e'");
    assertThat(folder.resolve("out.gguf")).doesNotExist();
  }

  @Test
  void saysWhereItCannotWrite() throws IOException {
    String original = DIGITS.resolve("model.safetensors").toString();
    assertThat(convert(original, file("missing/out.gguf"))).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "missing" + File.separator + "out.gguf: there is no directory", "create it first");
    Files.createDirectory(folder.resolve("there.gguf"));
    assertThat(convert(original, file("there.gguf"))).isEqualTo(1);
    assertThat(err.toString()).contains("there.gguf: what is there is no file");
    assertThat(convert(original, file("model.safetensors.index.json"))).isEqualTo(1);
    assertThat(err.toString()).contains("the extension must be one of .gguf, .safetensors, got");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("there.gguf"));
    }
  }

  @Test
  void mayReplaceWhatItReads() throws IOException {
    Path file = Files.copy(DIGITS.resolve("model.safetensors"), folder.resolve("m.safetensors"));
    assertThat(convert("--type", "f32", file.toString(), file.toString())).isZero();
    assertThat(type(file.toString(), "layer.0.weight")).isEqualTo("F32");
  }

  @Test
  void anUnknownTypeIsAMistakeOfTheCommandLine() {
    assertThat(convert("--type", "q5", "in.gguf", "out.gguf")).isEqualTo(2);
    assertThat(err.toString()).contains("f32, f16, q8_0, q4_0");
  }

  @Test
  void theBarShowsHowFarItIs() {
    assertThat(ProgressBar.line("write m.gguf", 1_500_000, 3_000_000, 0.5))
        .isEqualTo(
            "write m.gguf [===============>              ] 50 %, 1.5 MB of 3.0 MB, 3.0 MB/s");
    assertThat(ProgressBar.line("write m.gguf", 8, 8, 0))
        .contains("[" + "=".repeat(30) + "] 100 %");
    assertThat(ProgressBar.line("write m.gguf", 0, 0, 1)).contains("100 %");
  }

  @Test
  void theBarHasTheSameDigitsEverywhere() {
    String line = ProgressBar.line("write m.gguf", 1, 2, 1);
    Locale locale = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertThat(ProgressBar.line("write m.gguf", 1, 2, 1)).isEqualTo(line);
    } finally {
      Locale.setDefault(locale);
    }
  }

  @Test
  void theBarEndsItsLine() {
    ProgressBar bar = new ProgressBar(new PrintWriter(out, true));
    bar.progress("write", 1, 10);
    bar.progress("write", 2, 10);
    bar.progress("write", 10, 10);
    assertThat(out.toString()).startsWith("\rwrite [").endsWith(System.lineSeparator());
  }
}
