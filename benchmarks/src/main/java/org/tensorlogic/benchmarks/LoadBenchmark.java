package org.tensorlogic.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tensorlogic.DType;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

/** Opening a SafeTensors file of 1,000 tensors, and converting what is not stored as halves. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LoadBenchmark {
  /** As stored in the file. */
  @Param({"F16", "F32"})
  public DType dtype = DType.F16;

  private Path file = Path.of("");
  private LoadOptions options = LoadOptions.defaults();

  /** Writes 1,000 tensors of 64 Ki elements. */
  @Setup
  public void setUp(BackendState state) throws IOException {
    options = LoadOptions.defaults().backend(state.backend());
    file = Files.createTempFile("benchmark", ".safetensors");
    Tensor values = state.random(dtype, 1, 256, 256);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 1000; i++) {
      tensors.put("layer." + i + ".weight", values);
    }
    Models.saveModel(tensors, file);
  }

  /** Deletes the file. */
  @TearDown
  public void tearDown() throws IOException {
    Files.delete(file);
  }

  /** Header only. */
  @Benchmark
  public int open() throws IOException {
    try (Model model = Models.loadModel(file, options)) {
      return model.tensors().size();
    }
  }

  /** Header and every tensor, as halves. */
  @Benchmark
  public long openAndGetAll() throws IOException {
    try (Model model = Models.loadModel(file, options)) {
      long bytes = 0;
      for (String name : model.names()) {
        bytes += model.getTensor(name).storage().byteSize();
      }
      return bytes;
    }
  }
}
