package org.tensorlogic.lang.equation;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorlogic.Tensor;

/** A piece of a plan: a tensor whose axes are distinct labels, or a number. */
abstract class Node {
  final int[] labels;

  Node(int... labels) {
    this.labels = labels;
  }

  boolean isNumber() {
    return false;
  }

  /** The value, if it is a number. */
  double number(Run run) {
    throw new IllegalStateException("not a number");
  }

  /** The value: one axis per label, in their order. */
  abstract Tensor tensor(Run run);

  final boolean has(int label) {
    return Node.indexOf(labels, label) >= 0;
  }

  static int indexOf(int[] labels, int label) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == label) {
        return i;
      }
    }
    return -1;
  }

  /** The labels of both, those of {@code a} first. */
  static int[] union(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).distinct().toArray();
  }

  static boolean containsAll(int[] a, int[] b) {
    return IntStream.of(b).allMatch(label -> indexOf(a, label) >= 0);
  }

  /** The axes in the order of {@code to}, extent 1 where {@code from} lacks a label. */
  static Tensor align(Tensor tensor, int[] from, int[] to) {
    if (Arrays.equals(from, to)) {
      return tensor;
    }
    int[] order = new int[from.length];
    long[] dims = new long[to.length];
    int count = 0;
    boolean inserted = false;
    for (int i = 0; i < to.length; i++) {
      int axis = indexOf(from, to[i]);
      dims[i] = axis < 0 ? 1 : tensor.dim(axis);
      inserted |= axis < 0;
      if (axis >= 0) {
        order[count++] = axis;
      }
    }
    boolean moved = !IntStream.range(0, order.length).allMatch(i -> order[i] == i);
    Tensor ordered = moved ? tensor.permute(order) : tensor;
    return inserted ? ordered.reshape(dims) : ordered;
  }
}
