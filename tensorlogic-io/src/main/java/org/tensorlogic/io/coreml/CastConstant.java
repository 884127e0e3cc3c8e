package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.List;

/** Halves, as floats. */
record CastConstant(Constant source) implements Constant {
  @Override
  public MilDataType dtype() {
    return MilDataType.FLOAT32;
  }

  @Override
  public List<Long> shape() {
    return source.shape();
  }

  @Override
  public String storedType() {
    return "constexpr_cast<" + source.storedType() + ", " + dtype() + ">";
  }

  @Override
  public long storedBytes() {
    return source.storedBytes();
  }

  @Override
  public Numbers open() throws IOException {
    return source.openRounded();
  }
}
