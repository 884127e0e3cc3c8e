package org.tensorlogic.io.coreml;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;

/**
 * The operations whose outputs are known before a program runs: constants and the compressed forms
 * of weights. Everything is checked here but what only the data tell.
 *
 * <ol>
 *   <li>{@code constexpr_affine_dequantize}: scale * (quantized_data - zero_point), each parameter
 *       one number or one per slice of {@code axis}.
 *   <li>{@code constexpr_lut_to_dense}, first form: packed indices of 1, 2, 4, 6 or 8 bits and one
 *       table; since iOS 18: typed indices, a table for each block, vectors.
 *   <li>{@code constexpr_sparse_to_dense}: a mask and the elements that are not zero; the mask is
 *       packed in bytes in the first form, of type uint1 since iOS 18.
 *   <li>{@code constexpr_blockwise_shift_scale}: scale * (data - offset), by blocks.
 *   <li>{@code constexpr_lut_to_sparse} and {@code constexpr_sparse_blockwise_shift_scale}: a mask
 *       and compressed elements to the mask and the elements.
 *   <li>{@code constexpr_cast}: halves as floats.
 * </ol>
 *
 * Source: coremltools, converters/mil/mil/ops/defs/iOS16/constexpr_ops.py, iOS18/compression.py.
 */
final class ConstantExpressions {
  private final Path file;
  private final MilProgram.Operation operation;
  private final Map<String, @Nullable Constant> scope;

  private ConstantExpressions(
      Path file, MilProgram.Operation operation, Map<String, @Nullable Constant> scope) {
    this.file = file;
    this.operation = operation;
    this.scope = scope;
  }

  /**
   * The outputs of a constant operation.
   *
   * @param scope the constants known so far
   * @throws MalformedModelException if an argument is missing or does not fit
   */
  static List<Constant> evaluate(
      Path file, MilProgram.Operation operation, Map<String, @Nullable Constant> scope)
      throws MalformedModelException {
    return new ConstantExpressions(file, operation, scope).evaluate();
  }

  private List<Constant> evaluate() throws MalformedModelException {
    List<Constant> results =
        switch (operation.type()) {
          case "constexpr_affine_dequantize" -> List.of(affineDequantize());
          case "constexpr_lut_to_dense" -> List.of(lutToDense());
          case "constexpr_sparse_to_dense" -> List.of(sparseToDense());
          case "constexpr_blockwise_shift_scale" -> List.of(blockwiseShiftScale());
          case "constexpr_lut_to_sparse" -> lutToSparse();
          case "constexpr_sparse_blockwise_shift_scale" -> sparseBlockwiseShiftScale();
          case "constexpr_cast" -> List.of(cast());
          default -> throw malformed("is not a known constant expression");
        };
    if (operation.outputs().size() != results.size()) {
      throw malformed(
          "must have " + results.size() + " outputs, has " + operation.outputs().size());
    }
    for (int i = 0; i < results.size(); i++) {
      MilType declared = operation.outputs().get(i).type();
      MilType found = new MilType.Tensor(results.get(i).dtype(), results.get(i).shape());
      if (!found.equals(declared)) {
        throw malformed("gives " + found + ", is declared as " + declared);
      }
    }
    return results;
  }

  private Constant affineDequantize() throws MalformedModelException {
    Constant data = tensor("quantized_data");
    long axis = integer("axis");
    if (axis < -data.shape().size() || axis >= data.shape().size()) {
      throw malformed("axis " + axis + " is outside the rank " + data.shape().size());
    }
    int positive = (int) (axis < 0 ? axis + data.shape().size() : axis);
    return new ScaledConstant(
        operation.type(),
        data,
        slices(data, floating(tensor("scale"), "scale"), "scale", positive),
        slices(data, tensor("zero_point"), "zero_point", positive));
  }

  /** A parameter that is one number, or one per slice of an axis. */
  private ScaledConstant.Parameter slices(Constant data, Constant parameter, String name, int axis)
      throws MalformedModelException {
    List<Long> groups = new ArrayList<>(Collections.nCopies(data.shape().size(), 1L));
    if (!parameter.shape().isEmpty()) {
      groups.set(axis, parameter.size());
      if (parameter.shape().size() != 1
          || (parameter.size() != 1 && parameter.size() != data.shape().get(axis))) {
        throw malformed(
            name
                + " must have the extent of axis "
                + axis
                + " of "
                + data.shape()
                + ", has "
                + parameter.shape());
      }
    }
    return new ScaledConstant.Parameter(parameter, grouping(groups, data.shape(), name));
  }

  private Constant blockwiseShiftScale() throws MalformedModelException {
    Constant data = tensor("data");
    Constant scale = floating(tensor("scale"), "scale");
    return new ScaledConstant(
        operation.type(), data, blocks(scale, data.shape(), "scale"), offset(scale, data.shape()));
  }

  private ScaledConstant.Parameter blocks(Constant parameter, List<Long> shape, String name)
      throws MalformedModelException {
    return new ScaledConstant.Parameter(parameter, grouping(parameter.shape(), shape, name));
  }

  private ScaledConstant.@Nullable Parameter offset(Constant scale, List<Long> shape)
      throws MalformedModelException {
    Constant offset = optional("offset");
    if (offset == null) {
      return null;
    }
    if (!offset.shape().equals(scale.shape())) {
      throw malformed(
          "offset must have the shape of scale, " + scale.shape() + ", has " + offset.shape());
    }
    return blocks(offset, shape, "offset");
  }

  private Grouping grouping(List<Long> groups, List<Long> shape, String name)
      throws MalformedModelException {
    if (!Grouping.divides(groups, shape)) {
      throw malformed(name + " of shape " + groups + " does not divide the data's " + shape);
    }
    return Grouping.of(shape, groups);
  }

  private Constant lutToDense() throws MalformedModelException {
    Constant lut = tensor("lut");
    Constant indices = tensor("indices");
    if (lut.shape().size() == 1 && operation.argument("shape") != null) {
      indices = packedIndices(indices, lut, shape());
      Grouping one = grouping(Collections.nCopies(indices.shape().size(), 1L), indices.shape(), "");
      return new PalettizedConstant(indices, new Palette(lut, one, lut.size(), 1, 0));
    }
    return new PalettizedConstant(indices, palette(lut, indices.shape(), indices.dtype()));
  }

  /** The first form: indices of as many bits as the table needs, packed into bytes. */
  private Constant packedIndices(Constant bytes, Constant lut, List<Long> shape)
      throws MalformedModelException {
    MilDataType type =
        switch ((int) Math.min(lut.size(), 257)) {
          case 2 -> MilDataType.UINT1;
          case 4 -> MilDataType.UINT2;
          case 16 -> MilDataType.UINT4;
          case 64 -> MilDataType.UINT6;
          case 256 -> MilDataType.UINT8;
          default ->
              throw malformed("lut must have 2, 4, 16, 64 or 256 elements, has " + lut.size());
        };
    return unpacked(bytes, "indices", type, shape);
  }

  /** Elements of some bits each that are stored as a vector of bytes. */
  private Constant unpacked(Constant bytes, String name, MilDataType type, List<Long> shape)
      throws MalformedModelException {
    long size = Extents.size(shape);
    if (bytes.dtype() != MilDataType.UINT8 || bytes.size() != type.bytes(size)) {
      throw malformed(
          name
              + " must be "
              + type.bytes(size)
              + " bytes for shape "
              + shape
              + ", is "
              + new MilType.Tensor(bytes.dtype(), bytes.shape()));
    }
    if (!(bytes instanceof MilValue.Numeric stored)) {
      throw malformed(name + " must not be computed");
    }
    StoredNumbers elements =
        stored.numbers() instanceof PackedNumbers packed
            ? packed.as(type, size)
            : new StoredNumbers.Unpacked(stored.numbers(), type, size);
    return new MilValue.Numeric(new MilType.Tensor(type, shape), elements, stored.inWeightFile());
  }

  private Palette palette(Constant lut, List<Long> indices, MilDataType indexType)
      throws MalformedModelException {
    int rank = indices.size();
    if (rank < 1 || lut.shape().size() != rank + 2) {
      throw malformed(
          "lut must have two axes more than indices " + indices + ", has " + lut.shape());
    }
    long entries = lut.shape().get(rank);
    long length = lut.shape().get(rank + 1);
    if (!indexType.isUnsigned() || indexType.bits() > 8 || entries != 1L << indexType.bits()) {
      throw malformed("a table must have 2^bits entries for " + indexType + ", has " + entries);
    }
    if (length < 1 || length > 1 << 16) {
      throw malformed("a vector must have 1 to 65536 elements, has " + length);
    }
    long axis = length > 1 ? integer("vector_axis") : 0;
    if (axis < -rank || axis >= rank) {
      throw malformed("vector_axis " + axis + " is outside the rank " + rank);
    }
    int positive = (int) (axis < 0 ? axis + rank : axis);
    if (Extents.size(VectorAxis.expand(indices, positive, length)) < 0) {
      throw malformed("indices " + indices + " stand for too many vectors of " + length);
    }
    Grouping grouping = grouping(lut.shape().subList(0, rank), indices, "lut");
    return new Palette(lut, grouping, entries, length, positive);
  }

  private Constant sparseToDense() throws MalformedModelException {
    Constant stored = tensor("nonzero_data");
    Constant mask = tensor("mask");
    if (operation.argument("shape") != null) {
      mask = unpacked(mask, "mask", MilDataType.UINT1, shape());
    }
    requireMask(mask, "mask", stored);
    return new SparseConstant(file, stored, mask, mask.shape());
  }

  private void requireMask(Constant mask, String name, Constant stored)
      throws MalformedModelException {
    if (mask.dtype() != MilDataType.UINT1 || mask.size() > BitMask.MOST) {
      throw malformed(
          name
              + " must be of type uint1 and of at most 2^36 elements, is "
              + new MilType.Tensor(mask.dtype(), mask.shape()));
    }
    if (stored.shape().size() != 1 || stored.size() > mask.size()) {
      throw malformed(
          "the stored elements must be a vector of at most "
              + mask.size()
              + ", are of shape "
              + stored.shape());
    }
  }

  private List<Constant> lutToSparse() throws MalformedModelException {
    Constant mask = tensor("indices_mask");
    Constant indices = tensor("indices_nonzero_data");
    requireMask(mask, "indices_mask", indices);
    Palette palette = palette(tensor("lut"), mask.shape(), indices.dtype());
    Constant expanded =
        palette.hasVectors() ? new SparsePalettized.ExpandedMask(mask, palette) : mask;
    if (expanded.size() > BitMask.MOST) {
      throw malformed("a sparse tensor of more than 2^36 elements: " + expanded.shape());
    }
    return List.of(expanded, new SparsePalettized(file, indices, mask, expanded, palette));
  }

  private List<Constant> sparseBlockwiseShiftScale() throws MalformedModelException {
    Constant mask = tensor("data_mask");
    Constant data = tensor("nonzero_data");
    requireMask(mask, "data_mask", data);
    Constant scale = floating(tensor("scale"), "scale");
    return List.of(
        mask,
        new SparseScaled(
            file, data, mask, blocks(scale, mask.shape(), "scale"), offset(scale, mask.shape())));
  }

  private Constant cast() throws MalformedModelException {
    Constant source = tensor("source_val");
    if (source.dtype() != MilDataType.FLOAT16
        || !(operation.argument("output_dtype") instanceof MilProgram.Argument.Literal type)
        || !type.value().plain().equals("fp32")) {
      throw malformed("only fp16 is cast, to fp32");
    }
    return new CastConstant(source);
  }

  private Constant tensor(String name) throws MalformedModelException {
    Constant constant = optional(name);
    if (constant == null) {
      throw malformed("there is no " + name);
    }
    return constant;
  }

  private @Nullable Constant optional(String name) throws MalformedModelException {
    MilProgram.Argument argument = operation.argument(name);
    if (argument == null) {
      return null;
    }
    Constant constant =
        argument instanceof MilProgram.Argument.Name reference
            ? scope.get(reference.name())
            : ((MilProgram.Argument.Literal) argument).value() instanceof Constant literal
                ? literal
                : null;
    if (constant == null) {
      throw malformed(name + " must be a tensor of numbers that is known");
    }
    return constant;
  }

  private Constant floating(Constant constant, String name) throws MalformedModelException {
    if (!constant.dtype().isFloat()) {
      throw malformed(name + " must be of a floating-point type, is " + constant.dtype());
    }
    return constant;
  }

  private long integer(String name) throws MalformedModelException {
    if (tensor(name) instanceof MilValue.Numeric value
        && value.size() == 1
        && value.numbers().get(0) instanceof Long number) {
      return number;
    }
    throw malformed(name + " must be an integer");
  }

  /** The extents that the first forms write down. */
  private List<Long> shape() throws MalformedModelException {
    List<Long> shape = new ArrayList<>();
    if (!(tensor("shape") instanceof MilValue.Numeric value) || value.size() > 64) {
      throw malformed("shape must be at most 64 extents");
    }
    for (int i = 0; i < value.size(); i++) {
      shape.add(value.numbers().get(i).longValue());
    }
    if (Extents.size(shape) < 0) {
      throw malformed("the shape " + shape + " is negative or beyond any file");
    }
    return shape;
  }

  private MalformedModelException malformed(String reason) {
    return new MalformedModelException(
        file, -1, operation.type() + " '" + operation.name() + "': " + reason);
  }
}
