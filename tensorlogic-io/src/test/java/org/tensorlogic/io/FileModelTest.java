package org.tensorlogic.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.DType;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.LoadOptions.Residency;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;

/** What every format's model does with the file that it stands on. */
class FileModelTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void save() throws IOException {
    file = directory.resolve("m.safetensors");
    Tensor wide = Tensor.as(DType.F32).of(new float[] {1.0001f, 2, 3}, 3);
    Models.saveModel(Map.of("half", Tensor.of(1, 2), "wide", wide), file);
  }

  @Test
  void usesStoredHalvesInPlace() throws IOException {
    try (Model model = Models.loadModel(file)) {
      Tensor first = model.getTensor("half");
      Tensor second = model.getTensor("half");
      assertThat(first.storage().memory()).isSameAs(second.storage().memory());
      assertThat(first.storage().memory().byteSize()).isEqualTo(Files.size(file));
    }
  }

  @Test
  void convertsOnceAndKeepsTheResult() throws IOException {
    try (Model model = Models.loadModel(file)) {
      Tensor first = model.getTensor("wide");
      Tensor second = model.getTensor("wide");
      assertThat(first.dtype()).isEqualTo(DType.F16);
      assertThat(first.storage().memory()).isSameAs(second.storage().memory());
      assertThat(first.storage().memory().byteSize()).isEqualTo(6);
      assertThat(model.getTensor("wide", DType.F32).get(0)).isEqualTo(1.0001f);
      assertThat(model.getTensor("half", DType.F32).toFloatArray()).containsExactly(1, 2);
    }
  }

  @Test
  void givesEachAsItIsStoredIfNoTypeIsAskedFor() throws IOException {
    try (Model model = Models.loadModel(file, LoadOptions.defaults().dtype(null))) {
      assertThat(model.getTensor("half").dtype()).isEqualTo(DType.F16);
      assertThat(model.getTensor("wide").dtype()).isEqualTo(DType.F32);
    }
  }

  @Test
  void keepsAConversionThatWasMadeInAScope() throws IOException {
    try (Model model = Models.loadModel(file)) {
      try (Scope scope = Scope.open()) {
        assertThat(scope.keep(model.getTensor("wide")).isClosed()).isFalse();
        model.getTensor("wide");
        model.getTensor("half");
      }
      assertThat(model.getTensor("wide").get(1)).isEqualTo(2);
      assertThat(model.getTensor("half").get(1)).isEqualTo(2);
    }
  }

  @Test
  void outlivesATensorThatIsClosed() throws IOException {
    try (Model model = Models.loadModel(file)) {
      model.getTensor("wide").close();
      model.getTensor("half").close();
      assertThat(model.getTensor("wide").get(1)).isEqualTo(2);
      assertThat(model.getTensor("half").get(1)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void closesItsTensors(Residency residency) throws IOException {
    Model model = Models.loadModel(file, LoadOptions.defaults().residency(residency));
    Tensor half = model.getTensor("half");
    Tensor wide = model.getTensor("wide");
    Tensor view = half.reshape(2, 1);
    model.close();
    model.close();
    for (Tensor tensor : List.of(half, wide, view)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(tensor::toFloatArray)
          .withMessageContaining("the model of this tensor has been closed")
          .withMessageContaining(file.toString());
    }
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> model.getTensor("half"))
        .withMessageContaining("closed");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> model.getTensor("wide"))
        .withMessageContaining("closed");
    assertThat(model.names()).hasSize(2);
  }

  @Test
  void readsResidentTensorsIntoMemory() throws IOException {
    LoadOptions options = LoadOptions.defaults().residency(Residency.RESIDENT);
    try (Model model = Models.loadModel(file, options)) {
      Tensor half = model.getTensor("half");
      assertThat(half.storage().memory().byteSize()).isEqualTo(4);
      assertThat(half.toFloatArray()).containsExactly(1, 2);
      assertThat(model.getTensor("half").storage().memory()).isSameAs(half.storage().memory());
    }
  }

  @Test
  void namesTheNearestTensorIfThereIsNone() throws IOException {
    try (Model model = Models.loadModel(file)) {
      assertThatExceptionOfType(NoSuchElementException.class)
          .isThrownBy(() -> model.getTensor("hlaf"))
          .withMessageContaining("'hlaf'")
          .withMessageContaining("half");
    }
  }

  @Test
  void listsATypeThatItCannotComputeWith() throws IOException {
    Path mixed = directory.resolve("mixed.safetensors");
    String json =
        "{\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"w\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[8,10]}}";
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length() + 10).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(mixed, bytes.putLong(json.length()).put(json.getBytes(UTF_8)).array());
    try (Model model = Models.loadModel(mixed)) {
      assertThat(model.info("ids").isReadable()).isFalse();
      assertThat(model.info("ids").shape()).containsExactly(1L);
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> model.getTensor("ids"))
          .withMessageContaining("'ids' is stored as I64[1]")
          .withMessageContaining("F16 or F32");
      assertThat(model.getTensor("w").item()).isZero();
    }
  }

  @Test
  void tellsHowFarAConversionIs() throws IOException {
    List<String> told = new ArrayList<>();
    LoadOptions options =
        LoadOptions.defaults()
            .progress((task, done, total) -> told.add(task + " " + done + "/" + total));
    try (Model model = Models.loadModel(file, options)) {
      model.getTensor("half");
      assertThat(told).isEmpty();
      model.getTensor("wide");
      model.getTensor("wide");
      assertThat(told).containsExactly("convert wide 12/12");
    }
  }

  @Test
  void roundsDoublesOnceToHalves() throws IOException {
    double tie = 1 + 0x1p-11 + 0x1p-40; // by way of float it would be rounded down
    Path doubles = directory.resolve("doubles.safetensors");
    String json = "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}";
    ByteBuffer bytes = ByteBuffer.allocate(16 + json.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length()).put(json.getBytes(UTF_8)).putDouble(tie);
    Files.write(doubles, bytes.array());
    try (Model model = Models.loadModel(doubles)) {
      assertThat(model.getTensor("d").item()).isEqualTo(1 + 0x1p-10f);
    }
  }

  @EnabledOnOs(OS.LINUX) // others do not cut a mapped file
  @ParameterizedTest
  @EnumSource(Residency.class)
  void detectsThatTheFileWasCut(Residency residency) throws IOException {
    try (Model model = Models.loadModel(file, LoadOptions.defaults().residency(residency))) {
      try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
        cut.setLength(100);
      }
      for (String name : model.names()) {
        assertThatExceptionOfType(UncheckedIOException.class)
            .isThrownBy(() -> model.getTensor(name))
            .withMessageContaining("the file was cut after it had been opened");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void detectsThatTheFileWasWrittenTo(Residency residency) throws IOException {
    try (Model model = Models.loadModel(file, LoadOptions.defaults().residency(residency))) {
      try (RandomAccessFile written = new RandomAccessFile(file.toFile(), "rw")) {
        written.seek(written.length() - 1);
        written.write(1);
      }
      Files.setLastModifiedTime(file, FileTime.fromMillis(1)); // whatever the clock's resolution
      for (String name : model.names()) {
        assertThatExceptionOfType(UncheckedIOException.class)
            .isThrownBy(() -> model.getTensor(name))
            .withMessageContaining("the file was written to after it had been opened")
            .withMessageContaining("load the model again");
      }
    }
  }

  @EnabledOnOs({OS.LINUX, OS.MAC}) // Windows does not replace a mapped file
  @ParameterizedTest
  @EnumSource(Residency.class)
  void doesNotMindThatTheFileWasReplacedOrDeleted(Residency residency) throws IOException {
    LoadOptions options = LoadOptions.defaults().residency(residency);
    try (Model model = Models.loadModel(file, options)) {
      Models.saveModel(Map.of("other", Tensor.of(7)), file);
      assertThat(model.getTensor("half").get(1)).isEqualTo(2);
      Files.delete(file);
      assertThat(model.getTensor("wide").get(2)).isEqualTo(3);
    }
  }

  @Test
  void worksAfterAnInterrupt() throws IOException {
    LoadOptions options = LoadOptions.defaults().residency(Residency.RESIDENT);
    try (Model model = Models.loadModel(file, options)) {
      Thread.currentThread().interrupt();
      assertThat(model.getTensor("half").get(0)).isEqualTo(1);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(model.getTensor("wide").get(1)).isEqualTo(2);
    }
  }

  @Test
  void givesManyThreadsTheSame() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Model model = Models.loadModel(file)) {
      List<Future<Tensor>> futures = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String name = i % 2 == 0 ? "half" : "wide";
        futures.add(threads.submit(() -> model.getTensor(name)));
      }
      Tensor wide = model.getTensor("wide");
      for (int i = 1; i < futures.size(); i += 2) {
        assertThat(futures.get(i).get().storage().memory()).isSameAs(wide.storage().memory());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void closingWhileOthersReadIsAnExceptionForThem(Residency residency) throws Exception {
    LoadOptions options = LoadOptions.defaults().residency(residency);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 500; round++) {
        Model model = Models.loadModel(file, options);
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          readers.add(threads.submit(() -> readUntilClosed(model)));
        }
        Thread.onSpinWait();
        model.close();
        for (Future<?> reader : readers) {
          reader.get();
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void closingInTheMiddleOfReadingEndsIt() throws IOException {
    Path large = directory.resolve("large.safetensors");
    Models.saveModel(Map.of("x", Tensor.zeros(9, 1 << 20)), large);
    List<Model> opened = new ArrayList<>();
    LoadOptions options =
        LoadOptions.defaults()
            .residency(Residency.RESIDENT)
            .progress((task, done, total) -> opened.get(0).close());
    try (Model model = Models.loadModel(large, options)) {
      opened.add(model);
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> model.getTensor("x"))
          .withMessageContaining("the model has been closed")
          .withMessageContaining("large.safetensors");
    }
  }

  private static void readUntilClosed(Model model) {
    try {
      while (true) {
        assertThat(model.getTensor("half").toFloatArray()).containsExactly(1, 2);
        assertThat(model.getTensor("wide").get(1)).isEqualTo(2);
      }
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("closed");
    }
  }
}
