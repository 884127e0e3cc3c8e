package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

class RecentMessagesTest {
  private final RecentMessages<String> recent = new RecentMessages<>();

  @Test
  void findsWhatEqualBytesWereReadAs() {
    recent.remember(ByteString.copyFromUtf8("a"), "one");
    assertThat(recent.find(ByteString.copyFromUtf8("a"))).isEqualTo("one");
    assertThat(recent.find(ByteString.copyFromUtf8("b"))).isNull();
  }

  @Test
  void neverTakesOneMessageForAnother() {
    int found = 0;
    for (int i = 0; i < 10_000; i++) {
      recent.remember(ByteString.copyFromUtf8("message " + i), "read " + i);
      for (int j = Math.max(0, i - 100); j <= i; j++) {
        String result = recent.find(ByteString.copyFromUtf8("message " + j));
        found += result == null ? 0 : 1;
        assertThat(result).isIn(null, "read " + j);
      }
    }
    assertThat(found).isGreaterThan(10_000); // the last one at least
  }

  @Test
  void remembersOneOfThoseWithTheSameHash() {
    ByteString first = ByteString.copyFromUtf8("Aa");
    ByteString second = ByteString.copyFromUtf8("BB");
    assertThat(first.hashCode()).isEqualTo(second.hashCode());
    recent.remember(first, "first");
    recent.remember(second, "second");
    assertThat(recent.find(first)).isNull();
    assertThat(recent.find(second)).isEqualTo("second");
  }
}
