package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stored elements of a sparse tensor, linearly quantized: joint compression.
 *
 * @param data stored, in the order of the mask's ones
 * @param mask where they are in the tensor
 * @param scale for each block of the whole tensor
 */
record SparseScaled(
    Path file,
    Constant data,
    Constant mask,
    ScaledConstant.Parameter scale,
    ScaledConstant.@Nullable Parameter offset)
    implements Constant {
  @Override
  public MilDataType dtype() {
    return scale.values().dtype();
  }

  @Override
  public List<Long> shape() {
    return data.shape();
  }

  @Override
  public String storedType() {
    return "constexpr_sparse_blockwise_shift_scale<" + data.storedType() + ", " + dtype() + ">";
  }

  @Override
  public long storedBytes() {
    return data.storedBytes()
        + scale.values().storedBytes()
        + (offset == null ? 0 : offset.values().storedBytes());
  }

  @Override
  public Numbers open() throws IOException {
    return new Stored(
        data.openRounded(),
        SparseConstant.readMask(file, mask, data),
        new ScaledConstant.Grouped(scale),
        offset == null ? null : new ScaledConstant.Grouped(offset));
  }

  private record Stored(
      Numbers data,
      BitMask mask,
      ScaledConstant.Grouped scale,
      ScaledConstant.@Nullable Grouped offset)
      implements Numbers {
    @Override
    public long size() {
      return data.size();
    }

    @Override
    public void read(long from, float[] target, int at, int n) throws IOException {
      data.read(from, target, at, n);
      long position = n == 0 ? 0 : mask.select(from);
      for (int i = at; i < at + n; i++, position = mask.next(position)) {
        float o = offset == null ? 0 : offset.get(position);
        target[i] = scale.get(position) * (target[i] - o);
      }
    }
  }
}
