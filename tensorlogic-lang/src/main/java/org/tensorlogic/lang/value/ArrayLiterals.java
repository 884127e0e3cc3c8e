package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;

/** What {@code [a, b, …]} makes: a number array, a stacked tensor or a list. */
public final class ArrayLiterals {
  private ArrayLiterals() {}

  /** The value of a literal with these elements. */
  public static Datum gather(List<Datum> elements) {
    if (elements.isEmpty()) {
      return new ListValue(elements);
    }
    Datum first = elements.get(0);
    if (elements.stream().allMatch(ArrayLiterals::isScalar)) {
      return numbers(elements);
    }
    if (elements.stream().allMatch(ArrayValue.class::isInstance)) {
      return rows(elements);
    }
    if (elements.stream().allMatch(TensorValue.class::isInstance)) {
      return stack(elements);
    }
    boolean uniform = elements.stream().allMatch(e -> e.getClass() == first.getClass());
    if (uniform) {
      return new ListValue(elements);
    }
    Datum other =
        elements.stream().filter(e -> e.getClass() != first.getClass()).findFirst().orElse(first);
    throw new Fault(
        DiagnosticCode.ARRAY_LITERAL,
        "an array cannot mix " + first.type() + " and " + other.type());
  }

  private static boolean isScalar(Datum value) {
    return value instanceof IntValue
        || value instanceof FloatValue
        || (value instanceof TensorValue tensor && tensor.tensor().size() == 1);
  }

  private static ArrayValue numbers(List<Datum> elements) {
    if (elements.stream().allMatch(IntValue.class::isInstance)) {
      return ArrayValue.ofLongs(elements.stream().mapToLong(Datum::toLong).toArray());
    }
    return ArrayValue.ofDoubles(elements.stream().mapToDouble(Datum::toDouble).toArray());
  }

  private static ArrayValue rows(List<Datum> elements) {
    ArrayValue first = (ArrayValue) elements.get(0);
    boolean integer = true;
    for (Datum element : elements) {
      ArrayValue row = (ArrayValue) element;
      if (!Arrays.equals(row.dims(), first.dims())) {
        throw unequal(first, row);
      }
      integer &= row.isInteger();
    }
    int[] dims = new int[first.rank() + 1];
    dims[0] = elements.size();
    System.arraycopy(first.dims(), 0, dims, 1, first.rank());
    int size = first.size();
    if (integer) {
      long[] longs = new long[elements.size() * size];
      for (int i = 0; i < elements.size(); i++) {
        System.arraycopy(((ArrayValue) elements.get(i)).toLongs(), 0, longs, i * size, size);
      }
      return ArrayValue.ofLongs(longs, dims);
    }
    double[] doubles = new double[elements.size() * size];
    for (int i = 0; i < elements.size(); i++) {
      System.arraycopy(((ArrayValue) elements.get(i)).toDoubles(), 0, doubles, i * size, size);
    }
    return ArrayValue.ofDoubles(doubles, dims);
  }

  private static Fault unequal(ArrayValue first, ArrayValue row) {
    if (first.rank() == 1 && row.rank() == 1) {
      return new Fault(
          DiagnosticCode.ARRAY_LITERAL,
          "the rows of an array must have equal lengths, got "
              + first.size()
              + " and "
              + row.size());
    }
    return new Fault(
        DiagnosticCode.ARRAY_LITERAL,
        "the parts of an array must have equal shapes, got "
            + first.shape()
            + " and "
            + row.shape());
  }

  /**
   * One tensor of the elements: tensors, and numbers and number arrays in the type of the first
   * tensor. Tensors of one element count as numbers.
   */
  public static TensorValue stack(List<Datum> elements) {
    boolean scalars = elements.stream().allMatch(ArrayLiterals::isScalar);
    Tensor beside = firstTensor(elements);
    TensorFactory factory = Tensor.on(beside.backend(), beside.dtype());
    try (Scope scope = Scope.open()) {
      List<Tensor> tensors = new ArrayList<>();
      for (Datum element : elements) {
        Tensor tensor = tensor(element, factory, beside);
        if (!scalars && !tensors.isEmpty() && !tensor.shape().equals(tensors.get(0).shape())) {
          throw new Fault(
              DiagnosticCode.ARRAY_LITERAL,
              "the tensors of an array must have equal shapes, got "
                  + tensors.get(0).shape()
                  + " and "
                  + tensor.shape(),
              "append them to an empty list: append([], x)");
        }
        tensors.add(scalars ? tensor.reshape() : tensor);
      }
      return TensorValue.of(scope.keep(Tensor.stack(0, tensors.toArray(new Tensor[0]))));
    }
  }

  private static Tensor firstTensor(List<Datum> elements) {
    for (Datum element : elements) {
      if (element instanceof TensorValue value) {
        return value.tensor();
      }
    }
    throw new IllegalArgumentException("stack: at least one element is a tensor");
  }

  private static Tensor tensor(Datum element, TensorFactory factory, Tensor beside) {
    if (element instanceof TensorValue value) {
      return value.tensor();
    } else if (element instanceof ArrayValue array) {
      return Conversions.tensor(array, factory);
    } else if (element.isNumber()) {
      return factory.full(element.toDouble());
    }
    throw new Fault(
        DiagnosticCode.ARRAY_LITERAL,
        "an array cannot mix tensor " + beside.dtype() + beside.shape() + " and " + element.type());
  }
}
