package org.tensorlogic.io.gguf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/**
 * A model split into files {@code NAME-00001-of-00003.gguf} and so on. The first has the metadata,
 * and {@code split.count}; each has its {@code split.no}, counted from 0. Tensor names are unique
 * over all, their number is {@code split.tensors.count}.
 */
final class GgufSplits {
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private GgufSplits() {}

  /** The file in a directory that is the model, or its first part, if there is just one. */
  static Optional<Path> find(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found = files.filter(GgufSplits::isFirst).limit(2).toList();
      return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not readable: not recognised
    }
  }

  private static boolean isFirst(Path file) {
    String name = file.getFileName().toString();
    Matcher split = NAME.matcher(name);
    return name.endsWith(".gguf")
        && Files.isRegularFile(file)
        && (!split.matches() || split.group(2).equals("00001"));
  }

  /** Opens the file and, if it is the first of several, the others; adds all to {@code files}. */
  static List<GgufHeader> open(Path first, LoadOptions options, List<MappedFile> files)
      throws IOException {
    List<GgufHeader> headers = new ArrayList<>();
    headers.add(read(first, options, files));
    long count = number(headers.get(0), COUNT, 1);
    if (count <= 1) {
      return headers;
    }
    if (number(headers.get(0), NUMBER, 0) != 0) {
      throw new MalformedModelException(
          first,
          -1,
          "this is part "
              + (number(headers.get(0), NUMBER, 0) + 1)
              + " of "
              + count
              + "; load the first part, which has the metadata");
    }
    Matcher name = NAME.matcher(String.valueOf(first.getFileName()));
    if (!name.matches() || count > 99_999 || Long.parseLong(name.group(3)) != count) {
      throw new MalformedModelException(
          first,
          -1,
          "the first of " + count + " parts must be named " + partName("NAME", 1, count));
    }
    for (int i = 1; i < count; i++) {
      Path part = first.resolveSibling(partName(name.group(1), i + 1, count));
      headers.add(part(first, part, i, options, files));
    }
    checkTensors(first, headers);
    return headers;
  }

  /** With the same digits in every language. */
  private static String partName(String name, int part, long count) {
    return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", name, part, count);
  }

  private static GgufHeader read(Path path, LoadOptions options, List<MappedFile> files)
      throws IOException {
    MappedFile file = MappedFile.open(path, options);
    files.add(file);
    return GgufHeader.read(file);
  }

  private static GgufHeader part(
      Path first, Path path, int index, LoadOptions options, List<MappedFile> files)
      throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new MalformedModelException(
          first, -1, "the part " + path.getFileName() + " is missing beside it");
    }
    GgufHeader header = read(path, options, files);
    long number = number(header, NUMBER, -1);
    if (number != index) {
      throw new MalformedModelException(
          path, -1, NUMBER + " must be " + index + " as in the file's name, is " + number);
    }
    return header;
  }

  private static long number(GgufHeader header, String key, long otherwise) {
    GgufHeader.Value value = header.values().get(key);
    return value != null && value.value() instanceof Long number ? number : otherwise;
  }

  private static void checkTensors(Path first, List<GgufHeader> headers)
      throws MalformedModelException {
    Set<String> names = new HashSet<>();
    for (GgufHeader header : headers) {
      for (GgufHeader.Tensor tensor : header.tensors()) {
        if (!names.add(tensor.name())) {
          throw new MalformedModelException(
              first, -1, "the tensor '" + tensor.name() + "' is in two parts");
        }
      }
    }
    long expected = number(headers.get(0), TENSORS, names.size());
    if (expected != names.size()) {
      throw new MalformedModelException(
          first, -1, TENSORS + " says " + expected + " tensors, the parts have " + names.size());
    }
  }
}
