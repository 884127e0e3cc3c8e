package org.tensorlogic.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.tensorlogic.Shape;

class LayoutTest {
  private final Layout experts = Layout.contiguous(Shape.of(32, 8, 64));

  private static void assertRun(Layout run, long begin, long count) {
    assertThat(run.shape()).isEqualTo(Shape.of(count));
    assertThat(run.offset()).isEqualTo(begin);
    assertThat(run.isContiguous()).isTrue();
  }

  @Test
  void theWholeBlocksOfASelectionAreItsOwn() {
    assertRun(experts.select(0, 5).wholeBlocks(32), 5 * 512, 512);
    assertRun(experts.select(0, 5).transpose(0, 1).wholeBlocks(256), 5 * 512, 512);
  }

  @Test
  void blocksThatArePartlySeenAreWhole() {
    Layout part = experts.select(0, 5).select(0, 1).slice(0, 40, 3, 2);
    assertRun(part.wholeBlocks(32), 5 * 512 + 64 + 32, 32);
    assertRun(part.wholeBlocks(1), 5 * 512 + 64 + 40, 5);
  }

  @Test
  void repeatedElementsCountOnceAndReversedOnesFromTheFirst() {
    assertRun(
        experts.select(0, 5).select(0, 0).broadcastTo(Shape.of(9, 64)).wholeBlocks(32), 2560, 64);
    assertRun(Layout.of(Shape.of(3), new long[] {-32}, 100).wholeBlocks(32), 32, 96);
  }

  @Test
  void noElementsHaveNoBlocks() {
    assertRun(experts.slice(1, 3, 0, 1).wholeBlocks(32), 0, 0);
  }

  @Test
  void positionsMayBeCountedFromAnother() {
    Layout part = experts.select(0, 5);
    Layout counted = part.countedFrom(part.wholeBlocks(32).offset());
    assertThat(counted.position(2, 3)).isEqualTo(2 * 64 + 3);
  }
}
