package org.tensorlogic.lang.runtime;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.BackendUnavailableException;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.MemoryBudgetException;
import org.tensorlogic.ShapeException;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/** Exceptions of the core library as errors of the language. */
public final class Faults {
  /** A Java method of several words and a colon. */
  private static final Pattern METHOD = Pattern.compile("([a-z]+[A-Z][A-Za-z]*):");

  /** What the messages of the core library begin with. */
  private static final Pattern OPERATION = Pattern.compile("^[A-Za-z0-9_]+:");

  private Faults() {}

  /**
   * {@code e} as an error at {@code span}, which may be unknown; what is not an error of the
   * program is returned as is.
   */
  public static RuntimeException locate(RuntimeException e, @Nullable Span span) {
    if (e instanceof Fault fault) {
      return span == null ? fault : fault.at(span);
    }
    DiagnosticCode code = code(e);
    if (code == null) {
      return e;
    }
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    return new Fault(Diagnostic.error(code, span, asWritten(message(cause))), e);
  }

  /** An exception of the core library as an error of the built-in that has called it. */
  static Fault of(String builtin, RuntimeException e) {
    DiagnosticCode code =
        e instanceof ShapeException
            ? DiagnosticCode.SHAPE_MISMATCH
            : DiagnosticCode.INDEX_OUT_OF_RANGE;
    String message = OPERATION.matcher(message(e)).replaceFirst(builtin + ":");
    return new Fault(Diagnostic.error(code, null, message), e);
  }

  /** What neither the heap nor native memory had room for, as an error. */
  static Fault of(OutOfMemoryError e) {
    String message = "out of memory: " + e.getMessage();
    return new Fault(Diagnostic.error(DiagnosticCode.MEMORY_LIMIT, null, message), e);
  }

  /** The operation that a message begins with by its name in the language: broadcast_to. */
  private static String asWritten(String message) {
    Matcher operation = METHOD.matcher(message);
    if (!operation.lookingAt()) {
      return message;
    }
    String name = operation.group(1).replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    return name + message.substring(operation.end(1));
  }

  /** An I/O failure as an error. */
  public static Fault of(IOException e) {
    return new Fault(Diagnostic.error(fileCode(e), null, message(e)), e);
  }

  private static String message(@Nullable Throwable e) {
    if (e instanceof NoSuchFileException missing) {
      return "file not found: " + missing.getFile();
    }
    String message = e == null ? null : e.getMessage();
    return message == null ? String.valueOf(e) : message;
  }

  private static @Nullable DiagnosticCode code(RuntimeException e) {
    if (e instanceof MemoryBudgetException) {
      return DiagnosticCode.MEMORY_LIMIT;
    } else if (e instanceof ShapeException) {
      return DiagnosticCode.SHAPE_MISMATCH;
    } else if (e instanceof IndexOutOfBoundsException) {
      return DiagnosticCode.INDEX_OUT_OF_RANGE;
    } else if (e instanceof ArithmeticException) {
      return DiagnosticCode.INTEGER_OVERFLOW;
    } else if (e instanceof NoSuchElementException) {
      return DiagnosticCode.UNKNOWN_TENSOR;
    } else if (e instanceof UnsupportedOperationException) {
      return DiagnosticCode.UNSUPPORTED_FORMAT;
    } else if (e instanceof UncheckedIOException io) {
      return fileCode(io.getCause());
    } else if (e instanceof BackendUnavailableException
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException) {
      return DiagnosticCode.INVALID_VALUE;
    }
    return null;
  }

  private static DiagnosticCode fileCode(@Nullable Throwable e) {
    if (e instanceof MalformedModelException) {
      return DiagnosticCode.MALFORMED_FILE;
    }
    return e instanceof NoSuchFileException || e instanceof FileNotFoundException
        ? DiagnosticCode.FILE_NOT_FOUND
        : DiagnosticCode.MALFORMED_FILE;
  }
}
