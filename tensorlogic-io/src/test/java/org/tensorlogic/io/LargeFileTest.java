package org.tensorlogic.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;

/** Files with holes, which take no space: no size below a long's is a limit. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LargeFileTest {
  private static final long GIB = 1L << 30;

  @TempDir Path directory;

  /** A SafeTensors file with one tensor of halves, of which the last is 1.5. */
  private Path halves(long bytes) throws IOException {
    String json =
        "{\"t\":{\"dtype\":\"F16\",\"shape\":[%d,1024],\"data_offsets\":[0,%d]}}"
            .formatted(bytes / 2048, bytes);
    json += " ".repeat(json.length() % 2); // halves at an odd byte would be copied
    Path path = directory.resolve("large.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(json.length()));
      file.write(json.getBytes(UTF_8));
      file.setLength(file.getFilePointer() + bytes);
      file.seek(file.length() - 2);
      file.writeShort(0x003E); // 1.5, little end first
    }
    return path;
  }

  @Test
  void readsATensorOfMoreThanTwoGibibytes() throws IOException {
    try (Model model = Models.loadModel(halves(5 * GIB))) {
      Tensor tensor = model.getTensor("t");
      assertThat(tensor.size()).isEqualTo(5 * GIB / 2);
      assertThat(tensor.get(-1, -1)).isEqualTo(1.5f);
      assertThat(tensor.select(0, -1).toFloatArray()).endsWith(0, 1.5f);
    }
  }

  @Test
  void openingAHundredGibibytesCostsTheHeader() throws IOException {
    Path path = halves(100 * GIB);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          try (Model model = Models.loadModel(path)) {
            assertThat(model.tensors()).extracting(TensorInfo::bytes).containsExactly(100 * GIB);
            assertThat(model.getTensor("t").get(-1, -1)).isEqualTo(1.5f);
          }
        });
  }

  @Test
  void opensAHundredThousandTensorsQuickly() throws IOException {
    int n = 100_000;
    Path path = directory.resolve("many.gguf");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Tensor one = Tensor.zeros(1, 1);
    for (int i = 0; i < n; i++) {
      tensors.put("blk." + i + ".attn_q.weight", one);
    }
    Models.saveModel(tensors, path);
    Models.saveModel(tensors, directory.resolve("many.safetensors"));
    for (String name : new String[] {"many.gguf", "many.safetensors"}) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(60), // a hundredth of that on a quiet machine
          () -> {
            try (Model model = Models.loadModel(directory.resolve(name))) {
              assertThat(model.tensors()).hasSize(n);
              assertThat(model.getTensor("blk.99999.attn_q.weight").item()).isZero();
            }
          });
    }
  }
}
