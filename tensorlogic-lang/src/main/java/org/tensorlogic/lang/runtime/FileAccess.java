package org.tensorlogic.lang.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Policy;
import org.tensorlogic.lang.value.Fault;

/** Opens the paths of programs as the policy allows. */
public final class FileAccess {
  private static final String READING = "Policy.allowRead or Policy.allowFiles";

  private final Policy policy;

  public FileAccess(Policy policy) {
    this.policy = policy;
  }

  /** A file or directory to read. Relative paths mean the working directory, then each root. */
  public Path readable(String path) {
    return readable(path, null);
  }

  /** As {@link #readable(String)}, relative to {@code directory} if it is not null. */
  public Path readable(String path, @Nullable Path directory) {
    Path given = parse(path);
    Path base = directory == null ? Path.of("") : directory;
    Path direct = base.resolve(given).toAbsolutePath().normalize();
    if (isBelow(direct, policy.readRoots()) && Files.exists(direct)) {
      return direct;
    }
    if (!given.isAbsolute() && directory == null) {
      for (Path root : policy.readRoots()) {
        Path below = root.resolve(given).normalize();
        if (Files.exists(below) && isBelow(below, policy.readRoots())) {
          return below;
        }
      }
    }
    if (isBelow(direct, policy.readRoots()) || isAnyBelow(given, directory)) {
      throw new Fault(DiagnosticCode.FILE_NOT_FOUND, "file not found: " + path);
    }
    throw denied("reading", path, policy.readRoots(), READING);
  }

  /** Checks a file that was not named but found: a part of a model, say, or a link to one. */
  public void requireReadable(Path file) {
    if (!isBelow(file.toAbsolutePath().normalize(), policy.readRoots())) {
      throw denied("reading", file.toString(), policy.readRoots(), READING);
    }
  }

  /** Whether the path would be inside a root, so that saying it is missing tells nothing. */
  private boolean isAnyBelow(Path given, @Nullable Path directory) {
    return directory == null
        && !given.isAbsolute()
        && policy.readRoots().stream()
            .anyMatch(root -> isBelow(root.resolve(given).normalize(), policy.readRoots()));
  }

  /** A file to write. */
  public Path writable(String path) {
    Path given = parse(path);
    Path direct = given.toAbsolutePath().normalize();
    if (isBelow(direct, policy.writeRoots())) {
      return direct;
    }
    if (!given.isAbsolute()) {
      for (Path root : policy.writeRoots()) {
        Path below = root.resolve(given).normalize();
        if (isBelow(below, policy.writeRoots())) {
          return below;
        }
      }
    }
    throw denied("writing", path, policy.writeRoots(), "Policy.allowFiles");
  }

  private static Path parse(String path) {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new Fault(DiagnosticCode.FILE_NOT_FOUND, "not a valid path: " + e.getMessage());
    }
  }

  /** Whether the path, with its symbolic links followed, lies below a root. */
  private static boolean isBelow(Path path, List<Path> roots) {
    Path real = real(path);
    return roots.stream().anyMatch(root -> path.startsWith(root) && real.startsWith(real(root)));
  }

  /** The nearest existing ancestor with links followed, and the rest as written. */
  private static Path real(Path path) {
    Path existing = path;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null) {
      return path;
    }
    try {
      return existing.toRealPath().resolve(existing.relativize(path)).normalize();
    } catch (IOException e) {
      return path;
    }
  }

  private static Fault denied(String what, String path, List<Path> roots, String remedy) {
    Fault fault =
        new Fault(DiagnosticCode.ACCESS_DENIED, what + " '" + path + "' is not allowed here");
    return roots.isEmpty()
        ? fault.withHelp("the host allows " + what + " with " + remedy)
        : fault.withHelp("the host allows " + what + " only below certain directories");
  }
}
