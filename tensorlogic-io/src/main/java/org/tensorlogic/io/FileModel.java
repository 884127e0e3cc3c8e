package org.tensorlogic.io;

import com.google.common.base.Suppliers;
import com.google.common.collect.Lists;
import com.google.common.collect.Maps;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.model.ModelGraph;

/**
 * The model of every file format: tensors that lie in mapped files, fetched when asked for. A
 * tensor stored as it is wanted, or quantized, is used in place; any other is converted once and
 * kept until the model closes.
 */
public final class FileModel implements Model {
  /** One tensor of a file. */
  public record Entry(TensorInfo info, TensorData data) {}

  private final String format;
  private final LoadOptions options;
  private final ModelMetadata metadata;
  private final Collection<MappedFile> files;
  private final List<TensorInfo> infos;
  private final Supplier<Map<String, Entry>> entries; // by name: not needed to list them
  private final @Nullable Object attachment;
  private final Map<String, FetchedTensor> fetched = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * A model over files, which it closes when it is closed.
   *
   * @param entries in the order of the file, their names unique
   */
  public FileModel(
      String format,
      LoadOptions options,
      ModelMetadata metadata,
      List<Entry> entries,
      Collection<MappedFile> files) {
    this(format, options, metadata, entries, files, null);
  }

  /** As above, with what else the format knows of the file. */
  public FileModel(
      String format,
      LoadOptions options,
      ModelMetadata metadata,
      List<Entry> entries,
      Collection<MappedFile> files,
      @Nullable Object attachment) {
    this.format = format;
    this.options = options;
    this.metadata = metadata;
    this.files = List.copyOf(files);
    this.attachment = attachment;
    List<Entry> listed = List.copyOf(entries);
    this.infos = Lists.transform(listed, Entry::info);
    this.entries = Suppliers.memoize(() -> byName(listed));
  }

  private static Map<String, Entry> byName(List<Entry> entries) {
    Map<String, Entry> byName = Maps.newHashMapWithExpectedSize(entries.size());
    for (Entry entry : entries) {
      byName.put(entry.info().name(), entry);
    }
    return byName;
  }

  /** The encoding of a tensor of this shape, or null if no tensor can have the shape. */
  public static @Nullable Encoding ifRepresentable(@Nullable Encoding encoding, List<Long> shape) {
    return shape.size() <= Shape.MAX_RANK ? encoding : null;
  }

  @Override
  public String format() {
    return format;
  }

  @Override
  public ModelMetadata metadata() {
    return metadata;
  }

  @Override
  public Optional<ModelGraph> graph() {
    return attachment instanceof ModelGraph graph ? Optional.of(graph) : Optional.empty();
  }

  @Override
  public List<TensorInfo> tensors() {
    return infos;
  }

  @Override
  public Optional<TensorInfo> find(String name) {
    return Optional.ofNullable(entries.get().get(name)).map(Entry::info);
  }

  @Override
  public Tensor getTensor(String name) {
    return fetched(name).shared(options.dtype());
  }

  @Override
  public Tensor getTensor(String name, DType dtype) {
    return fetched(name).shared(dtype);
  }

  /** As {@link #getTensor(String)}, but what had to be converted is the caller's to close. */
  Tensor getUnshared(String name) {
    return fetched(name).unshared(options.dtype());
  }

  /** How {@link #getTensor(String)} will give a readable tensor. */
  Encoding givenEncoding(Encoding stored) {
    return FetchedTensor.given(stored, options.dtype());
  }

  /** What the format left with the model, if it is of this class. */
  public <T> Optional<T> attachment(Class<T> type) {
    return type.isInstance(attachment) ? Optional.of(type.cast(attachment)) : Optional.empty();
  }

  /** Where a tensor's stored bytes are. */
  TensorData data(String name) {
    return entry(name).data();
  }

  private Entry entry(String name) {
    Entry entry = entries.get().get(name);
    if (entry == null) {
      throw new NoSuchElementException(noTensor(name));
    }
    return entry;
  }

  private FetchedTensor fetched(String name) {
    FetchedTensor found = fetched.get(name);
    if (found == null) {
      Entry entry = entry(name);
      requireOpen();
      found = fetched.computeIfAbsent(name, key -> new FetchedTensor(this, entry, options));
    }
    return found;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the model has been closed: " + this);
    }
  }

  void requireUnchanged() {
    files.forEach(MappedFile::requireUnchanged);
  }

  /** What to say when a tensor is used after {@link #close}. */
  String closedMessage() {
    return "the model of this tensor has been closed: " + this;
  }

  @Override
  public void close() {
    closed = true;
    fetched.values().forEach(FetchedTensor::close);
    files.forEach(MappedFile::close);
  }

  @Override
  public String toString() {
    String where = files.isEmpty() ? "" : ", " + files.iterator().next().path();
    return "Model(" + format + where + ", " + infos.size() + " tensors)";
  }
}
