package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tensorlogic.MalformedModelException;

/** Pruned: a mask says which elements are stored; the others are zero. */
record SparseConstant(Path file, Constant stored, Constant mask, List<Long> shape)
    implements Constant {
  @Override
  public MilDataType dtype() {
    return stored.dtype();
  }

  @Override
  public String storedType() {
    return "constexpr_sparse_to_dense<" + stored.storedType() + ">";
  }

  @Override
  public long storedBytes() {
    return stored.storedBytes() + mask.storedBytes();
  }

  @Override
  public Numbers open() throws IOException {
    BitMask bits = readMask(file, mask, stored);
    return new Sparse(size(), stored.openRounded(), bits);
  }

  /** Reads a mask, which must have as many ones as there are stored elements. */
  static BitMask readMask(Path file, Constant mask, Constant stored) throws IOException {
    BitMask bits = BitMask.read(mask.openRounded());
    if (bits.count() != stored.size()) {
      throw new MalformedModelException(
          file,
          -1,
          "a sparse tensor's mask must have "
              + stored.size()
              + " ones, as many as stored elements, has "
              + bits.count());
    }
    return bits;
  }

  private record Sparse(long size, Numbers stored, BitMask mask) implements Numbers {
    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      long first = mask.rank(from);
      float[] values = new float[(int) (mask.rank(from + n) - first)];
      stored.read(first, values, 0, values.length);
      int next = 0;
      for (int i = 0; i < n; i++) {
        target[at + i] = mask.get(from + i) ? values[next++] : 0;
      }
    }
  }
}
