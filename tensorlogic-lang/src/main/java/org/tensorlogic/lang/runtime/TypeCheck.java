package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.TypeReference;
import org.tensorlogic.lang.syntax.TypeReference.Dimension;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ScalarType;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** The check of a parameter, result or field of a declared type. */
final class TypeCheck {
  private enum Kind {
    INT,
    FLOAT,
    BOOL,
    STRING,
    TENSOR,
    SHAPED,
    VOID,
    NAMED
  }

  private final TypeReference type;
  private final Kind kind;
  private final @Nullable Dimensions dimensions;

  private TypeCheck(TypeReference type, Kind kind, @Nullable Dimensions dimensions) {
    this.type = type;
    this.kind = kind;
    this.dimensions = dimensions;
  }

  /**
   * The check for a type.
   *
   * @param dimensions collects dimension names; null where they mean nothing
   */
  static TypeCheck of(TypeReference type, @Nullable Dimensions dimensions) {
    String name = type.name().name();
    if (type.dimensions() != null) {
      if (dimensions != null) {
        for (Dimension dimension : type.dimensions()) {
          if (dimension instanceof Dimension.Named named) {
            dimensions.index(named.name());
          }
        }
      }
      return new TypeCheck(type, Kind.SHAPED, dimensions);
    }
    return new TypeCheck(type, kind(name), dimensions);
  }

  private static Kind kind(String name) {
    ScalarType scalar = ScalarType.named(name);
    if (scalar != null) {
      return switch (scalar) {
        case INT -> Kind.INT;
        case FLOAT -> Kind.FLOAT;
        case BOOL -> Kind.BOOL;
        case STRING, SYMBOL -> Kind.STRING;
      };
    }
    return switch (name) {
      case "Tensor", "tensor" -> Kind.TENSOR;
      case "void" -> Kind.VOID;
      default -> Kind.NAMED;
    };
  }

  /** The value, converted where the type says so; {@code owner} is null for a result. */
  Datum apply(
      Datum value, Execution execution, @Nullable DimensionSizes sizes, @Nullable String owner) {
    return switch (kind) {
      case INT -> integer(value, owner);
      case FLOAT -> number(value, owner);
      case BOOL -> require(value, value instanceof BoolValue, owner);
      case STRING -> require(value, value instanceof StringValue, owner);
      case TENSOR -> require(value, value.isNumber() || isTensor(value), owner);
      case SHAPED -> shaped(value, execution, sizes, owner);
      case VOID -> VoidValue.VOID;
      case NAMED -> named(value, execution, owner);
    };
  }

  private static boolean isTensor(Datum value) {
    return value instanceof TensorValue || value instanceof ArrayValue;
  }

  private Datum require(Datum value, boolean fits, @Nullable String owner) {
    if (!fits) {
      throw mismatch(value, owner);
    }
    return value;
  }

  private Datum integer(Datum value, @Nullable String owner) {
    if (value instanceof IntValue) {
      return value;
    }
    boolean integral = value.isNumber() && value.toDouble() == Math.rint(value.toDouble());
    require(value, integral, owner);
    return IntValue.of(value.toLong());
  }

  private Datum number(Datum value, @Nullable String owner) {
    require(value, value.isNumber(), owner);
    return value instanceof IntValue number ? FloatValue.of((double) number.value()) : value;
  }

  private Datum named(Datum value, Execution execution, @Nullable String owner) {
    StructCode struct = execution.globals().struct(type.name().name());
    if (struct == null) {
      return value;
    }
    boolean fits =
        value instanceof StructValue instance && instance.structType().equals(struct.type());
    return require(value, fits, owner);
  }

  private Datum shaped(
      Datum value, Execution execution, @Nullable DimensionSizes sizes, @Nullable String owner) {
    List<Dimension> wanted = type.dimensions();
    if (wanted == null) {
      throw new IllegalStateException("a shaped type has dimensions");
    }
    Datum tensor = value;
    if (value instanceof ArrayValue array) {
      DType dtype = DTypes.named(type.name().name());
      tensor = execution.tensor(array, dtype == null ? DType.F16 : dtype);
    }
    if (!(tensor instanceof TensorValue holder)) {
      throw mismatch(value, owner);
    }
    Tensor x = holder.tensor();
    if (x.rank() != wanted.size()) {
      throw mismatch(tensor, owner);
    }
    for (int axis = 0; axis < wanted.size(); axis++) {
      Dimension dimension = wanted.get(axis);
      if (dimension instanceof Dimension.Fixed fixed && fixed.size() != x.dim(axis)) {
        throw mismatch(tensor, owner);
      }
      if (dimension instanceof Dimension.Named named && sizes != null && dimensions != null) {
        sizes.unify(dimensions.index(named.name()), x.dim(axis), owner);
      }
    }
    if (type.learnable() && !holder.isLearnable()) {
      holder.escape();
      return TensorValue.learnable(x);
    }
    return tensor;
  }

  private Fault mismatch(Datum value, @Nullable String owner) {
    if (owner == null) {
      return new Fault(
          DiagnosticCode.RETURN_TYPE, "the result must be " + type + ", got " + value.type());
    }
    return new Fault(
        DiagnosticCode.ARGUMENT_TYPE, "'" + owner + "' must be " + type + ", got " + value.type());
  }
}
