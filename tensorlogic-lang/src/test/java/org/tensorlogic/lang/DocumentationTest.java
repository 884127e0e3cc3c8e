package org.tensorlogic.lang;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Backends;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.builtin.Builtin;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.builtin.Signature;

/**
 * Runs the code blocks of the documentation in a folder with a small model. A {@code tl} block
 * prints what the {@code output} block after it says, errors included; without one it only has to
 * run. With {@code UPDATE_EXPECTED} in the environment the output blocks are written anew.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK =
      Pattern.compile("```(tl|java)\n(.*?)```\n(?:\n?```output\n(.*?)```\n)?", Pattern.DOTALL);

  /** A code span with a call: the name, and what stands in the parentheses. */
  private static final Pattern SIGNATURE = Pattern.compile("`([\\w:]+)(?:<\\w+>)?\\(([^`]*)\\)`");

  /** What such a call has beside names of parameters. */
  private static final Pattern NAMELESS = Pattern.compile("…|[0-9.]*");

  /** What the Java snippets take as given. */
  private static final String BEFORE =
      """
      import java.nio.file.*;
      import java.util.*;
      import org.tensorlogic.*;
      import org.tensorlogic.lang.*;
      import org.tensorlogic.optim.*;

      class Snippet {
        static final Tensor x = Tensor.of(new float[] {1, 2, 3}, 3, 1);
        static final Tensor y = Tensor.of(new float[] {2, 4, 6}, 3, 1);
        static final Tensor input = x;
        static final Tensor w = Tensor.ones(1, 1);
        static final Tensor b = Tensor.zeros(1);
        static final Tensor weight = w;
        static final Tensor bias = b;
        static Model model;

        public static void main(String[] arguments) throws Exception {
          model = Models.loadModel("model.safetensors");
      """;

  @TempDir private static Path folder;

  @BeforeAll
  static void writeTheModel() throws IOException {
    Tensor wide = Tensor.of(new float[] {1, -1, 2, -2}, 1, 4);
    Tensor tall = wide.transpose();
    Tensor bias = Tensor.of(new float[] {0, 0.5f, 0, 0.5f}, 4);
    Models.saveModel(
        Map.of(
            "layer.0.weight", wide,
            "layer.0.bias", bias,
            "fc.weight", tall,
            "fc.bias", bias),
        folder.resolve("model.safetensors"));
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(Stream.of(ROOT.resolve("README.md")), pages.sorted())
          .filter(page -> page.toString().endsWith(".md"))
          .toList();
    }
  }

  private static String run(String program) throws IOException {
    StringBuilder out = new StringBuilder();
    TensorLogic session =
        TensorLogic.builder()
            .backend(Backends.named("reference"))
            .output(out)
            .allowFiles(folder)
            .build();
    session.eval("seed(1)");
    Path file = Files.writeString(folder.resolve("main.tl"), program);
    try {
      session.run(file);
    } catch (TensorLogicException e) {
      out.append(e.getMessage()).append('\n');
    }
    return out.toString().replace(file.toString(), "main.tl");
  }

  @TestFactory
  Stream<DynamicTest> programsPrintWhatThePageSays() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages()) {
      String text = Files.readString(page);
      StringBuilder updated = new StringBuilder();
      Matcher block = BLOCK.matcher(text);
      while (block.find()) {
        if (!block.group(1).equals("tl")) {
          continue;
        }
        String program = block.group(2);
        String expected = block.group(3);
        String printed = run(program);
        String name = page.getFileName() + ": " + program.lines().findFirst().orElse("");
        if (expected == null) {
          tests.add(
              DynamicTest.dynamicTest(name, () -> assertThat(printed).doesNotContain("error[")));
        } else {
          tests.add(DynamicTest.dynamicTest(name, () -> assertThat(printed).isEqualTo(expected)));
          String whole = "```tl\n" + program + "```\n```output\n" + printed + "```\n";
          block.appendReplacement(updated, Matcher.quoteReplacement(whole));
        }
      }
      block.appendTail(updated);
      if (System.getenv("UPDATE_EXPECTED") != null) {
        Files.writeString(page, updated.toString());
      }
    }
    assertThat(tests).hasSizeGreaterThan(30);
    return tests.stream();
  }

  @Test
  void theReferenceNamesEveryBuiltIn() throws IOException {
    String reference = Files.readString(ROOT.resolve("docs/language.md")).replaceAll("\\s+", " ");
    List<String> missing = new ArrayList<>(Registry.names());
    missing.removeIf(
        name -> name.startsWith("cndl_") || name.matches("(Float|String|Bool)Vec::.*"));
    missing.removeIf(name -> reference.contains("`" + name + "`"));
    missing.removeIf(name -> reference.contains("`" + name + "("));
    assertThat(missing).isEmpty();
  }

  /** Chapter 14: what is written as {@code softmax(x [, dim])}, outside the examples. */
  private static List<Matcher> signatures() throws IOException {
    String chapter = Files.readString(ROOT.resolve("docs/language.md"));
    chapter = chapter.substring(chapter.indexOf("\n## 14 "), chapter.indexOf("\n## 15 "));
    String prose = BLOCK.matcher(chapter).replaceAll("").replaceAll("\\s+", " ");
    return SIGNATURE.matcher(prose).results().map(r -> whole(r.group())).toList();
  }

  private static Matcher whole(String text) {
    Matcher signature = SIGNATURE.matcher(text);
    assertThat(signature.matches()).as(text).isTrue();
    return signature;
  }

  /** Every argument that the reference shows can be named so, in the order shown. */
  @TestFactory
  Stream<DynamicTest> argumentsMayBeNamedAsShown() throws IOException {
    List<Matcher> signatures = signatures();
    assertThat(signatures).hasSizeGreaterThan(100);
    return signatures.stream()
        .map(s -> DynamicTest.dynamicTest(s.group(), () -> check(s.group(1), s.group(2))));
  }

  private static void check(String function, String arguments) {
    Builtin builtin = Registry.method(function);
    assertThat(builtin).as(function).isNotNull();
    List<String> shown = List.of(arguments.replaceAll("[\\[\\]]", "").split(", *"));
    Signature signature = builtin.signature();
    int last = -1;
    for (String argument : shown) {
      String name = argument.replaceAll("[=:].*", "").strip();
      int next = shown.indexOf(argument) + 1;
      boolean repeated = shown.subList(next, shown.size()).contains("…");
      if (NAMELESS.matcher(name).matches() || isAnyNumber(signature, last, repeated)) {
        continue;
      }
      int place = signature.place(name, shown.size() + 1);
      assertThat(place).as("place of '%s' in %s", name, signature).isGreaterThan(last);
      last = place < signature.positional() ? place : last;
    }
  }

  /** Of the arguments before an ellipsis those have no names that may be any number. */
  private static boolean isAnyNumber(Signature signature, int last, boolean repeated) {
    return repeated && last + 2 >= signature.positional();
  }

  @Test
  void javaSnippetsCompileAndRun() throws Exception {
    StringBuilder code = new StringBuilder(BEFORE);
    for (Path page : pages()) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        if (block.group(1).equals("java")) {
          code.append("{ // ").append(page.getFileName()).append('\n');
          code.append(block.group(2)).append("}\n");
        }
      }
    }
    Files.writeString(folder.resolve("Snippet.java"), code.append("}\n}\n").toString());
    execute("javac", "-proc:none", "Snippet.java");
    execute("java", "-Dtensorlogic.backend=reference", "Snippet");
  }

  /** Runs a tool of this JDK in the folder, over this test's class path. */
  private static void execute(String tool, String... arguments) throws Exception {
    String path = System.getProperty("java.class.path");
    StringBuilder absolute = new StringBuilder(".");
    for (String entry : path.split(File.pathSeparator, -1)) {
      absolute.append(File.pathSeparator).append(Path.of(entry).toAbsolutePath());
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(List.of("-cp", absolute.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
