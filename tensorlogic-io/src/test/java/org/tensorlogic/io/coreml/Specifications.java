package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorlogic.DType;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;

/**
 * Core ML models built in code; the numbers are those of the fields in coremltools' .proto files.
 */
final class Specifications {
  static final int NEURAL_NETWORK = 500;
  static final int ML_PROGRAM = 502;
  static final int PIPELINE = 202;

  private Specifications() {}

  static Proto model(int kind, Proto content) {
    return Proto.message().number(1, 7).message(2, Proto.message()).message(kind, content);
  }

  static Proto network(Proto... layers) {
    Proto network = Proto.message();
    for (Proto layer : layers) {
      network.message(1, layer);
    }
    return model(NEURAL_NETWORK, network);
  }

  /** An inner product of 2 outputs and 3 inputs with these WeightParams. */
  static Proto innerProduct(String name, Proto weights) {
    Proto params = Proto.message().number(1, 3).number(2, 2).message(20, weights);
    return Proto.message().text(1, name).text(2, "x").text(3, "y").message(140, params);
  }

  static Proto program(Proto... operations) {
    return model(ML_PROGRAM, Proto.message().entry(2, "main", function(block(operations))));
  }

  static Proto function(Proto block) {
    return Proto.message().text(2, "CoreML7").entry(3, "CoreML7", block);
  }

  static Proto block(Proto... operations) {
    Proto block = Proto.message();
    for (Proto operation : operations) {
      block.message(3, operation);
    }
    return block;
  }

  static Proto tensorType(MilDataType dtype, long... extents) {
    Proto tensor = Proto.message().number(1, code(dtype)).number(2, extents.length);
    for (long extent : extents) {
      tensor.message(3, Proto.message().message(1, Proto.message().number(1, extent)));
    }
    return Proto.message().message(1, tensor);
  }

  private static int code(MilDataType dtype) {
    for (int code = 0; code < 64; code++) {
      if (MilDataType.ofCode(code) == dtype) {
        return code;
      }
    }
    throw new IllegalArgumentException(dtype.toString());
  }

  static Proto blob(Proto type, String file, long offset) {
    return Proto.message()
        .message(2, type)
        .message(5, Proto.message().text(1, file).number(2, offset));
  }

  /** A value that is written down; {@code member} is the field of TensorValue. */
  static Proto immediate(Proto type, int member, Proto values) {
    Proto tensor = Proto.message().message(member, values);
    return Proto.message().message(2, type).message(3, Proto.message().message(1, tensor));
  }

  static Proto floats(Proto type, float... values) {
    return immediate(type, 1, Proto.message().packed(1, values));
  }

  static Proto integers(Proto type, long... values) {
    return immediate(type, 2, Proto.message().packed(1, values));
  }

  static Proto bytes(Proto type, int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return immediate(type, 7, Proto.message().bytes(1, bytes));
  }

  static Proto constant(String name, Proto type, Proto value) {
    return operation("const", name, type).entry(5, "val", value);
  }

  static Proto operation(String kind, String output, Proto type) {
    return Proto.message()
        .text(1, kind)
        .message(3, Proto.message().text(1, output).message(2, type));
  }

  /** A binding of an argument to a value that is written down. */
  static Proto bound(Proto value) {
    return Proto.message().message(1, Proto.message().message(2, value));
  }

  /** A binding of an argument to a name. */
  static Proto reference(String name) {
    return Proto.message().message(1, Proto.message().text(1, name));
  }

  static Path write(Path directory, Proto specification) throws IOException {
    return Files.write(directory.resolve("model.mlmodel"), specification.toBytes());
  }

  static Model open(Path path) throws IOException {
    return new CoreMlFormat().open(path, LoadOptions.defaults().dtype(DType.F32));
  }

  static Model open(Path directory, Proto specification) throws IOException {
    return open(write(directory, specification));
  }
}
