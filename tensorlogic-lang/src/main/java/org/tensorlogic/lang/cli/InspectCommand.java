package org.tensorlogic.lang.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.TensorInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl inspect}: what a model file holds, without reading a tensor. */
@Command(
    name = "inspect",
    description = "Show the metadata and the tensors of a model file.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "A model file or directory.")
  private Path path;

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (Model model = Models.loadModel(path)) {
      if (json) {
        out.println(Json.write(describe(path, model)));
      } else {
        print(path, model, out);
      }
    }
    return 0;
  }

  static Map<String, Object> describe(Path path, Model model) {
    List<Object> tensors = new ArrayList<>();
    for (TensorInfo info : model.tensors()) {
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("name", info.name());
      tensor.put("type", info.storedType());
      tensor.put("shape", info.shape());
      tensor.put("bytes", info.bytes());
      tensor.put("readable", info.isReadable());
      tensors.add(tensor);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("file", path.toString());
    all.put("format", model.format());
    all.put("metadata", model.metadata().asMap());
    all.put("tensors", tensors);
    all.put("elements", elements(model.tensors()));
    all.put("bytes", bytes(model.tensors()));
    return all;
  }

  static void print(Path path, Model model, PrintWriter out) {
    List<TensorInfo> tensors = model.tensors();
    out.println(Text.visible(path.toString()) + ": " + model.format());
    if (!model.metadata().keys().isEmpty()) {
      Table metadata = new Table("", "");
      model.metadata().asMap().forEach((key, value) -> metadata.row(key, Text.shortened(value)));
      out.println();
      out.println("metadata");
      metadata.print(out);
    }
    Table table = new Table("tensor", "type", "shape", ">bytes");
    for (TensorInfo info : tensors) {
      String type = info.isReadable() ? info.storedType() : info.storedType() + " (listed only)";
      table.row(info.name(), type, info.shape().toString(), Text.grouped(info.bytes()));
    }
    out.println();
    table.print(out);
    out.println();
    out.println(
        "%s tensors, %s elements, %s bytes (%s)"
            .formatted(
                Text.grouped(tensors.size()),
                Text.grouped(elements(tensors)),
                Text.grouped(bytes(tensors)),
                Text.size(bytes(tensors))));
  }

  /** Exact even where a hostile header lists more than a long can count. */
  private static BigInteger elements(List<TensorInfo> tensors) {
    return tensors.stream()
        .map(
            info ->
                info.shape().stream()
                    .map(BigInteger::valueOf)
                    .reduce(BigInteger.ONE, BigInteger::multiply))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private static BigInteger bytes(List<TensorInfo> tensors) {
    return tensors.stream()
        .map(info -> BigInteger.valueOf(info.bytes()))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }
}
