package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Linearly quantized: {@code scale * (data - offset)}, with parameters for each block of it. */
record ScaledConstant(String operation, Constant data, Parameter scale, @Nullable Parameter offset)
    implements Constant {

  /** One number for each block. */
  record Parameter(Constant values, Grouping grouping) {}

  @Override
  public MilDataType dtype() {
    return scale.values.dtype();
  }

  @Override
  public List<Long> shape() {
    return data.shape();
  }

  @Override
  public String storedType() {
    return operation + "<" + data.storedType() + ", " + dtype() + ">";
  }

  @Override
  public long storedBytes() {
    long parameters =
        scale.values.storedBytes() + (offset == null ? 0 : offset.values.storedBytes());
    return data.storedBytes() + parameters;
  }

  @Override
  public Numbers open() throws IOException {
    return new Scaled(
        data.openRounded(), new Grouped(scale), offset == null ? null : new Grouped(offset));
  }

  /** A parameter by the element that it applies to. */
  static final class Grouped {
    private final Grouping grouping;
    private final Window values;

    Grouped(Parameter parameter) throws IOException {
      this.grouping = parameter.grouping;
      this.values = new Window(parameter.values.openRounded());
    }

    float get(long element) throws IOException {
      return values.get(grouping.group(element));
    }

    long end(long element) {
      return grouping.end(element);
    }
  }

  private record Scaled(Numbers data, Grouped scale, @Nullable Grouped offset) implements Numbers {
    @Override
    public long size() {
      return data.size();
    }

    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      data.read(from, target, at, n);
      for (long element = from; element < from + n; ) {
        float s = scale.get(element);
        float o = 0;
        long end = Math.min(from + n, scale.end(element));
        if (offset != null) {
          o = offset.get(element);
          end = Math.min(end, offset.end(element));
        }
        for (; element < end; element++) {
          int i = at + (int) (element - from);
          target[i] = s * (target[i] - o);
        }
      }
    }
  }
}
