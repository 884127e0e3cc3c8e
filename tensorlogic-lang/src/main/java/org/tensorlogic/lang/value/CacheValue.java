package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;

/** Keys and values of the positions seen so far, per layer. A reference. */
public final class CacheValue extends Counted {
  private final List<@Nullable TensorValue> keys = new ArrayList<>();
  private final List<@Nullable TensorValue> values = new ArrayList<>();
  private final DType dtype;

  public CacheValue(int layers, DType dtype) {
    for (int i = 0; i < layers; i++) {
      keys.add(null);
      values.add(null);
    }
    this.dtype = dtype;
  }

  public Datum keys(int layer) {
    return get(keys, layer);
  }

  public Datum values(int layer) {
    return get(values, layer);
  }

  /** Replaces what a layer holds. */
  public void set(int layer, Tensor k, Tensor v) {
    put(keys, layer, owned(k));
    put(values, layer, owned(v));
  }

  /** Adds positions along dimension 0. */
  public void append(int layer, Tensor k, Tensor v) {
    checkLayer(layer);
    put(keys, layer, joined(keys.get(layer), k));
    put(values, layer, joined(values.get(layer), v));
  }

  private Tensor joined(@Nullable TensorValue before, Tensor added) {
    if (before == null) {
      return owned(added);
    }
    Tensor converted = added.to(dtype);
    Tensor joined = Tensor.concat(0, before.tensor(), converted);
    if (converted != added) {
      converted.close();
    }
    return joined;
  }

  /** A tensor of this cache's own: a conversion, or a view that shares the memory. */
  private Tensor owned(Tensor tensor) {
    return tensor.dtype() == dtype ? tensor.reshape(tensor.shape().dims()) : tensor.to(dtype);
  }

  private void put(List<@Nullable TensorValue> list, int layer, Tensor tensor) {
    checkLayer(layer);
    TensorValue value = TensorValue.of(tensor);
    value.hold();
    TensorValue old = list.set(layer, value);
    if (old != null) {
      old.release();
    }
  }

  private Datum get(List<@Nullable TensorValue> list, int layer) {
    checkLayer(layer);
    TensorValue value = list.get(layer);
    if (value == null) {
      throw new Fault(
          DiagnosticCode.EMPTY_SEQUENCE, "layer " + layer + " of the KV cache is empty");
    }
    return value;
  }

  private void checkLayer(int layer) {
    if (layer < 0 || layer >= keys.size()) {
      throw new Fault(
          DiagnosticCode.INDEX_OUT_OF_RANGE,
          "layer " + layer + " is out of range for a KV cache of " + keys.size() + " layers");
    }
  }

  @Override
  long bytes() {
    return bytes(keys.size());
  }

  /** About how much of Java's heap a cache of so many layers takes. */
  public static long bytes(long layers) {
    return OBJECT + 2 * REFERENCE * layers;
  }

  @Override
  public void discard() {
    if (!isHeld()) {
      release(keys);
      release(values);
    }
  }

  private static void release(List<@Nullable TensorValue> list) {
    for (int layer = 0; layer < list.size(); layer++) {
      TensorValue value = list.set(layer, null);
      if (value != null) {
        value.release();
      }
    }
  }

  @Override
  public void escape() {
    if (keepForever()) {
      keys.forEach(CacheValue::escape);
      values.forEach(CacheValue::escape);
    }
  }

  private static void escape(@Nullable TensorValue value) {
    if (value != null) {
      value.escape();
    }
  }

  @Override
  public String type() {
    return "KV cache";
  }

  @Override
  public String toString() {
    return "KVCache(" + keys.size() + " layers)";
  }
}
