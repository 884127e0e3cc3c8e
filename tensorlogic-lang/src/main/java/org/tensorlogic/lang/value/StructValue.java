package org.tensorlogic.lang.value;

import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Value;

/** An instance of a struct: a reference with named, assignable fields. */
public final class StructValue extends Counted {
  private final StructType type;
  private final Datum[] fields;
  private boolean dropped;
  private boolean freed;

  /** Takes the array over; one value per field. */
  public StructValue(StructType type, Datum[] fields) {
    this.type = type;
    this.fields = fields;
    for (Datum field : fields) {
      field.hold();
    }
  }

  public StructType structType() {
    return type;
  }

  public Datum get(int index) {
    return fields[index];
  }

  public void set(int index, Datum value) {
    value.hold();
    fields[index].release();
    fields[index] = value;
  }

  /** Whether the scope that is ending was the last holder, and {@code drop} has not run. */
  public boolean isDying() {
    return isHeldOnce() && !dropped;
  }

  public void markDropped() {
    dropped = true;
  }

  @Override
  long bytes() {
    return OBJECT + REFERENCE * fields.length;
  }

  @Override
  public void discard() {
    if (!isHeld() && !freed) {
      freed = true;
      for (Datum field : fields) {
        field.release();
      }
    }
  }

  @Override
  public void escape() {
    if (keepForever()) {
      for (Datum field : fields) {
        field.escape();
      }
    }
  }

  @Override
  public String type() {
    return type.name();
  }

  @Override
  Value fieldNamed(String name) {
    int index = type.index(name);
    if (index < 0) {
      throw unknownField(name);
    }
    fields[index].escape();
    return fields[index];
  }

  public Fault unknownField(String name) {
    String message = "struct '" + type.name() + "' has no field '" + name + "'";
    return new Fault(DiagnosticCode.UNKNOWN_FIELD, message)
        .suggesting("field", name, type.fields());
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(type.name()).append(" {");
    for (int i = 0; i < fields.length; i++) {
      out.append(i == 0 ? " " : ", ").append(type.fields().get(i)).append(": ");
      out.append(fields[i].quoted());
      Text.requireLength(out);
    }
    return out.append(" }").toString();
  }
}
