package org.tensorlogic.io.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tensorlogic.Backends;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;

/** Does with a file all that an application could, and lets only what is documented pass. */
final class Hostile {
  private static final int ALL_VALUES = 1 << 16;
  private static final LoadOptions OPTIONS =
      LoadOptions.defaults().backend(Backends.named("reference"));

  private Hostile() {}

  /** A folder for the file, in memory where the system has one. */
  static Path folder() throws IOException {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory)
        ? Files.createTempDirectory(memory, "tensorlogic")
        : Files.createTempDirectory("tensorlogic");
  }

  /** True if the file was opened; false if it was refused as documented. */
  static boolean open(Path file) {
    try (Model model = Models.loadModel(file, OPTIONS)) {
      model.metadata().asMap().values().forEach(Hostile::visit);
      model.graph().ifPresent(graph -> visit(graph.toString()));
      for (TensorInfo info : model.tensors()) {
        visit(model, info);
      }
      return true;
    } catch (MalformedModelException e) {
      return false;
    } catch (IOException e) {
      throw new AssertionError("only MalformedModelException is documented", e);
    }
  }

  private static int visit(Object value) {
    int seen = value.hashCode();
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        seen += visit(list.get(i));
      }
    } else if (value instanceof Map<?, ?> map) {
      for (Object entry : map.values()) {
        seen += visit(entry);
      }
    }
    return seen;
  }

  private static void visit(Model model, TensorInfo info) {
    try (Tensor tensor = model.getTensor(info.name())) {
      if (!info.isReadable()) {
        throw new AssertionError(info + " should have been refused");
      }
      if (tensor.size() <= ALL_VALUES) {
        tensor.toFloatArray();
      } else {
        tensor.flatten().get(-1);
      }
    } catch (UnsupportedOperationException e) {
      if (info.isReadable()) {
        throw new AssertionError(info + " is listed as readable", e);
      }
    } catch (UncheckedIOException e) {
      if (!(e.getCause() instanceof MalformedModelException)) {
        throw e;
      }
    }
  }
}
