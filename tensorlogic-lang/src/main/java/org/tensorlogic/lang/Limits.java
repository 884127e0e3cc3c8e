package org.tensorlogic.lang;

import java.time.Duration;

/**
 * How much one run of a program may use. Exceeding a limit is a {@link TensorLogicException} with a
 * code of class E06.
 *
 * @param steps statements, loop iterations and calls executed
 * @param callDepth nested calls of functions
 * @param loopIterations iterations of one loop
 * @param outputCharacters characters printed
 * @param tensorBytes bytes of the tensors, arrays, strings and lists that the program has made and
 *     still holds
 * @param time wall-clock time, looked at before every step and within inference and {@code inv}: no
 *     other operation is interrupted
 */
public record Limits(
    long steps,
    int callDepth,
    long loopIterations,
    long outputCharacters,
    long tensorBytes,
    Duration time) {

  /** A time that is no limit. */
  public static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);

  /** No limit but a call depth of 1000. */
  public static Limits none() {
    long all = Long.MAX_VALUE;
    return new Limits(all, 1000, all, all, all, UNLIMITED);
  }

  /** For programs from outside: 10 million steps, depth 200, 1 million characters, 1 GiB, 10 s. */
  public static Limits strict() {
    return new Limits(10_000_000, 200, 10_000_000, 1_000_000, 1L << 30, Duration.ofSeconds(10));
  }

  /** With at most this many statements, loop iterations and calls. */
  public Limits steps(long most) {
    return new Limits(most, callDepth, loopIterations, outputCharacters, tensorBytes, time);
  }

  /** With at most this many nested calls. */
  public Limits callDepth(int most) {
    return new Limits(steps, most, loopIterations, outputCharacters, tensorBytes, time);
  }

  /** With at most this many iterations of one loop. */
  public Limits loopIterations(long most) {
    return new Limits(steps, callDepth, most, outputCharacters, tensorBytes, time);
  }

  /** With at most this many characters printed. */
  public Limits outputCharacters(long most) {
    return new Limits(steps, callDepth, loopIterations, most, tensorBytes, time);
  }

  /** With at most this many bytes of tensors, arrays, strings and lists at a time. */
  public Limits tensorBytes(long most) {
    return new Limits(steps, callDepth, loopIterations, outputCharacters, most, time);
  }

  /** With at most this much wall-clock time for a run. */
  public Limits time(Duration most) {
    return new Limits(steps, callDepth, loopIterations, outputCharacters, tensorBytes, most);
  }
}
