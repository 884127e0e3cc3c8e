package org.tensorlogic.lang.runtime;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.syntax.Declaration;
import org.tensorlogic.lang.syntax.Parser;
import org.tensorlogic.lang.syntax.SourceFile;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;

/** Parses a source and the files it imports, each once, what is imported before what imports it. */
final class Loader {
  private final FileAccess files;
  private final Set<Path> loaded = new HashSet<>();
  private final Set<Path> open = new LinkedHashSet<>();
  private final List<SourceFile> ordered = new ArrayList<>();

  Loader(FileAccess files) {
    this.files = files;
  }

  /** The files in order; the last is {@code source}, which stands in {@code path} if not null. */
  List<SourceFile> load(Source source, @Nullable Path path) {
    if (path != null) {
      open.add(path.toAbsolutePath().normalize());
    }
    Path directory = path == null ? null : path.toAbsolutePath().getParent();
    add(Parser.parse(source), directory);
    return ordered;
  }

  private void add(SourceFile file, @Nullable Path directory) {
    for (Statement item : file.items()) {
      if (item instanceof Declaration.Import wanted) {
        try {
          load(wanted, directory);
        } catch (Fault e) {
          throw e.at(wanted.pathSpan());
        }
      }
    }
    ordered.add(file);
  }

  private void load(Declaration.Import wanted, @Nullable Path directory) {
    Path path = files.readable(wanted.path(), directory);
    if (open.contains(path)) {
      String chain =
          open.stream()
                  .dropWhile(file -> !file.equals(path))
                  .map(Loader::shown)
                  .collect(Collectors.joining(" -> "))
              + " -> "
              + shown(path);
      throw new Fault(DiagnosticCode.IMPORT_CYCLE, "files import each other: " + chain);
    }
    if (!loaded.add(path)) {
      return;
    }
    open.add(path);
    add(Parser.parse(Source.of(wanted.path(), read(path, wanted.path()))), path.getParent());
    open.remove(path);
  }

  private static String shown(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static String read(Path path, String shown) {
    try {
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new Fault(DiagnosticCode.MALFORMED_FILE, shown + " is not UTF-8 text");
    } catch (IOException e) {
      throw Faults.of(e);
    }
  }
}
