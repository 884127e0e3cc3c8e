package org.tensorlogic.lang.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.ProgressListener;
import org.tensorlogic.SaveOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl convert}: writes a model in another format or type. */
@Command(
    name = "convert",
    description = "Convert a model to SafeTensors or GGUF, as the extension of OUT says.",
    mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {
  /** What weights can be stored as. */
  enum Type {
    F32,
    F16,
    Q8_0,
    Q4_0;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    Encoding encoding() {
      return Encoding.valueOf(name());
    }

    /** What to read weights as, so that they are rounded once. */
    DType source() {
      return this == F16 ? DType.F16 : DType.F32;
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "A model file or directory.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .safetensors or .gguf file.")
  private Path out;

  @Option(
      names = "--type",
      description = {
        "Store weights as one of ${COMPLETION-CANDIDATES} (q8_0 and q4_0 in GGUF only).",
        "Without it each stays as it is, or becomes the nearest type that OUT can hold."
      })
  private @Nullable Type type;

  @Override
  public Integer call() throws IOException {
    LoadOptions load = LoadOptions.defaults().dtype(type == null ? null : type.source());
    SaveOptions save = SaveOptions.defaults().encoding(type == null ? null : type.encoding());
    try (Model model = Models.loadModel(in, load)) {
      Models.saveModel(model, out, save.progress(progress()));
      spec.commandLine().getOut().println(summary(model));
    }
    return 0;
  }

  private ProgressListener progress() {
    PrintWriter err = spec.commandLine().getErr();
    return Ansi.AUTO.enabled() ? new ProgressBar(err) : (task, done, total) -> {};
  }

  private String summary(Model model) throws IOException {
    String tensors = Text.grouped(model.tensors().size());
    String size = Text.size(BigInteger.valueOf(Files.size(out)));
    return Text.visible(out.toString()) + ": " + tensors + " tensors, " + size;
  }
}
