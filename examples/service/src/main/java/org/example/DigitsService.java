package org.example;

import java.io.IOException;
import java.util.Arrays;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.TensorLogic;

/** Reads handwritten digits with a model that was trained in PyTorch; see ../digits. */
public final class DigitsService {
  private DigitsService() {}

  /** Classifies the held-out images and prints how many it reads correctly. */
  public static void main(String[] args) throws IOException {
    String folder = args.length == 0 ? "../digits" : args[0];
    try (Model test = Models.loadModel(folder + "/test.safetensors")) {
      int[] digits = classify(folder + "/model.safetensors", test.getTensor("images"));
      float[] labels = test.getTensor("labels").toFloatArray();
      int correct = 0;
      for (int i = 0; i < digits.length; i++) {
        correct += digits[i] == labels[i] ? 1 : 0;
      }
      System.out.printf("%d of %d digits read correctly%n", correct, digits.length);
    }
  }

  /** The digit on each image [n, 64]. The first layer is computed in two ways, which must agree. */
  static int[] classify(String file, Tensor input) throws IOException {
    try (Model model = Models.loadModel(file)) {
      Tensor weight = model.getTensor("layer.0.weight");
      Tensor bias = model.getTensor("layer.0.bias");
      Tensor output = input.matmul(weight).add(bias).relu();
      float[] values = output.toFloatArray();

      Tensor same = TensorLogic.create()
          .set("x", input).set("model", model)
          .eval("relu(x @ model.get_tensor(\"layer.0.weight\") + model.get_tensor(\"layer.0.bias\"))")
          .asTensor();
      if (!Arrays.equals(values, same.toFloatArray())) {
        throw new IllegalStateException("the snippet gives " + same + ", Java gives " + output);
      }

      // PyTorch's own Linear keeps its weight as [out, in]
      Tensor logits = output.linear(model.getTensor("layer.1.weight"), model.getTensor("layer.1.bias"));
      return logits.argmax(1).toArray();
    }
  }
}
