package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(1000);

  @Test
  void countsATensorUntilItIsClosed() {
    Tensor x = budget.bound(() -> Tensor.zeros(100));
    assertThat(budget.used()).isEqualTo(200);
    Tensor view = budget.bound(() -> x.reshape(10, 10));
    assertThat(budget.used()).isEqualTo(200);
    x.close();
    assertThat(budget.used()).isEqualTo(200);
    view.close();
    view.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void refusesWhatExceedsIt() {
    assertThatThrownBy(() -> budget.bound(() -> Tensor.zeros(1L << 40)))
        .isInstanceOf(MemoryBudgetException.class)
        .hasMessageContaining("the budget of 1000");
    assertThat(budget.used()).isZero();
    assertThat(budget.bound(() -> Tensor.zeros(500)).size()).isEqualTo(500);
    assertThatThrownBy(() -> budget.bound(() -> Tensor.zeros(1)))
        .isInstanceOf(MemoryBudgetException.class);
  }

  @Test
  void countsOtherMemoryUntilItIsGivenBack() {
    budget.take(900);
    assertThatThrownBy(() -> budget.bound(() -> Tensor.zeros(100)))
        .isInstanceOf(MemoryBudgetException.class)
        .hasMessageContaining("200 more bytes exceed the budget of 1000, of which 900 are used");
    assertThatThrownBy(() -> budget.take(101)).isInstanceOf(MemoryBudgetException.class);
    budget.giveBack(900);
    assertThat(budget.used()).isZero();
  }

  @Test
  void isTheCurrentOneWhileItBounds() {
    MemoryBudget inner = new MemoryBudget(1);
    assertThat(MemoryBudget.current()).isNull();
    assertThat(budget.bound(() -> inner.bound(MemoryBudget::current))).isSameAs(inner);
    assertThat(budget.bound(MemoryBudget::current)).isSameAs(budget);
  }

  @Test
  void boundsOnlyWhatRunsWithinIt() {
    assertThat(Tensor.zeros(1000).size()).isEqualTo(1000);
    assertThat(budget.used()).isZero();
  }
}
