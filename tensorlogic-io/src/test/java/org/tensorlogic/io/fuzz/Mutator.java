package org.tensorlogic.io.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Changes a good file as an attacker would: numbers to extremes, parts doubled, moved, cut. */
final class Mutator {
  static final long[] EXTREMES = {
    0,
    1,
    -1,
    2,
    7,
    8,
    31,
    32,
    33,
    63,
    64,
    127,
    128,
    255,
    256,
    1 << 16,
    1 << 20,
    1 << 30,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    1L << 47,
    1L << 48,
    1L << 60,
    1L << 61,
    1L << 62,
    Long.MAX_VALUE,
    Long.MAX_VALUE - 31,
    Long.MIN_VALUE,
    0x7FFFFFFFFFFFFFC0L
  };
  static final String[] WORDS = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e9",
    "0.5",
    "18446744073709551616",
    "281474976710655",
    "\"F16\"",
    "\"F64\"",
    "\"dtype\"",
    "\"shape\"",
    "\"__metadata__\"",
    "[0,0]",
    "[1,1,1]",
    "../",
    "GGUF"
  };

  private final SplittableRandom random;

  Mutator(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** A changed copy; mostly the header is hit. */
  byte[] mutate(byte[] good) {
    byte[] bytes = good.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      bytes = once(bytes);
    }
    return bytes;
  }

  private byte[] once(byte[] bytes) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = place(bytes.length);
    return switch (random.nextInt(9)) {
      case 0 -> flip(bytes, at);
      case 1 -> number(bytes, at, 4);
      case 2 -> number(bytes, at, 8);
      case 3 -> word(bytes, at);
      case 4 -> Arrays.copyOf(bytes, at);
      case 5 -> splice(bytes, at, at + random.nextInt(1, 64), new byte[0]);
      case 6 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + random.nextInt(1, 64)));
      case 7 -> move(bytes, at);
      default -> digits(bytes, at);
    };
  }

  private int place(int length) {
    int header = Math.min(length, 2048);
    return random.nextInt(4) > 0 ? random.nextInt(header) : random.nextInt(length);
  }

  private byte[] flip(byte[] bytes, int at) {
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    return bytes;
  }

  private byte[] number(byte[] bytes, int at, int width) {
    long value = EXTREMES[random.nextInt(EXTREMES.length)] + random.nextInt(-1, 2);
    boolean bigEndian = random.nextInt(4) == 0;
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (value >>> (8 * (bigEndian ? width - 1 - i : i)));
    }
    return bytes;
  }

  private byte[] word(byte[] bytes, int at) {
    byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(UTF_8);
    return splice(bytes, at, at + (random.nextBoolean() ? word.length : 0), word);
  }

  private byte[] move(byte[] bytes, int at) {
    int to = place(bytes.length);
    int n = Math.min(random.nextInt(1, 32), bytes.length - Math.max(at, to));
    System.arraycopy(bytes, at, bytes, to, n);
    return bytes;
  }

  /** Another digit where there is one, so that the text of a number stays one. */
  private byte[] digits(byte[] bytes, int from) {
    for (int at = from; at < bytes.length; at++) {
      if (bytes[at] >= '0' && bytes[at] <= '9') {
        bytes[at] = (byte) ('0' + random.nextInt(10));
        return bytes;
      }
    }
    return bytes;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] inserted) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.writeBytes(inserted);
    int rest = Math.min(to, bytes.length);
    out.write(bytes, rest, bytes.length - rest);
    return out.toByteArray();
  }
}
