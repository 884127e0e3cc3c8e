package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Indices;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Value;

/**
 * A number array: integers or doubles, row-major, without an element type of its own. Shapes, index
 * lists and integer results are integer arrays. Immutable.
 */
public final class ArrayValue extends Counted {
  private final int[] dims;
  private final boolean integer;
  private final long[] longs;
  private final double[] doubles;

  private ArrayValue(int[] dims, boolean integer, long[] longs, double[] doubles) {
    this.dims = dims;
    this.integer = integer;
    this.longs = longs;
    this.doubles = doubles;
  }

  /** Checks that there is room for an array of this many elements. */
  public static void requireRoom(long elements) {
    MemoryBudget.require(Math.multiplyExact(Double.BYTES, elements));
  }

  /** An integer array; the arrays are taken over. */
  public static ArrayValue ofLongs(long[] values, int... dims) {
    return new ArrayValue(dims.length == 0 ? new int[] {values.length} : dims, true, values, NONE);
  }

  /** A float array; the arrays are taken over. */
  public static ArrayValue ofDoubles(double[] values, int... dims) {
    int[] shape = dims.length == 0 ? new int[] {values.length} : dims;
    return new ArrayValue(shape, false, NO_LONGS, values);
  }

  private static final double[] NONE = {};
  private static final long[] NO_LONGS = {};

  public static ArrayValue of(Shape shape) {
    return ofLongs(shape.dims(), shape.rank());
  }

  public static ArrayValue of(Indices indices) {
    long[] values = Arrays.stream(indices.toArray()).asLongStream().toArray();
    long[] shape = indices.shape().dims();
    return ofLongs(values, Arrays.stream(shape).mapToInt(Math::toIntExact).toArray());
  }

  public boolean isInteger() {
    return integer;
  }

  public int rank() {
    return dims.length;
  }

  public int dim(int axis) {
    return dims[axis];
  }

  public int[] dims() {
    return dims.clone();
  }

  public Shape shape() {
    return Shape.of(Arrays.stream(dims).asLongStream().toArray());
  }

  public int size() {
    return integer ? longs.length : doubles.length;
  }

  /** An element by its row-major position. */
  public double get(int position) {
    return integer ? longs[position] : doubles[position];
  }

  /** An element as an integer; a float must be integral. */
  public long getLong(int position) {
    return integer ? longs[position] : Conversions.integral(doubles[position]);
  }

  /** An element as the language gives it. */
  public Datum element(int position) {
    return integer ? IntValue.of(longs[position]) : FloatValue.of(doubles[position]);
  }

  /** Elements {@code from} to {@code to} (row-major) in a shape of that size. */
  public ArrayValue part(int from, int to, int... shape) {
    return integer
        ? new ArrayValue(shape, true, Arrays.copyOfRange(longs, from, to), NONE)
        : new ArrayValue(shape, false, NO_LONGS, Arrays.copyOfRange(doubles, from, to));
  }

  /** Row {@code index} of the first dimension: an element or a smaller array. */
  public Datum row(int index) {
    if (rank() == 1) {
      return element(index);
    }
    int size = size() / Math.max(1, dims[0]);
    return part(index * size, (index + 1) * size, Arrays.copyOfRange(dims, 1, rank()));
  }

  /** The same elements in a shape of equal size. */
  public ArrayValue reshaped(int... shape) {
    return new ArrayValue(shape, integer, longs, doubles);
  }

  public double[] toDoubles() {
    double[] values = new double[size()];
    Arrays.setAll(values, this::get);
    return values;
  }

  public long[] toLongs() {
    long[] values = new long[size()];
    Arrays.setAll(values, this::getLong);
    return values;
  }

  public Indices toIndices() {
    return Indices.of(toIntArray(), shape());
  }

  @Override
  long bytes() {
    return OBJECT + (long) Double.BYTES * size();
  }

  @Override
  public void escape() {
    keepForever();
  }

  @Override
  public String type() {
    return (integer ? "int" : "float") + " array " + Arrays.toString(dims);
  }

  @Override
  public boolean isNumber() {
    return size() == 1;
  }

  @Override
  public double toDouble() {
    if (size() != 1) {
      throw mismatch("a number");
    }
    return get(0);
  }

  @Override
  public long toLong() {
    if (size() != 1) {
      throw mismatch("an integer");
    }
    return getLong(0);
  }

  @Override
  public Tensor toTensor() {
    return Conversions.tensor(this);
  }

  @Override
  public float[] toFloatArray() {
    float[] values = new float[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) get(i);
    }
    return values;
  }

  @Override
  public int[] toIntArray() {
    int[] values = new int[size()];
    for (int i = 0; i < values.length; i++) {
      long value = getLong(i);
      if (value != (int) value) {
        throw new Fault(DiagnosticCode.INVALID_VALUE, "expected integers of 32 bits, got " + value);
      }
      values[i] = (int) value;
    }
    return values;
  }

  @Override
  public List<Value> toList() {
    List<Value> rows = new ArrayList<>();
    for (int i = 0; i < dims[0]; i++) {
      rows.add(row(i));
    }
    return rows;
  }

  @Override
  public Object toJava() {
    return integer ? toLongs() : toDoubles();
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof ArrayValue that) || !Arrays.equals(dims, that.dims)) {
      return false;
    }
    return (integer && that.integer)
        ? Arrays.equals(toLongs(), that.toLongs())
        : Arrays.equals(toDoubles(), that.toDoubles());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(toDoubles());
  }

  @Override
  public String toString() {
    return Text.array(this);
  }
}
