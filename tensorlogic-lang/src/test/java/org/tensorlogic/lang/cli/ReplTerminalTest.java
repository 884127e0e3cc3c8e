package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.lang.TensorLogic;

/** The interactive session on a terminal without features. */
class ReplTerminalTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final PipedOutputStream keyboard = new PipedOutputStream();

  private void type(String line) throws IOException {
    keyboard.write((line + "\n").getBytes(UTF_8));
    keyboard.flush();
  }

  private void awaitText(String text) throws InterruptedException {
    while (!shown.toString(UTF_8).contains(text)) {
      Thread.sleep(5);
    }
  }

  @Test
  @Timeout(60)
  void controlCEndsWhatRunsAndKeepsTheSession() throws Exception {
    try (Terminal terminal =
        new DumbTerminal("test", "dumb", new PipedInputStream(keyboard), shown, UTF_8)) {
      TensorLogic session = TensorLogic.builder().output(new Unbuffered(terminal.writer())).build();
      CompletableFuture<Integer> status =
          CompletableFuture.supplyAsync(
              () -> ReplCommand.converse(terminal, session, folder.resolve("history")));
      type("let x = 41");
      type("print(\"be\" + \"gun\"); loop { x = x + 0 }");
      awaitText("begun");
      terminal.raise(Terminal.Signal.INT);
      awaitText("the program was cancelled");
      type("print(\"x is\", x + 1)");
      awaitText("x is 42");
      type(":quit");
      assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }
  }
}
