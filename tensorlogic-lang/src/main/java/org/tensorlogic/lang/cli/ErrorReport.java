package org.tensorlogic.lang.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorlogic.lang.ProgramExit;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns an exception into one message on standard error and exit code 1. */
final class ErrorReport implements IExecutionExceptionHandler {
  private static final Pattern TEXT = Pattern.compile("[^\n\t]+");

  private final Main main;

  ErrorReport(Main main) {
    this.main = main;
  }

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine command, ParseResult parseResult) {
    if (exception instanceof ProgramExit exit) {
      return exit.status();
    }
    if (main.debug()) {
      exception.printStackTrace(command.getErr());
    } else {
      command.getErr().println(visible(describe(exception)));
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** A message may have several lines, indented by tabs as in a program; the rest is shown. */
  private static String visible(String message) {
    return TEXT.matcher(message)
        .replaceAll(text -> Matcher.quoteReplacement(Text.visible(text.group())));
  }

  private static String describe(Exception exception) {
    String message = exception.getMessage();
    if (message != null && exception instanceof IOException) {
      message = Text.visible(message); // one line, whatever the names in it
    }
    if (message == null) {
      return "error: " + exception;
    }
    if (exception instanceof FileSystemException file && file.getReason() == null) {
      return "error: " + message + ": " + reason(file);
    }
    return message.startsWith("error") ? message : "error: " + message; // a diagnostic says it
  }

  /** What the class says where the message is only the file's name. */
  private static String reason(FileSystemException exception) {
    if (exception instanceof NoSuchFileException) {
      return "no such file";
    }
    if (exception instanceof AccessDeniedException) {
      return "permission denied";
    }
    return exception.getClass().getSimpleName();
  }
}
