package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EinsumTest {
  private static final TensorFactory F32 = Tensor.as(DType.F32);
  private static final Tensor A = F32.uniform(1, -1, 1, 3, 4);
  private static final Tensor B = F32.uniform(2, -1, 1, 4, 5);
  private static final Tensor S = F32.uniform(3, -1, 1, 4, 4);

  private static void same(Tensor actual, Tensor expected) {
    assertThat(actual.isClose(expected, 1e-5, 1e-6))
        .as("%s, expected %s", actual, expected)
        .isTrue();
  }

  @Test
  void productsAndTransposes() {
    same(Tensor.einsum("ij,jk->ik", A, B), A.matmul(B));
    same(Tensor.einsum("ij,jk->ki", A, B), A.matmul(B).transpose());
    same(Tensor.einsum("ij,jk", A, B), A.matmul(B));
    same(Tensor.einsum("ba", A), A.transpose());
    same(Tensor.einsum("ij,kj->ik", A, A), A.matmul(A.transpose()));
  }

  @Test
  void sumsAndDiagonals() {
    same(Tensor.einsum("ij->", A), A.sum());
    same(Tensor.einsum("ij->j", A), A.sum(0));
    same(Tensor.einsum("ii->i", S).sum(), Tensor.einsum("ii", S));
    assertThat(Tensor.einsum("ii->i", S).get(2)).isEqualTo(S.get(2, 2));
    same(
        Tensor.einsum("i,i", A.select(0, 0), A.select(0, 1)),
        A.select(0, 0).mul(A.select(0, 1)).sum());
  }

  @Test
  void outerAndElementwiseProducts() {
    Tensor x = A.select(0, 0);
    Tensor y = B.select(1, 0);
    same(Tensor.einsum("i,j->ij", x, y), x.reshape(4, 1).mul(y));
    same(Tensor.einsum("ij,ij->ij", A, A), A.mul(A));
    same(Tensor.einsum("ij,j->ij", A, x), A.mul(x));
  }

  @Test
  void manyOperandsAndBatches() {
    Tensor c = F32.uniform(4, -1, 1, 5, 2);
    same(Tensor.einsum("ij,jk,kl->il", A, B, c), A.matmul(B).matmul(c));
    Tensor q = F32.uniform(5, -1, 1, 2, 3, 4);
    Tensor k = F32.uniform(6, -1, 1, 2, 6, 4);
    same(Tensor.einsum("bqd,bkd->bqk", q, k), q.matmul(k.transpose()));
    same(Tensor.einsum("...qd,...kd->...qk", q, k), q.matmul(k.transpose()));
    same(Tensor.einsum("...d,d->...", q, A.select(0, 0)), q.matmul(A.select(0, 0)));
    same(Tensor.einsum("ij,jk,ik->", A, B, A.matmul(B)), A.matmul(B).square().sum());
  }

  @Test
  void keepsTheTypeAndRoundsOnce() {
    Tensor half = A.to(DType.F16);
    assertThat(Tensor.einsum("ij,ij,ij->i", half, half, half).dtype()).isEqualTo(DType.F16);
    assertThat(Tensor.einsum("i", half.select(0, 0)).dtype()).isEqualTo(DType.F16);
  }

  @Test
  void oneEquationOnOtherShapesAndTypes() {
    String equation = "...ij,...jk->...ik";
    Tensor batched = F32.uniform(7, -1, 1, 2, 3, 4);
    same(Tensor.einsum(equation, A, B), A.matmul(B));
    same(Tensor.einsum(equation, batched, B), batched.matmul(B));
    same(Tensor.einsum(equation, A.to(DType.F16), B).to(DType.F32), A.to(DType.F16).matmul(B));
    assertThat(Tensor.einsum(equation, A.to(DType.F16), B.to(DType.F16)).dtype())
        .isEqualTo(DType.F16);
    same(Tensor.einsum(equation, A, B), A.matmul(B));
  }

  @Test
  void axesOfAnEllipsisThatHaveOneElementBroadcast() {
    Tensor one = F32.uniform(8, -1, 1, 1, 3);
    Tensor five = F32.uniform(9, -1, 1, 5, 3);
    same(Tensor.einsum("...d,...d,...d->...", one, one, five), one.square().mul(five).sum(-1));
    same(Tensor.einsum("...d,...d,...d->d...", one, five, one), one.square().mul(five).transpose());
    same(Tensor.einsum("...d,...e->...de", one, one), Tensor.einsum("ad,ae->ade", one, one));
  }

  @Test
  void errorsNameTheEquationAndTheIndex() {
    assertThatThrownBy(() -> Tensor.einsum("ij,jk->ik", A, A))
        .isInstanceOf(ShapeException.class)
        .hasMessage("einsum \"ij,jk->ik\": index 'j' has extent 4 and 3");
    assertThatThrownBy(() -> Tensor.einsum("ij->ik", A)).hasMessageContaining("'k'");
    assertThatThrownBy(() -> Tensor.einsum("ijk->i", A)).hasMessageContaining("names 3 axes");
    assertThatThrownBy(() -> Tensor.einsum("ij->ii", A)).hasMessageContaining("twice");
    assertThatThrownBy(() -> Tensor.einsum("ij,jk->ik", A)).hasMessageContaining("2 operands");
    assertThatThrownBy(() -> Tensor.einsum("i1->i", A)).hasMessageContaining("'1'");
  }
}
