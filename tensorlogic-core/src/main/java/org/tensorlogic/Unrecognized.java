package org.tensorlogic;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import org.jspecify.annotations.Nullable;

/** Says what a file is that is no model, from its first bytes, and what to do. */
final class Unrecognized {
  private static final String LFS = "version https://git-lfs.github.com/spec/";
  private static final int SHOWN = 40;

  private Unrecognized() {}

  /** Why it cannot be a model whatever its name says, or null if that is not plain to see. */
  static @Nullable String reason(ByteBuffer head) {
    if (!head.hasRemaining()) {
      return "the file is empty";
    }
    if (startsWith(head, 'P', 'K', 3, 4)) {
      return "the file is a zip archive, perhaps a PyTorch checkpoint; save the model with"
          + " safetensors.torch.save_file instead";
    }
    if (startsWith(head, 0x80, 2) || startsWith(head, 0x80, 4)) {
      return "the file is a Python pickle, which could run code when read; save the model with"
          + " safetensors.torch.save_file instead";
    }
    if (startsWith(head, 0x89, 'H', 'D', 'F')) {
      return "the file is HDF5; save the model as SafeTensors instead";
    }
    String text = text(head);
    if (text.startsWith(LFS)) {
      return "the file only points to the model, which Git LFS has not fetched; run git lfs pull";
    }
    return text.isEmpty()
        ? null
        : "the file is text, not a model; it begins with \"" + firstLine(text) + "\"";
  }

  /** The bytes as text, the last character perhaps cut off; empty if they are none. */
  private static String text(ByteBuffer head) {
    CharBuffer text = CharBuffer.allocate(head.remaining());
    boolean malformed = UTF_8.newDecoder().decode(head.duplicate(), text, false).isError();
    text.flip();
    return malformed || text.chars().anyMatch(Unrecognized::isBinary) ? "" : text.toString();
  }

  private static boolean startsWith(ByteBuffer head, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= head.remaining() || (head.get(i) & 0xFF) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBinary(int c) {
    return (c < ' ' && "\t\r\n\f".indexOf(c) < 0) || c == 0x7F;
  }

  private static String firstLine(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }
}
