package org.tensorlogic;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** A model made of tensors at hand. */
final class MemoryModel implements Model {
  private final Map<String, Tensor> tensors;
  private final ModelMetadata metadata;
  private volatile boolean closed;

  MemoryModel(Map<String, Tensor> tensors, ModelMetadata metadata) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.metadata = metadata;
  }

  @Override
  public String format() {
    return "memory";
  }

  @Override
  public ModelMetadata metadata() {
    return metadata;
  }

  @Override
  public List<TensorInfo> tensors() {
    return tensors.entrySet().stream().map(e -> describe(e.getKey(), e.getValue())).toList();
  }

  @Override
  public Optional<TensorInfo> find(String name) {
    return Optional.ofNullable(tensors.get(name)).map(tensor -> describe(name, tensor));
  }

  private static TensorInfo describe(String name, Tensor tensor) {
    List<Long> shape = Arrays.stream(tensor.shape().dims()).boxed().toList();
    long bytes = tensor.size() * tensor.encoding().blockBytes() / tensor.encoding().blockSize();
    return new TensorInfo(name, shape, tensor.encoding().name(), tensor.encoding(), bytes);
  }

  @Override
  public Tensor getTensor(String name) {
    return view(required(name));
  }

  @Override
  public Tensor getTensor(String name, DType dtype) {
    Tensor tensor = required(name);
    return tensor.encoding().isPacked() || tensor.dtype() == dtype
        ? view(tensor)
        : tensor.to(dtype);
  }

  private Tensor required(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new NoSuchElementException(noTensor(name));
    }
    return tensor;
  }

  private Tensor view(Tensor tensor) {
    if (closed) {
      throw new IllegalStateException("the model has been closed");
    }
    return tensor.viewed(tensor.layout());
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "Model(memory, " + tensors.size() + " tensors)";
  }
}
