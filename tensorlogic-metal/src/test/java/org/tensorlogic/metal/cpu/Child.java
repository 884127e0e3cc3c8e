package org.tensorlogic.metal.cpu;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A Java process with this one's class path: its exit code and all it printed, except for Java 24's
 * and later's warning that JavaCPP loads a library.
 */
record Child(int exitCode, String output) {
  private static final Pattern RESTRICTED_METHOD =
      Pattern.compile("\\AWARNING: A restricted method in .*\\R(WARNING: .*\\R)+\\R?");

  /** Runs a class of the tests with options, in a folder. */
  static Child run(Path folder, Class<?> main, String... options)
      throws IOException, InterruptedException {
    return run(folder, classPath(), main, options);
  }

  /** The same with another class path. */
  static Child run(Path folder, List<Path> classPath, Class<?> main, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.addAll(List.of(options));
    String joined =
        String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList());
    command.addAll(List.of("-cp", joined, main.getName()));
    Path output = Files.createTempFile(folder, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "TENSORLOGIC_CPU_LEVEL"));
    Process process = builder.start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(main + " has not ended; so far: " + Files.readString(output));
    }
    String printed = Files.readString(output, StandardCharsets.UTF_8);
    return new Child(process.exitValue(), RESTRICTED_METHOD.matcher(printed).replaceFirst(""));
  }

  /** This process's class path, absolute. */
  static List<Path> classPath() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<Path> entries = new ArrayList<>();
    for (String entry : path.split(File.pathSeparator)) {
      entries.add(Path.of(entry).toAbsolutePath());
    }
    return entries;
  }
}
