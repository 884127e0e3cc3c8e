package org.tensorlogic.lang;

/**
 * How much one run of a program may use. Exceeding a limit is a {@link TensorLogicException} with a
 * code of class E06.
 *
 * @param steps statements, loop iterations and calls executed
 * @param callDepth nested calls of functions
 * @param loopIterations iterations of one loop
 * @param outputCharacters characters printed
 * @param tensorBytes bytes of the tensors that the program has made and still holds
 */
public record Limits(
    long steps, int callDepth, long loopIterations, long outputCharacters, long tensorBytes) {

  /** No limit but a call depth of 1000. */
  public static Limits none() {
    return new Limits(Long.MAX_VALUE, 1000, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /** For programs from outside: 10 million steps, depth 200, a million characters, 1 GiB. */
  public static Limits strict() {
    return new Limits(10_000_000, 200, 10_000_000, 1_000_000, 1L << 30);
  }

  public Limits steps(long most) {
    return new Limits(most, callDepth, loopIterations, outputCharacters, tensorBytes);
  }

  public Limits callDepth(int most) {
    return new Limits(steps, most, loopIterations, outputCharacters, tensorBytes);
  }

  public Limits loopIterations(long most) {
    return new Limits(steps, callDepth, most, outputCharacters, tensorBytes);
  }

  public Limits outputCharacters(long most) {
    return new Limits(steps, callDepth, loopIterations, most, tensorBytes);
  }

  public Limits tensorBytes(long most) {
    return new Limits(steps, callDepth, loopIterations, outputCharacters, most);
  }
}
