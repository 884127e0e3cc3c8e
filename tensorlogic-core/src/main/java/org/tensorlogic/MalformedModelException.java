package org.tensorlogic;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model file breaks a rule of its format. */
public final class MalformedModelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;
  private final String reason;

  /**
   * Creates the exception.
   *
   * @param offset position in the file in bytes, or -1 if there is none to name
   */
  public MalformedModelException(Path file, long offset, String reason) {
    this(file, offset, reason, null);
  }

  /** As above, keeping what a parser reported. */
  public MalformedModelException(Path file, long offset, String reason, @Nullable Throwable cause) {
    super(file + (offset < 0 ? "" : " at byte " + offset) + ": " + reason, cause);
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }

  /** The file, as it was given. */
  public Path file() {
    return file;
  }

  /** Position in bytes, or -1. */
  public long offset() {
    return offset;
  }

  /** The broken rule, without file and position. */
  public String reason() {
    return reason;
  }
}
