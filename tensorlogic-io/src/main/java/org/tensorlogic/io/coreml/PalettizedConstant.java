package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.List;

/** Palettized: every index stands for an element, or a vector of elements, of a lookup table. */
record PalettizedConstant(Constant indices, Palette palette) implements Constant {
  @Override
  public MilDataType dtype() {
    return palette.values().dtype();
  }

  @Override
  public List<Long> shape() {
    return palette.expand(indices.shape());
  }

  @Override
  public String storedType() {
    return "constexpr_lut_to_dense<" + indices.storedType() + ", " + dtype() + ">";
  }

  @Override
  public long storedBytes() {
    return indices.storedBytes() + palette.values().storedBytes();
  }

  @Override
  public Numbers open() throws IOException {
    return new Palettized(
        size(),
        new Window(indices.openRounded()),
        palette.vectors(indices.shape()),
        palette.open());
  }

  private record Palettized(long size, Window indices, VectorAxis vectors, Palette.Tables tables)
      implements Numbers {
    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      boolean scalars = vectors.length() == 1;
      for (int i = 0; i < n; i++) {
        long element = from + i;
        long position = scalars ? element : vectors.source(element);
        long component = scalars ? 0 : vectors.component(element);
        target[at + i] = tables.get(position, (int) indices.get(position), component);
      }
    }
  }
}
