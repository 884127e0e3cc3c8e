package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Tensor;

/**
 * A join of the form K[o, c, d] I[n, c, x + d] with one or two pairs x and d, summed over c and d:
 * a convolution. Several o, c and n are joined; x and d may have positive factors (stride and
 * dilation), d also the factor -1.
 */
final class ConvolutionNode extends Node {
  private static final int MOST_WINDOWS = 2;

  private final Leaf kernel;
  private final Leaf image;
  private final Ranges ranges;
  private final List<Window> windows;
  private final int[] outputs;
  private final int[] channels;
  private final int[] batch;

  /** One axis of the image, read at {@code stride x + dilation d + offset}. */
  private record Window(int axis, int x, long stride, int d, long dilation) {}

  private ConvolutionNode(
      Leaf kernel,
      Leaf image,
      Ranges ranges,
      List<Window> windows,
      int[] outputs,
      int[] channels,
      int[] batch) {
    super(
        IntStream.concat(
                IntStream.concat(IntStream.of(batch), IntStream.of(outputs)),
                windows.stream().mapToInt(Window::x))
            .toArray());
    this.kernel = kernel;
    this.image = image;
    this.ranges = ranges;
    this.windows = windows;
    this.outputs = outputs;
    this.channels = channels;
    this.batch = batch;
  }

  /** The convolution that two factors make if only {@code kept} is kept, or null. */
  static @Nullable Node match(Node a, Node b, Ranges ranges, int... kept) {
    if (!(a instanceof Leaf first) || !(b instanceof Leaf second)) {
      return null;
    }
    Node found = matchOrdered(first, second, ranges, kept);
    return found != null ? found : matchOrdered(second, first, ranges, kept);
  }

  private static @Nullable Node matchOrdered(Leaf kernel, Leaf image, Ranges ranges, int... kept) {
    if (!kernel.isPlain()) {
      return null;
    }
    List<Window> windows = new ArrayList<>();
    List<Integer> channels = new ArrayList<>();
    List<Integer> batch = new ArrayList<>();
    for (int number = 0; number < image.axes().size(); number++) {
      Axis axis = image.axes().get(number);
      if (axis.labelCount() == 2) {
        Window window = window(axis, number, kernel, kept);
        if (window == null) {
          return null;
        }
        windows.add(window);
      } else if (axis.isShift()) {
        boolean isKept = Node.indexOf(kept, axis.label(0)) >= 0;
        if (kernel.has(axis.label(0)) == isKept) {
          return null;
        }
        (isKept ? batch : channels).add(axis.label(0));
      } else if (!axis.isFixed()) {
        return null;
      }
    }
    int[] outputs =
        IntStream.of(kernel.labels).filter(label -> Node.indexOf(kept, label) >= 0).toArray();
    int inner = channels.size() + windows.size();
    boolean complete =
        !windows.isEmpty()
            && IntStream.concat(IntStream.of(kernel.labels), IntStream.of(image.labels))
                .allMatch(label -> ranges.size(label) > 0)
            && windows.size() <= MOST_WINDOWS
            && kernel.labels.length == outputs.length + inner
            && image.labels.length == batch.size() + channels.size() + 2 * windows.size();
    return complete
        ? new ConvolutionNode(kernel, image, ranges, windows, outputs, ints(channels), ints(batch))
        : null;
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static @Nullable Window window(Axis axis, int number, Leaf kernel, int... kept) {
    int x = Node.indexOf(kept, axis.label(0)) >= 0 ? 0 : 1;
    int d = 1 - x;
    boolean fits =
        Node.indexOf(kept, axis.label(x)) >= 0
            && Node.indexOf(kept, axis.label(d)) < 0
            && kernel.has(axis.label(d))
            && !kernel.has(axis.label(x))
            && axis.coefficient(x) > 0
            && axis.coefficient(d) >= -1
            && axis.coefficient(d) != 0;
    return fits
        ? new Window(number, axis.label(x), axis.coefficient(x), axis.label(d), axis.coefficient(d))
        : null;
  }

  @Override
  Tensor tensor(Run run) {
    int[] taps = windows.stream().mapToInt(Window::d).toArray();
    int[] places = windows.stream().mapToInt(Window::x).toArray();
    Tensor weight =
        flipped(Node.align(kernel.tensor(run), kernel.labels, join(outputs, channels, taps)));
    Tensor x = Node.align(padded(run), imageLabels(), join(batch, channels, places));
    long rows = windows.size() == 1 ? 1 : taps(0);
    long columns = taps(windows.size() - 1);
    long height = windows.size() == 1 ? 1 : x.dim(x.rank() - 2);
    Tensor result =
        x.to(DType.F32)
            .reshape(product(batch), product(channels), height, x.dim(-1))
            .conv2d(
                weight.reshape(product(outputs), product(channels), rows, columns), null, how());
    return result.reshape(IntStream.of(labels).mapToLong(ranges::size).toArray());
  }

  private Convolution how() {
    Window last = windows.get(windows.size() - 1);
    Window first = windows.size() == 1 ? new Window(0, 0, 1, 0, 1) : windows.get(0);
    return Convolution.plain()
        .stride((int) first.stride(), (int) last.stride())
        .dilation(spread(first), spread(last));
  }

  private static int spread(Window window) {
    return (int) Math.abs(window.dilation());
  }

  private long taps(int window) {
    return ranges.size(windows.get(window).d());
  }

  /** The image with exactly what the windows see. */
  private Tensor padded(Run run) {
    Tensor tensor = image.whole(run);
    for (Window window : windows) {
      long offset = image.axes().get(window.axis()).offset().at(run);
      long reach = window.dilation() * (ranges.size(window.d()) - 1);
      long from = window.stride() * ranges.from(window.x()) + offset + Math.min(0, reach);
      long to = window.stride() * (ranges.to(window.x()) - 1) + offset + Math.max(0, reach) + 1;
      tensor = Leaf.range(tensor, window.axis(), from, to);
    }
    return image.withoutWindows(tensor, run);
  }

  private int[] imageLabels() {
    return image.axes().stream()
        .filter(axis -> !axis.isFixed())
        .mapToInt(axis -> axis.labelCount() == 1 ? axis.label(0) : placeOf(axis))
        .toArray();
  }

  private int placeOf(Axis axis) {
    return windows.stream()
        .filter(window -> axis.has(window.x()))
        .mapToInt(Window::x)
        .findFirst()
        .orElseThrow();
  }

  /** Where d is subtracted, the kernel is read backwards. */
  private Tensor flipped(Tensor weight) {
    Tensor result = weight;
    for (int i = 0; i < windows.size(); i++) {
      if (windows.get(i).dilation() < 0) {
        int n = (int) taps(i);
        int[] reversed = IntStream.range(0, n).map(k -> n - 1 - k).toArray();
        int axis = outputs.length + channels.length + i;
        result = result.indexSelect(axis, Indices.of(reversed));
      }
    }
    return result;
  }

  private long product(int... of) {
    return IntStream.of(of).mapToLong(ranges::size).reduce(1, (a, b) -> a * b);
  }

  private static int[] join(int[]... groups) {
    return Arrays.stream(groups).flatMapToInt(IntStream::of).toArray();
  }
}
