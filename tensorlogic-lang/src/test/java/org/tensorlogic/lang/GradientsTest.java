package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** Gradients of built-ins, as one step of descent takes them, against differences of values. */
class GradientsTest {
  private static final String PLACE =
      "[[0.31, -0.72, 0.55], [1.12, 0.23, -0.41], [-0.64, 0.87, 1.35]]";
  private static final float STEP = 4e-3f;

  private final TensorLogic session = TensorLogic.builder().output(new StringBuilder()).build();

  private float[] values(String expression) {
    return session.eval(expression).asTensor().toFloatArray();
  }

  private float[] gradient(String objective, String place, String type) {
    session.eval("tensor w: " + type + "[3, 3] learnable = " + place);
    float[] before = values("w");
    session.eval("learn { objective: " + objective + ", optimizer: sgd(lr: 1.0), epochs: 1 }");
    float[] after = values("w");
    for (int i = 0; i < before.length; i++) {
      before[i] -= after[i];
    }
    return before;
  }

  private double value(String objective, float[] place) {
    session.set("w", Tensor.as(DType.F32).of(place, 3, 3));
    return session.eval(objective).asDouble();
  }

  private float[] differences(String objective, String place) {
    float[] at = values("f32::from_array(" + place + ")");
    float[] differences = new float[at.length];
    for (int i = 0; i < at.length; i++) {
      float[] left = at.clone();
      float[] right = at.clone();
      left[i] -= STEP;
      right[i] += STEP;
      double rise = value(objective, right) - value(objective, left);
      differences[i] = (float) (rise / (right[i] - left[i]));
    }
    return differences;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "det(w)",
        "det(w) ** 2 + sum(w * w)",
        "sum(w * w) + det(w @ transpose(w) + f32::eye(3) * 2)",
        "sum(inv(w) * [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])",
        "sum(inv(w @ w + f32::eye(3) * 3) ** 2) * 10",
        "sum(softmax(top_k(w, 2)) ** 2)",
        "sum(softmax(top_p(w, 0.7)) ** 2)",
        "max(top_k(w * w, 1))",
      })
  void areAsDifferencesSay(String objective) {
    float[] expected = differences(objective, PLACE);
    assertThat(gradient(objective, PLACE, "float32")).containsExactly(expected, near(0.01f));
  }

  @Test
  void ofADeterminantAreTheCofactorsWhereTheMatrixIsSingular() {
    String rank2 = "[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 2.0]]";
    float[] expected = {8, 2, -4, -4, -1, 2, 0, 0, 0};
    assertThat(gradient("det(w)", rank2, "float32")).containsExactly(expected, near(1e-5f));
    String rank1 = "[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]";
    assertThat(gradient("det(w)", rank1, "float32")).containsExactly(new float[9], near(1e-5f));
  }

  @Test
  void reachHalves() {
    float[] expected = differences("det(w)", PLACE);
    assertThat(gradient("det(w)", PLACE, "float16")).containsExactly(expected, near(0.01f));
  }

  private static Offset<Float> near(float tolerance) {
    return Offset.offset(tolerance);
  }
}
