package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableDoubleArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.MalformedModelException;

/** A repeated field of floats or doubles: packed runs stay in the file, single numbers do not. */
final class FloatField {
  private final MilDataType dtype;
  private final List<StoredNumbers> runs = new ArrayList<>();
  private final ImmutableDoubleArray.Builder singles = ImmutableDoubleArray.builder();
  private boolean hasSingles;

  FloatField(MilDataType dtype) {
    this.dtype = dtype;
  }

  /** Takes the current field. */
  void read(ProtoReader in) throws IOException {
    if (!in.isRun()) {
      singles.add(dtype == MilDataType.FLOAT32 ? in.float32() : in.float64());
      hasSingles = true;
      return;
    }
    ProtoReader.Span run = in.bytes();
    int bytes = dtype.bits() / 8;
    if (run.size() % bytes != 0) {
      throw in.malformed("numbers of " + bytes + " bytes do not fill " + run.size());
    }
    if (run.size() > 0) {
      runs.add(new PackedNumbers(in.file(), run.offset(), dtype, run.size() / bytes));
    }
  }

  boolean isEmpty() {
    return runs.isEmpty() && !hasSingles;
  }

  /** All of them. */
  StoredNumbers numbers(ProtoReader in) throws MalformedModelException {
    if (hasSingles && !runs.isEmpty()) {
      throw in.malformed("a repeated field is partly packed");
    }
    return runs.isEmpty() ? new StoredNumbers.Floats(singles.build()) : StoredNumbers.join(runs);
  }
}
