package org.tensorlogic;

/**
 * How a window walks: its extent, stride and padding per axis. Output extent: floor((in + 2 padding
 * - window) / stride) + 1.
 */
public record Pooling(
    int height,
    int width,
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    boolean countPadding) {

  /** Checks the ranges. */
  public Pooling {
    if (Math.min(height, width) < 1 || Math.min(strideHeight, strideWidth) < 1) {
      throw new IllegalArgumentException("pooling: window and stride must be at least 1");
    }
    if (Math.min(paddingHeight, paddingWidth) < 0
        || 2 * paddingHeight > height
        || 2 * paddingWidth > width) {
      throw new IllegalArgumentException("pooling: padding must be at most half the window");
    }
  }

  /** A square window, its stride equal to its extent, no padding. */
  public static Pooling window(int extent) {
    return window(extent, extent);
  }

  /** A window, its stride equal to its extent, no padding. */
  public static Pooling window(int height, int width) {
    return new Pooling(height, width, height, width, 0, 0, true);
  }

  /** With this stride on both axes. */
  public Pooling stride(int stride) {
    return stride(stride, stride);
  }

  /** With these strides. */
  public Pooling stride(int forHeight, int forWidth) {
    return new Pooling(
        height, width, forHeight, forWidth, paddingHeight, paddingWidth, countPadding);
  }

  /** With this padding on all four sides. */
  public Pooling padding(int padding) {
    return padding(padding, padding);
  }

  /** With these paddings, each on both sides of its axis. */
  public Pooling padding(int forHeight, int forWidth) {
    return new Pooling(height, width, strideHeight, strideWidth, forHeight, forWidth, countPadding);
  }

  /** Whether an average divides by the whole window (the default) or by the elements inside. */
  public Pooling countPadding(boolean count) {
    return new Pooling(
        height, width, strideHeight, strideWidth, paddingHeight, paddingWidth, count);
  }
}
