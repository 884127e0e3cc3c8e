package org.tensorlogic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.ScatterOp;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/**
 * An immutable array of half- or single-precision numbers, and the operations on it.
 *
 * <p><b>Types.</b> Values are stored as {@link DType#F16} unless asked otherwise; every operation
 * computes in float and rounds once. Of two operands the wider type wins. A plain number does not
 * widen.
 *
 * <p><b>Shapes.</b> Elementwise operations broadcast by NumPy's rules. Axes may be negative, to
 * count from the end. Shape operations share memory where they can; no operation changes a tensor.
 * Shapes that do not fit are a {@link ShapeException}.
 *
 * <p><b>Packed weights</b> of a model file stay packed: {@link #matmul}, {@link #linear} and {@link
 * #embedding} read them in place where the backend has kernels for their encoding. Every other
 * operation works on a copy decoded for it; {@link #to(DType)} decodes once.
 *
 * <p><b>Memory.</b> A tensor is freed when it has become unreachable, when its {@link Scope}
 * closes, or when it is closed; using it after that is an {@link IllegalStateException}. Tensors
 * may be used by many threads.
 *
 * <p>Operands must be on one backend, that of the result; move them with {@link #to(Backend)}.
 */
public final class Tensor implements AutoCloseable {
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Tensor.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Backend backend;
  private final Storage storage;
  private final Layout layout;
  private final DType dtype;
  private final boolean owner;
  private @Nullable Scope scope;
  private boolean temporary;
  private GradientTape.@Nullable Node node;
  private volatile boolean closed;

  private Tensor(Backend backend, Storage storage, Layout layout, DType dtype, boolean owner) {
    this(backend, storage, layout, dtype, owner, Scope.innermost());
  }

  private Tensor(
      Backend backend,
      Storage storage,
      Layout layout,
      DType dtype,
      boolean owner,
      @Nullable Scope innermost) {
    this.backend = backend;
    this.storage = storage;
    this.layout = layout;
    this.dtype = dtype;
    this.owner = owner;
    if (owner) {
      storage.memory().addOwner();

      if (innermost != null) {
        this.scope = innermost;
        innermost.add(this);
      }
    }
  }

  /** A tensor that keeps its memory alive until closed. */
  static Tensor owning(Backend backend, Storage storage, Layout layout) {
    return new Tensor(backend, storage, layout, storage.encoding().dtype(), true);
  }

  // ---- Creation

  /** A vector of halves. */
  public static Tensor of(float... values) {
    return TensorFactory.DEFAULT.of(values);
  }

  /** A vector of halves, each rounded once. */
  public static Tensor of(double... values) {
    return TensorFactory.DEFAULT.of(values);
  }

  /**
   * Halves of a shape, row-major.
   *
   * @throws ShapeException if the number of values differs
   */
  public static Tensor of(float[] values, long... shape) {
    return TensorFactory.DEFAULT.of(values, shape);
  }

  /** A matrix of halves; rows must have equal lengths. */
  public static Tensor of(float[][] rows) {
    return TensorFactory.DEFAULT.of(rows);
  }

  /** Zeros of a shape. */
  public static Tensor zeros(long... shape) {
    return TensorFactory.DEFAULT.zeros(shape);
  }

  /** Zeros of a shape. */
  public static Tensor zeros(Shape shape) {
    return TensorFactory.DEFAULT.zeros(shape);
  }

  /** Ones of a shape. */
  public static Tensor ones(long... shape) {
    return TensorFactory.DEFAULT.ones(shape);
  }

  /** Ones of a shape. */
  public static Tensor ones(Shape shape) {
    return TensorFactory.DEFAULT.ones(shape);
  }

  /** One value in every element of a shape. */
  public static Tensor full(double value, long... shape) {
    return TensorFactory.DEFAULT.full(value, shape);
  }

  /** One value in every element of a shape. */
  public static Tensor full(double value, Shape shape) {
    return TensorFactory.DEFAULT.full(value, shape);
  }

  /** A rank-0 tensor. */
  public static Tensor scalar(double value) {
    return TensorFactory.DEFAULT.full(value);
  }

  /** What creates tensors of a type on the default backend: {@code Tensor.as(F32).zeros(2, 3)}. */
  public static TensorFactory as(DType dtype) {
    return TensorFactory.of(Backends.best(), dtype);
  }

  /** What creates tensors of a type on a backend, with more ways to create. */
  public static TensorFactory on(Backend backend, DType dtype) {
    return TensorFactory.of(backend, dtype);
  }

  /**
   * A tensor over elements that already lie in a storage, row-major; for backends and formats. Its
   * closing closes the memory once every other tensor on it is closed, unless another owner was
   * added.
   */
  public static Tensor over(Backend backend, Storage storage, Shape shape) {
    if (storage.size() != shape.size()) {
      throw new ShapeException(
          "tensor: " + shape + " does not fit a storage of " + storage.size() + " elements");
    }
    return owning(backend, storage, Layout.contiguous(shape));
  }

  /**
   * A view for the time of one operation, which no scope closes and which keeps no memory alive;
   * for backends.
   */
  public static Tensor borrow(Backend backend, Storage storage, Layout layout) {
    return new Tensor(backend, storage, layout, storage.encoding().dtype(), false);
  }

  // ---- What it is

  /** The extents. */
  public Shape shape() {
    return layout.shape();
  }

  /** The type it computes as. */
  public DType dtype() {
    return dtype;
  }

  /** How its elements are stored. */
  public Encoding encoding() {
    return storage.encoding();
  }

  /** Number of axes. */
  public int rank() {
    return layout.shape().rank();
  }

  /** Number of elements. */
  public long size() {
    return layout.shape().size();
  }

  /** The extent of an axis. */
  public long dim(int axis) {
    return layout.shape().dim(axis);
  }

  /** The backend that computes with it. */
  public Backend backend() {
    return backend;
  }

  /** Where its elements are; for backends. */
  public Storage storage() {
    if (closed) {
      throw new IllegalStateException("the tensor " + shape() + " has been closed");
    }
    return storage;
  }

  private Tensor opened() {
    Memory memory = storage().memory();
    memory.acquire(); // says why it cannot
    memory.release();
    return this;
  }

  /** How its elements lie in the storage; for backends. */
  public Layout layout() {
    return layout;
  }

  // ---- Values

  /** The elements, row-major, widened to float. */
  public float[] toFloatArray() {
    return Values.toFloatArray(this);
  }

  /** The elements, row-major, as the bits of halves; from float32 they are rounded. */
  public short[] toHalfArray() {
    return Values.toHalfArray(this);
  }

  /** Writes the elements, row-major, at the buffer's position and moves it. */
  public void copyTo(FloatBuffer target) {
    target.put(toFloatArray());
  }

  /**
   * The only element.
   *
   * @throws ShapeException if there are more or none
   */
  public float item() {
    if (size() != 1) {
      throw new ShapeException("item: exactly one element is needed, got " + shape());
    }
    return Values.get(this, new long[rank()]);
  }

  /**
   * The element at these indices, one per axis; negative ones count from the end.
   *
   * @throws IndexOutOfBoundsException naming index, axis and extent
   */
  public float get(long... indices) {
    return Values.get(this, indices);
  }

  /**
   * Whether shapes are equal and every pair of elements is: |a - b| at most absolute + relative
   * |b|, or both NaN, or the same infinity.
   */
  public boolean isClose(Tensor other, double relative, double absolute) {
    return Values.isClose(this, other, relative, absolute);
  }

  /** The values in brackets, each in the shortest decimal of its type; long ones abbreviated. */
  @Override
  public String toString() {
    return isClosed() ? "Tensor" + shape() + " (closed)" : TensorFormat.format(this);
  }

  // ---- Type, place, lifetime

  /**
   * The result of a computation as a tensor of its own, which no scope closes and no tape records;
   * what is made on the way is freed. For objects that own tensors over time.
   */
  public static Tensor detached(Supplier<Tensor> computation) {
    try (Scope scope = Scope.open()) {
      return scope.release(computation.get());
    }
  }

  /**
   * This tensor as another type; itself, not another handle, if nothing changes. Packed weights are
   * decoded. To halves, values beyond 65504 become infinite.
   */
  public Tensor to(DType type) {
    return dtype == type && !encoding().isPacked() ? opened() : Views.convert(this, type);
  }

  /** This tensor on another backend; itself if it is there. */
  public Tensor to(Backend other) {
    return Values.move(this, other);
  }

  /** This tensor lying row-major without gaps; itself, not another handle, if it does. */
  public Tensor contiguous() {
    return layout.isContiguous() && !encoding().isPacked() ? opened() : Views.convert(this, dtype);
  }

  /** Frees the memory, unless other tensors share it. Closing twice is harmless. */
  @Override
  public void close() {
    if (owner && CLOSED.compareAndSet(this, false, true)) {
      storage.memory().removeOwner();
    }
  }

  /** Whether it has been closed, or the memory under it. */
  public boolean isClosed() {
    return closed || storage.memory().isClosed();
  }

  // ---- Shape

  /** The same elements in another shape; one extent may be -1, to be inferred. */
  public Tensor reshape(long... shape) {
    return Views.reshape(this, shape);
  }

  /** The same elements in another shape. */
  public Tensor reshape(Shape shape) {
    return Views.reshape(this, shape.dims());
  }

  /** The last two axes exchanged; rank at least 2. */
  public Tensor transpose() {
    if (rank() < 2) {
      throw new ShapeException("transpose: rank at least 2 is needed, got " + shape());
    }
    return transpose(-2, -1);
  }

  /** Two axes exchanged. */
  public Tensor transpose(int a, int b) {
    return Views.transpose(this, a, b);
  }

  /** Axes reordered: axis i of the result is axis {@code order[i]} of this. */
  public Tensor permute(int... order) {
    return Views.permute(this, order);
  }

  /** Without the axes of extent 1. */
  public Tensor squeeze() {
    return Views.squeeze(this);
  }

  /** Without this axis, whose extent must be 1. */
  public Tensor squeeze(int axis) {
    return Views.squeeze(this, axis);
  }

  /** With a new axis of extent 1 at this place. */
  public Tensor unsqueeze(int axis) {
    return Views.unsqueeze(this, axis);
  }

  /** As a vector. */
  public Tensor flatten() {
    return Views.reshape(this, size());
  }

  /** With the axes from {@code first} to {@code last}, both included, joined. */
  public Tensor flatten(int first, int last) {
    return Views.flatten(this, first, last);
  }

  /** Stretched to a shape by NumPy's rules, without a copy. */
  public Tensor broadcastTo(long... shape) {
    return Views.broadcastTo(this, shape);
  }

  /** Ranges of the leading axes: {@code x.slice(Slice.all(), Slice.of(1, 3))}. */
  public Tensor slice(Slice... slices) {
    return Views.slice(this, slices);
  }

  /** One position of an axis, which disappears; negative counts from the end. */
  public Tensor select(int axis, long index) {
    return Views.select(this, axis, index);
  }

  /** Joined along an axis; the other extents are equal. */
  public static Tensor concat(int axis, Tensor... tensors) {
    return Views.concat(axis, List.of(tensors));
  }

  /** Joined along a new axis; the shapes are equal. */
  public static Tensor stack(int axis, Tensor... tensors) {
    return Views.stack(axis, List.of(tensors));
  }

  /** Parts of {@code size} along an axis, the last one possibly smaller. */
  public List<Tensor> split(long size, int axis) {
    return Views.splitEvery("split", this, size, axis);
  }

  /** Parts of these sizes along an axis; they add up to its extent. */
  public List<Tensor> split(long[] sizes, int axis) {
    return Views.split(this, axis, sizes);
  }

  /** At most {@code parts} parts of equal size along an axis, the last one possibly smaller. */
  public List<Tensor> chunk(int parts, int axis) {
    return Views.chunk(this, parts, axis);
  }

  /** Copies laid side by side: {@code counts[i]} times along axis i, as NumPy's tile. */
  public Tensor repeat(long... counts) {
    return Views.repeat(this, counts);
  }

  /** The slices of an axis at these indices; the axis becomes the axes of the indices. */
  public Tensor indexSelect(int axis, Indices indices) {
    return Indexing.indexSelect("indexSelect", this, axis, indices);
  }

  /**
   * The element at {@code indices[...]} along an axis, for each position of the indices, as
   * PyTorch.
   */
  public Tensor gather(int axis, Indices indices) {
    return Indexing.gather(this, axis, indices);
  }

  /** A copy whose slices at these indices of an axis are those of {@code source}. */
  public Tensor scatter(int axis, Indices indices, Tensor source) {
    return Indexing.scatter(ScatterOp.SET, this, axis, indices, source);
  }

  /** A copy with the slices of {@code source} added at these indices of an axis. */
  public Tensor scatterAdd(int axis, Indices indices, Tensor source) {
    return Indexing.scatter(ScatterOp.ADD, this, axis, indices, source);
  }

  // ---- Elementwise, two operands

  /** this + other. */
  public Tensor add(Tensor other) {
    return Elementwise.binary(BinaryOp.ADD, this, other);
  }

  /** this + a number. */
  public Tensor add(double number) {
    return Elementwise.binary(BinaryOp.ADD, this, number);
  }

  /** this - other. */
  public Tensor sub(Tensor other) {
    return Elementwise.binary(BinaryOp.SUB, this, other);
  }

  /** this - a number. */
  public Tensor sub(double number) {
    return Elementwise.binary(BinaryOp.SUB, this, number);
  }

  /** this times other, elementwise. */
  public Tensor mul(Tensor other) {
    return Elementwise.binary(BinaryOp.MUL, this, other);
  }

  /** this times a number, elementwise. */
  public Tensor mul(double number) {
    return Elementwise.binary(BinaryOp.MUL, this, number);
  }

  /** this / other, by IEEE 754. */
  public Tensor div(Tensor other) {
    return Elementwise.binary(BinaryOp.DIV, this, other);
  }

  /** this / a number, by IEEE 754. */
  public Tensor div(double number) {
    return Elementwise.binary(BinaryOp.DIV, this, number);
  }

  /** this to the power of other. */
  public Tensor pow(Tensor other) {
    return Elementwise.binary(BinaryOp.POW, this, other);
  }

  /** this to the power of a number. */
  public Tensor pow(double number) {
    return Elementwise.binary(BinaryOp.POW, this, number);
  }

  /** The larger of each pair; NaN wins. */
  public Tensor maximum(Tensor other) {
    return Elementwise.binary(BinaryOp.MAXIMUM, this, other);
  }

  /** The larger of each element and a number; NaN wins. */
  public Tensor maximum(double number) {
    return Elementwise.binary(BinaryOp.MAXIMUM, this, number);
  }

  /** The smaller of each pair; NaN wins. */
  public Tensor minimum(Tensor other) {
    return Elementwise.binary(BinaryOp.MINIMUM, this, other);
  }

  /** The smaller of each element and a number; NaN wins. */
  public Tensor minimum(double number) {
    return Elementwise.binary(BinaryOp.MINIMUM, this, number);
  }

  /** 1 where equal, else 0. */
  public Tensor eq(Tensor other) {
    return Elementwise.binary(BinaryOp.EQ, this, other);
  }

  /** 1 where equal, else 0. */
  public Tensor eq(double number) {
    return Elementwise.binary(BinaryOp.EQ, this, number);
  }

  /** 1 where different, else 0. */
  public Tensor ne(Tensor other) {
    return Elementwise.binary(BinaryOp.NE, this, other);
  }

  /** 1 where different, else 0. */
  public Tensor ne(double number) {
    return Elementwise.binary(BinaryOp.NE, this, number);
  }

  /** 1 where this is below other, else 0. */
  public Tensor lt(Tensor other) {
    return Elementwise.binary(BinaryOp.LT, this, other);
  }

  /** 1 where this is below a number, else 0. */
  public Tensor lt(double number) {
    return Elementwise.binary(BinaryOp.LT, this, number);
  }

  /** 1 where this is at most other, else 0. */
  public Tensor le(Tensor other) {
    return Elementwise.binary(BinaryOp.LE, this, other);
  }

  /** 1 where this is at most a number, else 0. */
  public Tensor le(double number) {
    return Elementwise.binary(BinaryOp.LE, this, number);
  }

  /** 1 where this is above other, else 0. */
  public Tensor gt(Tensor other) {
    return Elementwise.binary(BinaryOp.GT, this, other);
  }

  /** 1 where this is above a number, else 0. */
  public Tensor gt(double number) {
    return Elementwise.binary(BinaryOp.GT, this, number);
  }

  /** 1 where this is at least other, else 0. */
  public Tensor ge(Tensor other) {
    return Elementwise.binary(BinaryOp.GE, this, other);
  }

  /** 1 where this is at least a number, else 0. */
  public Tensor ge(double number) {
    return Elementwise.binary(BinaryOp.GE, this, number);
  }

  /** silu(this) times {@code up}: a gated MLP's product in one pass. */
  public Tensor siluMul(Tensor up) {
    return Elementwise.binary(BinaryOp.SILU_MUL, this, up);
  }

  /** The general form of the operations on two tensors. */
  public Tensor binary(BinaryOp op, Tensor other) {
    return Elementwise.binary(op, this, other);
  }

  /** The general form with a number on the right. */
  public Tensor binary(BinaryOp op, double number) {
    return Elementwise.binary(op, this, number);
  }

  /** The general form with a number on the left: {@code Tensor.binary(SUB, 1, x)} is 1 - x. */
  public static Tensor binary(BinaryOp op, double number, Tensor right) {
    return Elementwise.binary(op, number, right);
  }

  /** {@code yes} where {@code condition} is not 0, else {@code no}; all three broadcast. */
  public static Tensor where(Tensor condition, Tensor yes, Tensor no) {
    DType type = DType.widest(yes.dtype(), no.dtype());
    return Elementwise.ternary(TernaryOp.WHERE, type, condition, yes, no);
  }

  /** this times {@code factor} plus {@code addend}, rounded once; all three broadcast. */
  public Tensor mulAdd(Tensor factor, Tensor addend) {
    DType type = DType.widest(dtype, DType.widest(factor.dtype(), addend.dtype()));
    return Elementwise.ternary(TernaryOp.MUL_ADD, type, this, factor, addend);
  }

  /** Limited to [low, high]; NaN stays NaN. */
  public Tensor clamp(double low, double high) {
    return Elementwise.clamp(this, low, high);
  }

  // ---- Elementwise, one operand

  /** -this. */
  public Tensor neg() {
    return Elementwise.unary(UnaryOp.NEG, this);
  }

  /** |this|. */
  public Tensor abs() {
    return Elementwise.unary(UnaryOp.ABS, this);
  }

  /** e to the power of this. */
  public Tensor exp() {
    return Elementwise.unary(UnaryOp.EXP, this);
  }

  /** Natural logarithm. */
  public Tensor log() {
    return Elementwise.unary(UnaryOp.LOG, this);
  }

  /** Square root. */
  public Tensor sqrt() {
    return Elementwise.unary(UnaryOp.SQRT, this);
  }

  /** 1 / square root. */
  public Tensor rsqrt() {
    return Elementwise.unary(UnaryOp.RSQRT, this);
  }

  /** 1 / this. */
  public Tensor reciprocal() {
    return Elementwise.unary(UnaryOp.RECIPROCAL, this);
  }

  /** this times this. */
  public Tensor square() {
    return Elementwise.unary(UnaryOp.SQUARE, this);
  }

  /** Sine of radians. */
  public Tensor sin() {
    return Elementwise.unary(UnaryOp.SIN, this);
  }

  /** Cosine of radians. */
  public Tensor cos() {
    return Elementwise.unary(UnaryOp.COS, this);
  }

  /** Tangent of radians. */
  public Tensor tan() {
    return Elementwise.unary(UnaryOp.TAN, this);
  }

  /** Hyperbolic tangent. */
  public Tensor tanh() {
    return Elementwise.unary(UnaryOp.TANH, this);
  }

  /** 1 / (1 + exp(-this)). */
  public Tensor sigmoid() {
    return Elementwise.unary(UnaryOp.SIGMOID, this);
  }

  /** max(this, 0). */
  public Tensor relu() {
    return Elementwise.unary(UnaryOp.RELU, this);
  }

  /** GELU, by its tanh formula. */
  public Tensor gelu() {
    return Elementwise.unary(UnaryOp.GELU, this);
  }

  /** GELU, by the error function. */
  public Tensor geluErf() {
    return Elementwise.unary(UnaryOp.GELU_ERF, this);
  }

  /** this times sigmoid(this). */
  public Tensor silu() {
    return Elementwise.unary(UnaryOp.SILU, this);
  }

  /** The error function. */
  public Tensor erf() {
    return Elementwise.unary(UnaryOp.ERF, this);
  }

  /** Greatest integer not above. */
  public Tensor floor() {
    return Elementwise.unary(UnaryOp.FLOOR, this);
  }

  /** Least integer not below. */
  public Tensor ceil() {
    return Elementwise.unary(UnaryOp.CEIL, this);
  }

  /** Nearest integer, ties to even. */
  public Tensor round() {
    return Elementwise.unary(UnaryOp.ROUND, this);
  }

  /** -1, 0 or 1. */
  public Tensor sign() {
    return Elementwise.unary(UnaryOp.SIGN, this);
  }

  /** 1 where above 0, else 0. */
  public Tensor step() {
    return Elementwise.unary(UnaryOp.STEP, this);
  }

  /** The general form of the operations on one tensor. */
  public Tensor unary(UnaryOp op) {
    return Elementwise.unary(op, this);
  }

  // ---- Reductions; no axis given means all

  /**
   * Sum over these axes, which disappear; added in float, given in this tensor's type, so that a
   * sum of halves beyond 65504 is infinite: {@code reduce(ReduceOp.SUM, DType.F32, false)} keeps
   * it.
   */
  public Tensor sum(int... axes) {
    return Reductions.reduce(ReduceOp.SUM, this, dtype, false, axes);
  }

  /** Mean over these axes, which disappear. */
  public Tensor mean(int... axes) {
    return Reductions.reduce(ReduceOp.MEAN, this, dtype, false, axes);
  }

  /** Largest element over these axes, which disappear; NaN wins, of no elements it is -∞. */
  public Tensor max(int... axes) {
    return Reductions.reduce(ReduceOp.MAX, this, dtype, false, axes);
  }

  /** Smallest element over these axes, which disappear; NaN wins, of no elements it is ∞. */
  public Tensor min(int... axes) {
    return Reductions.reduce(ReduceOp.MIN, this, dtype, false, axes);
  }

  /** Product over these axes, which disappear. */
  public Tensor prod(int... axes) {
    return Reductions.reduce(ReduceOp.PROD, this, dtype, false, axes);
  }

  /** Population variance over these axes, which disappear. */
  public Tensor variance(int... axes) {
    return Reductions.reduce(ReduceOp.VARIANCE, this, dtype, false, axes);
  }

  /** Euclidean norm over these axes, which disappear. */
  public Tensor norm(int... axes) {
    return Reductions.reduce(ReduceOp.NORM, this, dtype, false, axes);
  }

  /**
   * The general form of the reductions.
   *
   * @param type of the result: {@link DType#F32} keeps what the sum of halves would lose
   * @param keepDims whether reduced axes stay, with extent 1
   */
  public Tensor reduce(ReduceOp op, DType type, boolean keepDims, int... axes) {
    return Reductions.reduce(op, this, type, keepDims, axes);
  }

  /** As the reduction of this name, with the reduced axes kept, their extent 1. */
  public Tensor reduceKeepDims(ReduceOp op, int... axes) {
    return Reductions.reduce(op, this, dtype, true, axes);
  }

  /** Positions of the largest elements along an axis, the first of equals; NaN wins. */
  public Indices argmax(int axis) {
    return Reductions.arg(true, this, axis);
  }

  /** Row-major position of the largest element. */
  public int argmax() {
    try (Tensor all = flatten()) {
      return Reductions.arg(true, all, 0).get(0);
    }
  }

  /** Positions of the smallest elements along an axis, the first of equals; NaN wins. */
  public Indices argmin(int axis) {
    return Reductions.arg(false, this, axis);
  }

  /** Row-major position of the smallest element. */
  public int argmin() {
    try (Tensor all = flatten()) {
      return Reductions.arg(false, all, 0).get(0);
    }
  }

  /** exp(x - max) / sum along an axis. */
  public Tensor softmax(int axis) {
    return Reductions.softmax(this, false, axis);
  }

  /** The logarithm of {@link #softmax}, computed without it. */
  public Tensor logSoftmax(int axis) {
    return Reductions.softmax(this, true, axis);
  }

  /** Running sums along an axis. */
  public Tensor cumsum(int axis) {
    return Reductions.cumsum(this, axis);
  }

  // ---- Products

  /**
   * The matrix product: [..., m, k] by [..., k, n] is [..., m, n]; leading axes broadcast; a vector
   * on either side is a row or column, and that axis disappears. Sums are in float.
   */
  public Tensor matmul(Tensor other) {
    return Products.matmul(this, other, null, null, DType.widest(dtype, other.dtype));
  }

  /** this times the transpose of {@code weight} [out, in]: [..., in] to [..., out]. */
  public Tensor linear(Tensor weight) {
    return Products.linear(this, weight, null, null);
  }

  /** this times the transpose of {@code weight} [out, in], plus {@code bias} [out] if not null. */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return Products.linear(this, weight, bias, null);
  }

  /** As {@link #linear(Tensor, Tensor)}, then {@code activation}, in one pass, rounded once. */
  public Tensor linear(Tensor weight, @Nullable Tensor bias, UnaryOp activation) {
    return Products.linear(this, weight, bias, activation);
  }

  /**
   * Einstein summation: {@code Tensor.einsum("ij,jk->ik", a, b)}. Any number of operands; an index
   * repeated in one operand takes its diagonal; without {@code ->} the result has the indices that
   * occur once, in alphabetical order; {@code ...} stands for leading axes, which broadcast.
   */
  public static Tensor einsum(String equation, Tensor... operands) {
    return Einsum.compute(null, equation, operands);
  }

  /** As {@link #einsum(String, Tensor...)}, the result rounded once to {@code type}. */
  public static Tensor einsum(DType type, String equation, Tensor... operands) {
    return Einsum.compute(type, equation, operands);
  }

  // ---- Layers

  /** (x - mean) / sqrt(variance + epsilon) * weight + bias along the last axis. */
  public Tensor layerNorm(@Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    return Networks.layerNorm(this, weight, bias, epsilon);
  }

  /** x / sqrt(mean of squares + epsilon) * weight along the last axis. */
  public Tensor rmsNorm(@Nullable Tensor weight, double epsilon) {
    return Networks.rmsNorm(this, weight, epsilon);
  }

  /** Normalises channels (axis 1) by given statistics, each of shape [c]. */
  public Tensor batchNorm(
      Tensor mean,
      Tensor variance,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      double epsilon) {
    return Networks.batchNorm(this, mean, variance, weight, bias, epsilon);
  }

  /** The rows of this table [n, d] at these ids: [ids..., d]. */
  public Tensor embedding(Indices ids) {
    return Indexing.indexSelect("embedding", this, 0, ids);
  }

  /** Convolution of [n, c, l] with weight [o, c / groups, k]; {@code how}'s width applies. */
  public Tensor conv1d(Tensor weight, @Nullable Tensor bias, Convolution how) {
    return Networks.conv1d(this, weight, bias, how);
  }

  /** Convolution (cross-correlation) of [n, c, h, w] with weight [o, c / groups, kh, kw]. */
  public Tensor conv2d(Tensor weight, @Nullable Tensor bias, Convolution how) {
    return Networks.conv2d("conv2d", this, weight, bias, how);
  }

  /** The largest element of each window over the last two axes of [n, c, h, w] or [c, h, w]. */
  public Tensor maxPool(Pooling how) {
    return Networks.pool2d(PoolOp.MAX, this, how);
  }

  /** The mean of each window over the last two axes of [n, c, h, w] or [c, h, w]. */
  public Tensor avgPool(Pooling how) {
    return Networks.pool2d(PoolOp.AVERAGE, this, how);
  }

  /**
   * Rotary position embedding of [..., positions, heads, d] by tables of cosines and sines
   * [positions, r / 2]; see {@link RotaryEmbedding}, which makes the tables.
   */
  public Tensor rope(Tensor cos, Tensor sin, RopeStyle style) {
    return Networks.rope(this, cos, sin, style);
  }

  /**
   * Scaled dot-product attention of queries (this) [..., heads, n, d] over keys [..., groups, m, d]
   * and values [..., groups, m, e]: [..., heads, n, e]. Consecutive heads share a group.
   */
  public Tensor attention(Tensor keys, Tensor values, Attention how) {
    return Networks.attention(this, keys, values, how);
  }

  // ---- For this package

  @Nullable Scope scope() {
    return scope;
  }

  void moveTo(@Nullable Scope outer) {
    scope = outer;
    if (outer != null) {
      outer.add(this);
    }
  }

  GradientTape.@Nullable Node node() {
    return node;
  }

  void setNode(GradientTape.Node recorded) {
    node = recorded;
  }

  Memory heldMemory() {
    return storage.memory();
  }

  boolean isTemporary() {
    return temporary;
  }

  /** The same values, kept alive until this is closed, whatever scope is open. */
  Tensor retained() {
    return new Tensor(backend, storage(), layout, dtype, true, null);
  }

  /** A tensor of its own over the same storage. */
  Tensor viewed(Layout other) {
    return new Tensor(backend, storage(), other, dtype, true);
  }

  /** For the time of one call: neither owns nor is owned by a scope. */
  Tensor borrow(Layout other) {
    Tensor borrowed = new Tensor(backend, storage(), other, dtype, false);
    borrowed.temporary = temporary;
    return borrowed;
  }

  Tensor borrowed(UnaryOperator<Layout> change) {
    return borrow(change.apply(layout));
  }

  /**
   * In another shape of equal size for the time of one call; that closes a copy if one is needed.
   */
  Tensor borrowed(Shape other) {
    Layout seen = layout.reshape(other);
    if (seen != null) {
      return borrow(seen);
    }
    Tensor copy = copied();
    copy.temporary = true;
    return copy.borrow(Layout.contiguous(other));
  }

  /** Stretched to a shape that is known to fit. */
  Tensor spread(Shape wider) {
    return wider.equals(shape()) ? this : borrow(layout.broadcastTo(wider));
  }

  /** This result under another layout; for results that nobody has seen yet. */
  Tensor replaced(Layout other) {
    Tensor renamed = viewed(other);
    close();
    return renamed;
  }

  /** This contiguous result in another shape of equal size; nobody has seen it yet. */
  Tensor renamed(Shape other) {
    return other.equals(shape()) ? this : replaced(Layout.contiguous(other));
  }

  /** Itself, or if packed a decoded copy that the next call closes. */
  Tensor dense() {
    return dense(dtype);
  }

  /** Itself, or if packed or of another type a copy of this type that the next call closes. */
  Tensor dense(DType type) {
    if (dtype == type && !encoding().isPacked()) {
      storage();
      return this;
    }
    Tensor decoded = converted(type);
    decoded.temporary = true;
    return decoded;
  }

  /** A row-major copy. */
  Tensor copied() {
    return converted(dtype);
  }

  /** A row-major copy of another type. */
  Tensor converted(DType type) {
    if (encoding().isPacked() && !rowMajorBlocks()) {
      Layout blocks = layout.wholeBlocks(encoding().blockSize());
      Tensor flat = borrow(blocks);
      try (Tensor decoded =
          Call.run("decode", type, blocks.shape(), out -> backend.copy(flat, out), flat)) {
        Tensor seen = decoded.borrow(layout.countedFrom(blocks.offset()));
        return Call.run("decode", type, shape(), out -> backend.copy(seen, out), seen);
      }
    }
    return Call.run("convert", type, shape(), out -> backend.copy(this, out), this);
  }

  private boolean rowMajorBlocks() {
    return layout.isContiguous() && layout.offset() % encoding().blockSize() == 0;
  }
}
