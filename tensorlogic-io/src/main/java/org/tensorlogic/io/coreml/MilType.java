package org.tensorlogic.io.coreml;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The type of a MIL value; printed as MIL's text has it. */
sealed interface MilType {
  /** A tensor; an extent of -1 is not known. A scalar has no extents. */
  record Tensor(MilDataType dtype, List<Long> shape) implements MilType {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** As the record's own, but many times faster in a program that has just started. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Tensor tensor && dtype == tensor.dtype && shape.equals(tensor.shape);
    }

    /** As {@link #equals}. */
    @Override
    public int hashCode() {
      return 31 * shape.hashCode() + dtype.hashCode();
    }

    /** Elements in all, or -1 if that is not known or beyond 2^63-1. */
    long size() {
      return Extents.size(shape);
    }

    @Override
    public String toString() {
      String extents =
          shape.stream().map(d -> d < 0 ? "?" : d.toString()).collect(Collectors.joining(", "));
      return "tensor<" + dtype + ", [" + extents + "]>";
    }
  }

  /** A list. */
  record Sequence(MilType element) implements MilType {
    @Override
    public String toString() {
      return "list<" + element + ">";
    }
  }

  /** A tuple. */
  record Tuple(List<MilType> elements) implements MilType {
    public Tuple {
      elements = List.copyOf(elements);
    }

    @Override
    public String toString() {
      return elements.stream()
          .map(MilType::toString)
          .collect(Collectors.joining(", ", "tuple<", ">"));
    }
  }

  /** A dictionary. */
  record Dictionary(MilType key, MilType value) implements MilType {
    @Override
    public String toString() {
      return "dict<" + key + ", " + value + ">";
    }
  }

  /** What an operation may change from call to call. */
  record State(MilType wrapped) implements MilType {
    @Override
    public String toString() {
      return "state<" + wrapped + ">";
    }
  }
}
