package org.tensorlogic.io.coreml;

import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/** A value that is written down in a MIL program. */
sealed interface MilValue {
  /** As plain Java: a String, Long, Double or Boolean, a List or Map of such. */
  Object plain();

  /** A tensor of numbers or truth values, in the program or in a weight file. */
  record Numeric(MilType.Tensor type, StoredNumbers numbers, boolean inWeightFile)
      implements MilValue, Constant {
    @Override
    public MilDataType dtype() {
      return type.dtype();
    }

    @Override
    public List<Long> shape() {
      return type.shape();
    }

    @Override
    public String storedType() {
      return dtype().toString();
    }

    @Override
    public long storedBytes() {
      return dtype().bytes(numbers.size());
    }

    @Override
    public Numbers open() {
      return numbers;
    }

    @Override
    public Numbers openRounded() {
      return open();
    }

    @Override
    public Object plain() {
      return shape().isEmpty() ? plain(0) : new Elements(this);
    }

    private Object plain(long index) {
      Number number = numbers.get(index);
      return dtype() == MilDataType.BOOL ? (Object) (number.longValue() != 0) : number;
    }

    /** The elements, row-major, read when asked for. */
    private static final class Elements extends AbstractList<Object> implements RandomAccess {
      private final Numeric tensor;

      Elements(Numeric tensor) {
        this.tensor = tensor;
      }

      @Override
      public Object get(int index) {
        if (index < 0 || index >= size()) {
          throw new IndexOutOfBoundsException(index);
        }
        return tensor.plain(index);
      }

      @Override
      public int size() {
        return (int) Math.min(tensor.numbers.size(), Integer.MAX_VALUE);
      }
    }
  }

  /** A tensor of strings. */
  record Strings(MilType.Tensor type, List<String> values) implements MilValue {
    public Strings {
      values = List.copyOf(values);
    }

    @Override
    public Object plain() {
      return type.shape().isEmpty() ? values.get(0) : values;
    }
  }

  /** A list or a tuple. */
  record Sequence(List<MilValue> values) implements MilValue {
    public Sequence {
      values = List.copyOf(values);
    }

    @Override
    public Object plain() {
      return values.stream().map(MilValue::plain).toList();
    }
  }

  /** A dictionary. */
  record Dictionary(Map<MilValue, MilValue> entries) implements MilValue {
    @Override
    public Object plain() {
      Map<String, Object> map = new LinkedHashMap<>();
      entries.forEach((key, value) -> map.put(key.plain().toString(), value.plain()));
      return map;
    }
  }
}
