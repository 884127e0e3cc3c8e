package org.tensorlogic.io.coreml;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What small messages were read as: the types of a program are few and repeat with every value. One
 * message per hash value is remembered, so that looking one up costs one comparison whatever a file
 * does.
 */
final class RecentMessages<T> {
  /** The longest message that is remembered, in bytes. */
  static final int LONGEST = 128;

  private static final int SLOTS = 256;

  private final @Nullable Known<T>[] slots = newSlots();

  private record Known<T>(ByteString message, T result) {}

  @SuppressWarnings("unchecked")
  private static <T> @Nullable Known<T>[] newSlots() {
    return (Known<T>[]) new Known<?>[SLOTS];
  }

  private static int slot(ByteString message) {
    int hash = message.hashCode();
    return (hash ^ hash >>> 8 ^ hash >>> 16) & (SLOTS - 1);
  }

  /** What a message of these bytes was read as, or null if that is not remembered. */
  @Nullable T find(ByteString message) {
    Known<T> known = slots[slot(message)];
    return known != null && known.message.equals(message) ? known.result : null;
  }

  /** Remembers what a message was read as. */
  void remember(ByteString message, T result) {
    slots[slot(message)] = new Known<>(message, result);
  }
}
