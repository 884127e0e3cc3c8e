package org.tensorlogic;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Layout;

/**
 * Keys and values of the positions seen so far, per layer, in memory allocated once. Appending
 * writes behind what is there; tensors given out earlier stay as they were, until {@link #truncate}
 * lets their positions be written again. For one thread at a time.
 */
public final class KeyValueCache implements AutoCloseable {
  private record Entry(Tensor keys, Tensor values) {}

  private final List<Entry> layers = new ArrayList<>();
  private final long[] lengths;
  private final long capacity;

  private KeyValueCache(int layers, long capacity) {
    this.lengths = new long[layers];
    this.capacity = capacity;
  }

  /** An empty cache on the default backend for heads of equal extent. */
  public static KeyValueCache of(
      int layers, long heads, long headExtent, long capacity, DType dtype) {
    return of(Backends.best(), layers, heads, headExtent, capacity, dtype);
  }

  /** An empty cache on a backend. */
  public static KeyValueCache of(
      Backend backend, int layers, long heads, long headExtent, long capacity, DType dtype) {
    KeyValueCache cache = new KeyValueCache(layers, capacity);
    Shape shape = Shape.of(heads, capacity, headExtent);
    for (int i = 0; i < layers; i++) {
      cache.layers.add(
          new Entry(Call.allocate(backend, dtype, shape), Call.allocate(backend, dtype, shape)));
    }
    return cache;
  }

  /**
   * Adds positions to a layer.
   *
   * @param keys [heads, positions, d]
   * @param values [heads, positions, d]
   * @throws IllegalStateException if the capacity is exceeded
   */
  public void append(int layer, Tensor keys, Tensor values) {
    Entry entry = layers.get(layer);
    long added = keys.rank() == 3 ? keys.dim(1) : -1;
    Shape expected = entry.keys.shape().with(1, Math.max(0, added));
    if (!keys.shape().equals(expected) || !values.shape().equals(expected)) {
      throw new ShapeException(
          "append: keys and values ["
              + expected.dim(0)
              + ", positions, "
              + expected.dim(2)
              + "] are needed, got "
              + keys.shape()
              + " and "
              + values.shape());
    }
    long length = lengths[layer];
    if (length + added > capacity) {
      throw new IllegalStateException(
          "append: "
              + added
              + " positions exceed the capacity "
              + capacity
              + " of the cache, which holds "
              + length);
    }
    write(keys, entry.keys, length);
    write(values, entry.values, length);
    lengths[layer] = length + added;
  }

  private static void write(Tensor source, Tensor target, long at) {
    Tensor x = source.contiguous();
    Layout place = target.layout().slice(1, at, x.dim(1), 1);
    Tensor slot = target.borrow(place);
    Call.run(() -> target.backend().copy(x, slot), x, slot);
    if (x != source) {
      x.close();
    }
  }

  /** The keys of a layer so far [heads, length, d], sharing the cache's memory. */
  public Tensor keys(int layer) {
    return layers.get(layer).keys.slice(Slice.all(), Slice.to(lengths[layer]));
  }

  /** The values of a layer so far [heads, length, d], sharing the cache's memory. */
  public Tensor values(int layer) {
    return layers.get(layer).values.slice(Slice.all(), Slice.to(lengths[layer]));
  }

  /** Number of layers. */
  public int layers() {
    return layers.size();
  }

  /** Positions that a layer holds. */
  public long length(int layer) {
    return lengths[layer];
  }

  /** Positions that fit. */
  public long capacity() {
    return capacity;
  }

  /** Forgets every position from {@code length} on, in all layers. */
  public void truncate(long length) {
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = Math.min(lengths[i], Math.max(0, length));
    }
  }

  /** Frees the memory; tensors given out keep theirs alive until they are closed. */
  @Override
  public void close() {
    for (Entry entry : layers) {
      entry.keys.close();
      entry.values.close();
    }
  }
}
