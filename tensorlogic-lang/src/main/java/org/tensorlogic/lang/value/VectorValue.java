package org.tensorlogic.lang.value;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Value;

/** {@code IntVec}, {@code FloatVec}, {@code StringVec} or {@code BoolVec}: mutable, typed. */
public final class VectorValue extends SequenceValue {

  /** What a vector holds. */
  public enum Kind {
    INT("IntVec"),
    FLOAT("FloatVec"),
    STRING("StringVec"),
    BOOL("BoolVec");

    private final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }

    public String typeName() {
      return typeName;
    }

    public static @Nullable Kind named(String typeName) {
      for (Kind kind : values()) {
        if (kind.typeName.equals(typeName)) {
          return kind;
        }
      }
      return null;
    }
  }

  private final Kind kind;

  public VectorValue(Kind kind) {
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  @Override
  Datum converted(Datum value) {
    boolean fits =
        switch (kind) {
          case INT, FLOAT -> value.isNumber();
          case STRING -> value instanceof StringValue;
          case BOOL -> value instanceof BoolValue;
        };
    if (!fits) {
      throw new Fault(DiagnosticCode.TYPE_MISMATCH, kind.typeName + " cannot hold " + value.type());
    }
    return switch (kind) {
      case INT -> IntValue.of(value.toLong());
      case FLOAT -> FloatValue.of(value.toDouble());
      case STRING, BOOL -> value;
    };
  }

  /** The elements of a numeric vector. */
  public ArrayValue toArray() {
    return switch (kind) {
      case INT -> ArrayValue.ofLongs(elements().stream().mapToLong(Datum::toLong).toArray());
      case FLOAT ->
          ArrayValue.ofDoubles(elements().stream().mapToDouble(Datum::toDouble).toArray());
      case STRING, BOOL -> throw mismatch("a vector of numbers");
    };
  }

  @Override
  public String type() {
    return kind.typeName;
  }

  @Override
  public List<Value> toList() {
    return List.copyOf(elements());
  }

  @Override
  public float[] toFloatArray() {
    return toArray().toFloatArray();
  }

  @Override
  public int[] toIntArray() {
    return toArray().toIntArray();
  }

  @Override
  public String toString() {
    return Text.join("Vec[", elements().iterator(), "]");
  }
}
