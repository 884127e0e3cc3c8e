package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableDoubleArray;
import java.io.IOException;
import java.util.List;

/** A neural network's quantized weights. */
record QuantizedWeight(List<Long> shape, long storedBytes, Numbers codes, Meaning meaning)
    implements Constant {

  /** What a code stands for. */
  interface Meaning {
    /** Its name in listings. */
    String text();

    /** Turns codes into values; the first is element {@code from}. */
    void decode(long from, float[] values, int at, int n);
  }

  /** {@code code * scale + bias}, for each channel or for all. */
  record Linear(Grouping channels, ImmutableDoubleArray scale, ImmutableDoubleArray bias)
      implements Meaning {
    @Override
    public String text() {
      return "linear";
    }

    @Override
    public void decode(long from, float[] values, int at, int n) {
      for (long element = from; element < from + n; ) {
        int channel = (int) channels.group(element);
        double s = scale.get(channel);
        double b = bias.get(channel);
        long end = Math.min(from + n, channels.end(element));
        for (; element < end; element++) {
          int i = at + (int) (element - from);
          values[i] = (float) (values[i] * s + b);
        }
      }
    }
  }

  /** An entry of a table. */
  record Table(ImmutableDoubleArray entries) implements Meaning {
    @Override
    public String text() {
      return "lookup";
    }

    @Override
    public void decode(long from, float[] values, int at, int n) {
      for (int i = at; i < at + n; i++) {
        values[i] = (float) entries.get((int) values[i]);
      }
    }
  }

  @Override
  public MilDataType dtype() {
    return MilDataType.FLOAT32;
  }

  @Override
  public String storedType() {
    return "quantized<" + meaning.text() + ", " + bits() + ">";
  }

  private int bits() {
    return codes instanceof HighBitFirstNumbers packed ? packed.bits() : 8;
  }

  @Override
  public Numbers open() {
    return new Decoded(codes, meaning);
  }

  private record Decoded(Numbers codes, Meaning meaning) implements Numbers {
    @Override
    public long size() {
      return codes.size();
    }

    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      codes.read(from, target, at, n);
      meaning.decode(from, target, at, n);
    }
  }
}
