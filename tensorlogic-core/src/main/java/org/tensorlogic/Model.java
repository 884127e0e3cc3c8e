package org.tensorlogic;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.tensorlogic.model.ModelGraph;

/**
 * Named tensors of a model file. Opening reads the header only; a tensor's data are touched when it
 * is asked for. Tensors share the model's memory: closing the model closes them, and using one
 * after that is an {@link IllegalStateException}. May be used by many threads.
 */
public interface Model extends AutoCloseable {
  /** A model in memory, which takes nothing over: closing it closes no tensor. */
  static Model of(Map<String, Tensor> tensors) {
    return of(tensors, ModelMetadata.empty());
  }

  /** A model in memory with metadata. */
  static Model of(Map<String, Tensor> tensors, ModelMetadata metadata) {
    return new MemoryModel(tensors, metadata);
  }

  /** The format it came from: {@code safetensors}, {@code gguf}, {@code coreml}, {@code memory}. */
  String format();

  /** What the file says of itself. */
  ModelMetadata metadata();

  /** The computation that the file describes beside its weights, if it does. */
  default Optional<ModelGraph> graph() {
    return Optional.empty();
  }

  /** Every tensor, in the order of the file, readable or not. */
  List<TensorInfo> tensors();

  /** What is known of one tensor. */
  Optional<TensorInfo> find(String name);

  /** As {@link #getTensor(String, DType)}, of the type that the load options say. */
  Tensor getTensor(String name);

  /**
   * The tensor of this name. Stored as {@code dtype} it is used in place; quantized weights stay
   * packed; anything else is converted once and kept with the model.
   *
   * @throws NoSuchElementException if there is none, with the nearest names
   * @throws UnsupportedOperationException if its stored type cannot be computed with
   * @throws IllegalStateException if the model is closed
   * @throws java.io.UncheckedIOException if the file cannot be read, or was written to since it was
   *     opened
   */
  Tensor getTensor(String name, DType dtype);

  /** The names, in the order of the file. */
  default List<String> names() {
    return tensors().stream().map(TensorInfo::name).toList();
  }

  /**
   * What is known of one tensor.
   *
   * @throws NoSuchElementException if there is none, with the nearest names
   */
  default TensorInfo info(String name) {
    return find(name).orElseThrow(() -> new NoSuchElementException(noTensor(name)));
  }

  /** What to say when there is no tensor of this name: the nearest ones. */
  default String noTensor(String name) {
    return "model: there is no tensor '" + name + "'" + Suggestions.of(name, names());
  }

  /** Closes the tensors and the file; really unmaps it. Closing twice is harmless. */
  @Override
  void close();
}
