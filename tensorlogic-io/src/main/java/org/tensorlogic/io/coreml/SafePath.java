package org.tensorlogic.io.coreml;

/** Paths that a file writes down, relative to a directory, with slashes. */
final class SafePath {
  private SafePath() {}

  /** Whether a path stays inside its directory, on every system. */
  static boolean isInside(String path) {
    for (String part : path.split("/", -1)) {
      boolean plain = part.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':');
      if (part.isEmpty() || part.equals(".") || part.equals("..") || !plain) {
        return false;
      }
    }
    return true;
  }
}
