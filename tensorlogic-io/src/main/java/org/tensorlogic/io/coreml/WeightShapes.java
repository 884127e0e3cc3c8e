package org.tensorlogic.io.coreml;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of a neural network's weights, which its file does not write down: they follow from
 * the parameters of the layer.
 *
 * <p>Source: coremltools, mlmodel/format/NeuralNetwork.proto, the comments of each layer.
 */
final class WeightShapes {
  private WeightShapes() {}

  /**
   * The shape of a layer's weights, or null where the parameters do not tell.
   *
   * @param layer the kind of layer
   * @param role the field: {@code weights}, {@code weightParams.inputGateBiasVector}
   */
  static @Nullable List<Long> of(String layer, String role, Map<String, Object> params) {
    return switch (layer) {
      case "convolution" -> convolution(role, params);
      case "convolution3d" -> convolution3d(role, params);
      case "innerProduct" ->
          matrixOrBias(role, number(params, "outputChannels"), number(params, "inputChannels"));
      case "embedding" ->
          matrixOrBias(role, number(params, "outputChannels"), number(params, "inputDim"));
      case "embeddingND" ->
          matrixOrBias(role, number(params, "embeddingSize"), number(params, "vocabSize"));
      case "batchedMatmul" ->
          matrixOrBias(
              role,
              number(params, "weightMatrixSecondDimension"),
              number(params, "weightMatrixFirstDimension"));
      case "batchnorm" -> List.of(number(params, "channels"));
      case "layerNormalization" -> numbers(params, "normalizedShape");
      case "scale" -> numbers(params, role.equals("scale") ? "shapeScale" : "shapeBias");
      case "bias", "loadConstant", "loadConstantND" -> numbers(params, "shape");
      case "simpleRecurrent", "gru", "uniDirectionalLSTM", "biDirectionalLSTM" ->
          recurrent(role, params);
      default -> null;
    };
  }

  /** The axis of the channels for which there may be a scale each. */
  static int channelAxis(Map<String, Object> params) {
    return params.get("isDeconvolution") == Boolean.TRUE ? 1 : 0;
  }

  private static @Nullable List<Long> matrixOrBias(String role, long rows, long columns) {
    return role.equals("bias") ? List.of(rows) : List.of(rows, columns);
  }

  private static @Nullable List<Long> convolution(String role, Map<String, Object> params) {
    long outputs = number(params, "outputChannels");
    if (role.equals("bias")) {
      return List.of(outputs);
    }
    long inputs = number(params, "kernelChannels"); // those of one group already
    List<Long> kernel = numbers(params, "kernelSize");
    if (kernel.isEmpty()) {
      kernel = List.of(3L, 3L);
    }
    if (kernel.size() != 2) {
      return null;
    }
    return channelAxis(params) == 1
        ? List.of(inputs, outputs / groups(params), kernel.get(0), kernel.get(1))
        : List.of(outputs, inputs, kernel.get(0), kernel.get(1));
  }

  private static @Nullable List<Long> convolution3d(String role, Map<String, Object> params) {
    long outputs = number(params, "outputChannels");
    if (role.equals("bias")) {
      return List.of(outputs);
    }
    long inputs = number(params, "inputChannels");
    long depth = number(params, "kernelDepth");
    long height = number(params, "kernelHeight");
    long width = number(params, "kernelWidth");
    return channelAxis(params) == 1
        ? List.of(inputs, outputs / groups(params), depth, height, width)
        : List.of(outputs, inputs / groups(params), depth, height, width);
  }

  private static long groups(Map<String, Object> params) {
    return Math.max(1, number(params, "nGroups"));
  }

  private static @Nullable List<Long> recurrent(String role, Map<String, Object> params) {
    long inputs = number(params, "inputVectorSize");
    long outputs = number(params, "outputVectorSize");
    if (role.endsWith("Vector")) {
      return List.of(outputs);
    }
    if (role.endsWith("ecursionMatrix")) {
      return List.of(outputs, outputs);
    }
    return role.endsWith("eightMatrix") ? List.of(outputs, inputs) : null;
  }

  private static long number(Map<String, Object> params, String name) {
    return params.get(name) instanceof Long number ? number : 0;
  }

  private static List<Long> numbers(Map<String, Object> params, String name) {
    return params.get(name) instanceof List<?> list
        ? list.stream().map(Long.class::cast).toList()
        : List.of();
  }
}
