package org.tensorlogic;

/**
 * How a convolution walks: per axis stride, zero padding on both sides, dilation; and the number of
 * channel groups. Output extent: floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.
 */
public record Convolution(
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth,
    int dilationHeight,
    int dilationWidth,
    int groups) {
  private static final Convolution PLAIN = new Convolution(1, 1, 0, 0, 1, 1, 1);

  /** Checks the ranges. */
  public Convolution {
    if (Math.min(strideHeight, strideWidth) < 1
        || Math.min(dilationHeight, dilationWidth) < 1
        || Math.min(paddingHeight, paddingWidth) < 0
        || groups < 1) {
      throw new IllegalArgumentException(
          "convolution: strides, dilations and groups must be at least 1, paddings at least 0");
    }
  }

  /** Stride 1, no padding, dilation 1, one group. */
  public static Convolution plain() {
    return PLAIN;
  }

  /** With this stride on both axes. */
  public Convolution stride(int stride) {
    return stride(stride, stride);
  }

  /** With these strides. */
  public Convolution stride(int height, int width) {
    return new Convolution(
        height, width, paddingHeight, paddingWidth, dilationHeight, dilationWidth, groups);
  }

  /** With this padding on all four sides. */
  public Convolution padding(int padding) {
    return padding(padding, padding);
  }

  /** With these paddings, each on both sides of its axis. */
  public Convolution padding(int height, int width) {
    return new Convolution(
        strideHeight, strideWidth, height, width, dilationHeight, dilationWidth, groups);
  }

  /** With this dilation on both axes. */
  public Convolution dilation(int dilation) {
    return dilation(dilation, dilation);
  }

  /** With these dilations. */
  public Convolution dilation(int height, int width) {
    return new Convolution(
        strideHeight, strideWidth, paddingHeight, paddingWidth, height, width, groups);
  }

  /** With the channels split into groups that do not see each other. */
  public Convolution groups(int count) {
    return new Convolution(
        strideHeight,
        strideWidth,
        paddingHeight,
        paddingWidth,
        dilationHeight,
        dilationWidth,
        count);
  }
}
