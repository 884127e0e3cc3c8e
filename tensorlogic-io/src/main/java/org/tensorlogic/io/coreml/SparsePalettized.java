package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The stored elements of a sparse tensor, palettized: joint compression.
 *
 * @param indices stored, in the order of the mask's ones
 * @param mask where they are in the tensor
 * @param expanded where the elements are: the mask itself but for palettes of vectors
 */
record SparsePalettized(
    Path file, Constant indices, Constant mask, Constant expanded, Palette palette)
    implements Constant {
  @Override
  public MilDataType dtype() {
    return palette.values().dtype();
  }

  @Override
  public List<Long> shape() {
    return List.of(indices.size() * palette.length());
  }

  @Override
  public String storedType() {
    return "constexpr_lut_to_sparse<" + indices.storedType() + ", " + dtype() + ">";
  }

  @Override
  public long storedBytes() {
    return indices.storedBytes() + palette.values().storedBytes();
  }

  @Override
  public Numbers open() throws IOException {
    BitMask bits = SparseConstant.readMask(file, mask, indices);
    BitMask elements = palette.hasVectors() ? BitMask.read(expanded.openRounded()) : bits;
    return new Stored(
        size(),
        new Window(indices.openRounded()),
        bits,
        elements,
        palette.vectors(mask.shape()),
        palette.open());
  }

  private record Stored(
      long size,
      Window indices,
      BitMask mask,
      BitMask elements,
      VectorAxis vectors,
      Palette.Tables tables)
      implements Numbers {
    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      long element = n == 0 ? 0 : elements.select(from);
      for (int i = 0; i < n; i++, element = elements.next(element)) {
        long position = vectors.source(element);
        int index = (int) indices.get(mask.rank(position));
        target[at + i] = tables.get(position, index, vectors.component(element));
      }
    }
  }

  /** The mask of a tensor whose every element becomes a vector. */
  record ExpandedMask(Constant mask, Palette palette) implements Constant {
    @Override
    public MilDataType dtype() {
      return mask.dtype();
    }

    @Override
    public List<Long> shape() {
      return palette.expand(mask.shape());
    }

    @Override
    public String storedType() {
      return mask.storedType();
    }

    @Override
    public long storedBytes() {
      return mask.storedBytes();
    }

    @Override
    public Numbers open() throws IOException {
      return new Expanded(size(), new Window(mask.openRounded()), palette.vectors(mask.shape()));
    }
  }

  private record Expanded(long size, Window mask, VectorAxis vectors) implements Numbers {
    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      for (int i = 0; i < n; i++) {
        target[at + i] = mask.get(vectors.source(from + i));
      }
    }
  }
}
