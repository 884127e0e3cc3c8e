package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.math.BigInteger;
import java.util.Locale;
import org.tensorlogic.ProgressListener;

/** How far a task is, on one line of a terminal, redrawn a few times a second. */
final class ProgressBar implements ProgressListener {
  private static final int WIDTH = 30;
  private static final long INTERVAL_NANOS = 100_000_000;

  private final PrintWriter terminal;
  private final long start = System.nanoTime();
  private long drawn = start - INTERVAL_NANOS;

  ProgressBar(PrintWriter terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized void progress(String task, long done, long total) {
    long now = System.nanoTime();
    if (done < total && now - drawn < INTERVAL_NANOS) {
      return;
    }
    drawn = now;
    terminal.print("\r" + line(task, done, total, (now - start) / 1e9) + "\u001b[K");
    if (done >= total) {
      terminal.println();
    }
    terminal.flush();
  }

  /** {@code write m.gguf [=====> ] 53 %, 1.2 GB of 2.3 GB, 640 MB/s}. */
  static String line(String task, long done, long total, double seconds) {
    double share = total == 0 ? 1 : Math.min(1, (double) done / total);
    int full = (int) (share * WIDTH);
    String bar =
        "=".repeat(full) + (full < WIDTH ? ">" : "") + " ".repeat(Math.max(0, WIDTH - full - 1));
    long rate = seconds <= 0 ? 0 : (long) (done / seconds);
    return String.format(
        Locale.ROOT,
        "%s [%s] %d %%, %s of %s, %s/s",
        Text.visible(task),
        bar,
        (int) (share * 100),
        size(done),
        size(total),
        size(rate));
  }

  private static String size(long bytes) {
    return Text.size(BigInteger.valueOf(bytes));
  }
}
