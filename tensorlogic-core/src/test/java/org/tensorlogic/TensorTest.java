package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.UnaryOp;

class TensorTest {
  private static final TensorFactory F32 = Tensor.as(DType.F32);

  @Test
  void computesALinearLayerAsTheReadmeShows() {
    Tensor input = Tensor.of(new float[][] {{1, 2, 3}, {4, 5, 6}});
    Tensor weight = Tensor.of(new float[][] {{1, 0}, {0, 1}, {-1, -1}});
    Tensor bias = Tensor.of(0.5f, 2.5f);

    Tensor output = input.matmul(weight).add(bias).relu();

    assertThat(output.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(output.toFloatArray()).containsExactly(0, 1.5f, 0, 1.5f);
    assertThat(output.dtype()).isEqualTo(DType.F16);
  }

  @Test
  void printsTheShortestDecimalsOfItsType() {
    assertThat(Tensor.of(0.1f, 2.209f, -0.0f, 65504, 6e-8f))
        .hasToString("[0.1, 2.209, -0.0, 65500.0, 6e-08]");
    assertThat(F32.of(0.1f, 1e-7f, 16777216f, 1e20f))
        .hasToString("[0.1, 1e-07, 16777216.0, 1e+20]");
    assertThat(Tensor.of(new float[][] {{1, 2}, {3, 4}})).hasToString("[[1.0, 2.0], [3.0, 4.0]]");
    assertThat(Tensor.scalar(3)).hasToString("3.0");
    assertThat(Tensor.zeros(0)).hasToString("[]");
    assertThat(F32.arange(2000)).hasToString("[0.0, 1.0, 2.0, ..., 1997.0, 1998.0, 1999.0]");
  }

  @Test
  void theWiderTypeWinsAndNumbersDoNotWiden() {
    Tensor half = Tensor.of(1, 2);
    Tensor single = F32.of(1, 2);
    assertThat(half.add(single).dtype()).isEqualTo(DType.F32);
    assertThat(half.mul(0.1).dtype()).isEqualTo(DType.F16);
    assertThat(half.matmul(single).dtype()).isEqualTo(DType.F32);
    assertThat(half.mul(0.1).toFloatArray()).containsExactly(0.099975586f, 0.19995117f);
  }

  @Test
  void broadcastsByTheRulesOfNumPy() {
    Tensor column = Tensor.of(1, 2, 3).reshape(3, 1);
    Tensor row = Tensor.of(10, 20);
    assertThat(column.add(row)).hasToString("[[11.0, 21.0], [12.0, 22.0], [13.0, 23.0]]");
    assertThatThrownBy(() -> Tensor.zeros(2, 3).add(Tensor.zeros(2)))
        .isInstanceOf(ShapeException.class)
        .hasMessage("add: shapes [2, 3] and [2] do not broadcast: 3 and 2 differ at axis -1");
  }

  @Test
  void reshapesViewsWithoutACopyWhereThatIsPossible() {
    Tensor x = F32.arange(24).reshape(2, 3, 4);
    assertThat(x.reshape(6, -1).storage()).isSameAs(x.storage());
    assertThat(x.transpose().reshape(-1).toFloatArray()).startsWith(0, 4, 8, 1, 5, 9).hasSize(24);
    assertThat(x.permute(1, 0, 2).reshape(3, 2, 2, 2).storage()).isSameAs(x.storage());
    assertThat(x.slice(Slice.all(), Slice.of(1, 3)).reshape(2, 8).storage()).isSameAs(x.storage());
    assertThat(x.slice(Slice.all(), Slice.of(1, 3)).reshape(2, 8).get(1, 0)).isEqualTo(16);
    assertThatThrownBy(() -> x.reshape(5, 5))
        .hasMessage("reshape: cannot reshape [2, 3, 4] (24 elements) to [5, 5] (25 elements)");
    assertThatThrownBy(() -> x.reshape(-1, 5)).isInstanceOf(ShapeException.class);
    assertThat(Tensor.zeros(0, 3).reshape(3, 0).shape()).isEqualTo(Shape.of(3, 0));
  }

  @Test
  void slicesLikePython() {
    Tensor x = F32.arange(10);
    assertThat(x.slice(Slice.from(-3)).toFloatArray()).containsExactly(7, 8, 9);
    assertThat(x.slice(new Slice(1, 100, 4)).toFloatArray()).containsExactly(1, 5, 9);
    assertThat(x.slice(Slice.of(5, 2)).shape()).isEqualTo(Shape.of(0));
    assertThat(x.reshape(2, 5).select(1, -1).toFloatArray()).containsExactly(4, 9);
    assertThatThrownBy(() -> x.select(0, 10))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("select: index 10 is out of range for axis 0 of extent 10");
  }

  @Test
  void joinsAndSplits() {
    Tensor a = F32.arange(6).reshape(2, 3);
    Tensor b = F32.ones(2, 1);
    assertThat(Tensor.concat(1, a, b)).hasToString("[[0.0, 1.0, 2.0, 1.0], [3.0, 4.0, 5.0, 1.0]]");
    assertThat(Tensor.stack(-1, a, a).shape()).isEqualTo(Shape.of(2, 3, 2));
    List<Tensor> parts = F32.arange(7).split(3, 0);
    assertThat(parts).extracting(Tensor::size).containsExactly(3L, 3L, 1L);
    assertThat(F32.arange(7).chunk(3, 0)).extracting(Tensor::size).containsExactly(3L, 3L, 1L);
    assertThat(a.repeat(2, 1, 2).shape()).isEqualTo(Shape.of(2, 2, 6));
    assertThat(F32.of(1, 2).repeat(2).toFloatArray()).containsExactly(1, 2, 1, 2);
  }

  @Test
  void gathersAndScatters() {
    Tensor x = F32.arange(6).reshape(3, 2);
    assertThat(x.indexSelect(0, Indices.of(2, 0))).hasToString("[[4.0, 5.0], [0.0, 1.0]]");
    assertThat(x.indexSelect(1, Indices.of(1, 1, 0)).shape()).isEqualTo(Shape.of(3, 3));
    assertThat(x.indexSelect(1, Indices.of(1, 1, 0)).toFloatArray()).startsWith(1, 1, 0, 3, 3, 2);
    assertThat(x.embedding(Indices.of(new int[] {0, 1, 2, 0}, Shape.of(2, 2))).shape())
        .isEqualTo(Shape.of(2, 2, 2));
    assertThat(x.gather(1, Indices.of(new int[] {1, 0, 1}, Shape.of(3, 1))).toFloatArray())
        .containsExactly(1, 2, 5);
    assertThat(x.scatter(0, Indices.of(1), F32.zeros(1, 2)))
        .hasToString("[[0.0, 1.0], [0.0, 0.0], [4.0, 5.0]]");
    assertThat(x.scatterAdd(0, Indices.of(0, 0), F32.ones(2, 2)).toFloatArray()).startsWith(2, 3);
    assertThatThrownBy(() -> x.indexSelect(0, Indices.of(3)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("indexSelect: index 3 at position 0 is out of range for extent 3");
  }

  @Test
  void reducesOverAnyAxes() {
    Tensor x = F32.arange(24).reshape(2, 3, 4);
    assertThat(x.sum().item()).isEqualTo(276);
    assertThat(x.sum(0, -1).toFloatArray()).containsExactly(60, 92, 124);
    assertThat(x.mean(1).shape()).isEqualTo(Shape.of(2, 4));
    assertThat(x.argmax(1).toArray()).containsOnly(2);
    assertThat(x.argmax()).isEqualTo(23);
    assertThat(x.softmax(1).sum(1).toFloatArray()).containsOnly(1);
    assertThat(x.cumsum(0).get(1, 0, 0)).isEqualTo(12);
    assertThat(x.variance().item()).isEqualTo(47.916668f);
    assertThatThrownBy(() -> x.sum(0, 0)).hasMessage("sum: axis 0 is given twice");
    assertThatThrownBy(() -> x.sum(3))
        .hasMessage("sum: axis 3 does not exist in [2, 3, 4] of rank 3");
  }

  @Test
  void multipliesMatricesOfEveryRank() {
    Tensor a = F32.arange(12).reshape(2, 2, 3);
    Tensor b = F32.arange(6).reshape(3, 2);
    assertThat(a.matmul(b).shape()).isEqualTo(Shape.of(2, 2, 2));
    assertThat(a.matmul(b).get(1, 1, 1)).isEqualTo(9 + 30 + 55);
    assertThat(a.matmul(F32.of(1, 1, 1)).toFloatArray()).containsExactly(3, 12, 21, 30);
    assertThat(F32.of(1, 2).matmul(F32.of(3, 4)).item()).isEqualTo(11);
    assertThat(F32.ones(4, 1, 2, 3).matmul(F32.ones(5, 3, 1)).shape())
        .isEqualTo(Shape.of(4, 5, 2, 1));
    assertThat(F32.zeros(2, 0).matmul(F32.zeros(0, 3)).toFloatArray()).containsOnly(0).hasSize(6);
    assertThatThrownBy(() -> Tensor.zeros(2, 3).matmul(Tensor.zeros(4, 5)))
        .hasMessage("matmul: inner extents differ, [2, 3] and [4, 5]");
    Tensor gated = F32.of(1, -1).linear(F32.of(new float[][] {{1, 2}, {3, 1}}), null, UnaryOp.RELU);
    assertThat(gated.toFloatArray()).containsExactly(0, 2);
  }

  @Test
  void multipliesLargeMatricesLikeDoubles() {
    Tensor a = F32.uniform(1, -1, 1, 130, 700);
    Tensor b = F32.uniform(2, -1, 1, 700, 90);
    float[] x = a.toFloatArray();
    float[] y = b.toFloatArray();
    Tensor c = a.matmul(b);
    Tensor again = a.matmul(b.transpose().contiguous().transpose());
    for (int i = 0; i < 130; i += 43) {
      for (int j = 0; j < 90; j += 7) {
        double sum = 0;
        for (int k = 0; k < 700; k++) {
          sum += (double) x[i * 700 + k] * y[k * 90 + j];
        }
        assertThat((double) c.get(i, j)).isCloseTo(sum, org.assertj.core.data.Offset.offset(1e-4));
        assertThat(again.get(i, j)).isEqualTo(c.get(i, j));
      }
    }
  }

  @Test
  void createsFromEveryKindOfArray() {
    assertThat(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)).hasToString("[[1.0, 2.0], [3.0, 4.0]]");
    assertThat(Tensor.as(DType.F16).ofHalves(new short[] {0x3C00, 0x4000}, 2))
        .hasToString("[1.0, 2.0]");
    FloatBuffer buffer = FloatBuffer.wrap(new float[] {9, 1, 2});
    buffer.get();
    assertThat(F32.of(buffer, 2)).hasToString("[1.0, 2.0]");
    assertThat(F32.eye(2)).hasToString("[[1.0, 0.0], [0.0, 1.0]]");
    assertThat(F32.arange(1, 2, 0.25)).hasToString("[1.0, 1.25, 1.5, 1.75]");
    assertThat(F32.full(7, 2)).hasToString("[7.0, 7.0]");
    assertThat(F32.uniform(5, 0, 1, 4)).hasToString(F32.uniform(5, 0, 1, 4).toString());
    float[] normal = F32.normal(3, 2, 0.5, 10_000).toFloatArray();
    assertThat(Tensor.as(DType.F32).of(normal).mean().item()).isBetween(1.98f, 2.02f);
    assertThat(F32.of(normal).variance().item()).isBetween(0.24f, 0.26f);
    assertThatThrownBy(() -> Tensor.of(new float[][] {{1}, {2, 3}}))
        .hasMessage("of: row 1 must have 1 elements like row 0, has 2");
    assertThatThrownBy(() -> Tensor.of(new float[3], 2, 2))
        .hasMessage("of: [2, 2] has 4 elements, got 3 values");
  }

  @Test
  void useAfterCloseIsAnException() {
    Tensor x = Tensor.ones(2);
    Tensor view = x.reshape(2, 1);
    x.close();
    x.close();
    assertThatThrownBy(x::relu).isInstanceOf(IllegalStateException.class);
    assertThat(view.relu().toFloatArray()).containsExactly(1, 1);
    view.close();
    assertThatThrownBy(view::toFloatArray).isInstanceOf(IllegalStateException.class);
    assertThat(x).hasToString("Tensor[2] (closed)");
    assertThatThrownBy(() -> x.to(DType.F16)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(x::contiguous).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsLeftOfClosedMemoryHasAText() {
    Tensor x = Tensor.ones(2);
    x.storage().memory().close(); // as a model's tensors are when the model is
    assertThat(x).hasToString("Tensor[2] (closed)");
    assertThatThrownBy(() -> x.to(DType.F16)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aScopeClosesWhatItMadeButForWhatIsKept() {
    Tensor kept;
    Tensor dropped;
    Tensor outer = Tensor.ones(2);
    try (Scope scope = Scope.open()) {
      dropped = outer.add(1);
      try (Scope inner = Scope.open()) {
        kept = scope.keep(inner.keep(dropped.mul(3)));
      }
    }
    assertThat(dropped.isClosed()).isTrue();
    assertThat(outer.isClosed()).isFalse();
    assertThat(kept.toFloatArray()).containsExactly(6, 6);
    assertThat(Arrays.asList(outer.isClosed(), kept.isClosed())).containsOnly(false);
  }

  @Test
  void scopesCloseInReverseOrder() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
    inner.close();
    outer.close();
    outer.close();
  }

  @Test
  void comparesNumbersAsWhatTheyAreInTheTensorsType() {
    Tensor half = Tensor.of(0.1, 0.2, Double.POSITIVE_INFINITY);
    assertThat(half.eq(0.1)).hasToString("[1.0, 0.0, 0.0]");
    assertThat(half.ge(0.1)).hasToString("[1.0, 1.0, 1.0]");
    assertThat(half.lt(1e9)).hasToString("[1.0, 1.0, 0.0]"); // no half, larger than all of them
    assertThat(half.eq(1e9)).hasToString("[0.0, 0.0, 0.0]");
    assertThat(Tensor.binary(BinaryOp.LE, 0.1, half)).hasToString("[1.0, 1.0, 1.0]");
    assertThat(F32.of(0.1).eq(0.1)).hasToString("[1.0]");
  }

  @Test
  void createsFromDoublesAndShapes() {
    assertThat(Tensor.of(1 + Math.scalb(1.0, -11) + Math.scalb(1.0, -40)).item())
        .isEqualTo(1 + Math.scalb(1f, -10)); // a float in between would have made it a tie
    assertThat(F32.of(0.1, 2.0).toFloatArray()).containsExactly(0.1f, 2);
    Shape shape = Shape.of(2, 3);
    assertThat(Tensor.zeros(shape).add(Tensor.ones(shape)).isClose(Tensor.full(1, shape), 0, 0))
        .isTrue();
    assertThat(F32.zeros(shape).add(F32.ones(shape)).reshape(Shape.of(6)))
        .hasToString("[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]");
    assertThat(F32.arange(7).slice(Slice.of(1, -1, 2))).hasToString("[1.0, 3.0, 5.0]");
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> F32.arange(0, bad, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be finite, got 0.0, " + bad + " and 1.0");
    }
  }

  @Test
  void comparesWithinATolerance() {
    Tensor x = F32.of(1, Float.NaN, Float.POSITIVE_INFINITY);
    assertThat(x.isClose(F32.of(1.001f, Float.NaN, Float.POSITIVE_INFINITY), 1e-2, 0)).isTrue();
    assertThat(F32.of(1).isClose(F32.of(Float.POSITIVE_INFINITY), 1e-3, 1e-3)).isFalse();
    assertThat(F32.of(Float.NEGATIVE_INFINITY).isClose(F32.of(Float.POSITIVE_INFINITY), 1, 1))
        .isFalse();
    assertThat(x.isClose(F32.of(1.1f, Float.NaN, Float.POSITIVE_INFINITY), 1e-2, 0)).isFalse();
    assertThat(x.isClose(F32.of(1, 1, Float.POSITIVE_INFINITY), 1, 1)).isFalse();
    assertThat(x.isClose(F32.of(1), 1, 1)).isFalse();
  }
}
