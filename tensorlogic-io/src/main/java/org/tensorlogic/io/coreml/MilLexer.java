package org.tensorlogic.io.coreml;

import com.google.common.base.Utf8;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/** The tokens of a MIL program's text, read as a stream. */
final class MilLexer {
  /** Kinds of token; a punctuation mark is of its own kind by its text. */
  enum Kind {
    NAME,
    NUMBER,
    STRING,
    MARK,
    END
  }

  private static final int LONGEST_WORD = 1 << 12;
  private static final int BUFFER = 1 << 14;
  private static final int SLOTS = 1 << 10;
  private static final String[] MARKS = new String[256];

  static {
    Arrays.setAll(MARKS, c -> String.valueOf((char) c));
  }

  private final MappedFile file;
  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int filled;
  private long before; // bytes before the buffer
  private long start;
  private Kind kind = Kind.END;
  private String text = "";
  private final String[] words = new String[SLOTS]; // the last one of each hash value

  MilLexer(MappedFile file) throws IOException {
    this.file = file;
    this.in = new FileRange(file, 0, file.size());
    Arrays.fill(words, "");
    advance();
  }

  /** The current token's kind. */
  Kind kind() {
    return kind;
  }

  /** The current token's text; of a string, what it stands for. */
  String text() {
    return text;
  }

  /** An error at the current token. */
  MalformedModelException malformed(String reason) {
    return new MalformedModelException(file.path(), start, reason);
  }

  private int peek() throws IOException {
    return at < filled || fill(0) ? buffer[at] & 0xFF : -1;
  }

  /** Reads on, keeping the last bytes of the buffer; false at the end. */
  private boolean fill(int kept) throws IOException {
    System.arraycopy(buffer, filled - kept, buffer, 0, kept);
    before += filled - kept;
    at = kept;
    filled = kept + Math.max(0, in.read(buffer, kept, buffer.length - kept));
    return at < filled;
  }

  private int take() throws IOException {
    int c = peek();
    at += c < 0 ? 0 : 1;
    return c;
  }

  /** Goes to the next token. */
  void advance() throws IOException {
    int c = peek();
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      at++;
      c = peek();
    }
    start = before + at;
    if (c < 0) {
      kind = Kind.END;
      text = "the end";
    } else if (c == '"') {
      kind = Kind.STRING;
      text = string();
    } else if (isNameStart(c)) {
      kind = Kind.NAME;
      text = word();
    } else if (isDigit(c) || c == '-' || c == '+' || c == '.') {
      number();
    } else {
      kind = Kind.MARK;
      text = MARKS[take()];
    }
  }

  private void number() throws IOException {
    if (filled - at < 2) {
      fill(filled - at);
      at = 0;
    }
    if (buffer[at] == '-' && at + 1 < filled && buffer[at + 1] == '>') {
      at += 2;
      kind = Kind.MARK;
      text = "->";
      return;
    }
    kind = Kind.NUMBER;
    text = word();
  }

  /** A name or number: a sign belongs to it only at its beginning and in an exponent. */
  private String word() throws IOException {
    int first = at++;
    int hash = buffer[first];
    while (true) {
      if (at == filled) {
        int kept = at - first;
        if (kept > LONGEST_WORD) {
          throw malformed("a name or number has more than " + LONGEST_WORD + " characters");
        }
        first = 0;
        if (!fill(kept)) {
          return known(first, kept, hash);
        }
      }
      int c = buffer[at];
      if (!isNameStart(c) && !isDigit(c) && c != '.' && c != '@' && !isExponentSign(c)) {
        return known(first, at - first, hash);
      }
      hash = 31 * hash + c;
      at++;
    }
  }

  private boolean isExponentSign(int c) {
    return kind == Kind.NUMBER && (c == '-' || c == '+') && "eEpP".indexOf(buffer[at - 1]) >= 0;
  }

  /** The text of a word: most of them repeat all over a program. */
  private String known(int first, int length, int hash) throws MalformedModelException {
    if (length > LONGEST_WORD) {
      throw malformed("a name or number has more than " + LONGEST_WORD + " characters");
    }
    int slot = (hash ^ hash >>> 10 ^ hash >>> 20) & (SLOTS - 1);
    String word = words[slot];
    if (word.hashCode() != hash || !matches(word, first, length)) {
      word = new String(buffer, first, length, StandardCharsets.ISO_8859_1);
      words[slot] = word;
    }
    return word;
  }

  private boolean matches(String word, int first, int length) {
    if (word.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (word.charAt(i) != buffer[first + i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNameStart(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private String string() throws IOException {
    take();
    for (int i = at; i < filled && buffer[i] != '\\'; i++) {
      if (buffer[i] == '"') {
        String text = utf8(buffer, at, i - at);
        at = i + 1;
        return text;
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(); // escapes, or the buffer's end
    for (int c = take(); c != '"'; c = take()) {
      bytes.write(c == '\\' ? escaped(take()) : c);
      if (c < 0) {
        throw malformed("a string does not end");
      }
    }
    return utf8(bytes.toByteArray(), 0, bytes.size());
  }

  private String utf8(byte[] bytes, int first, int length) throws MalformedModelException {
    if (!Utf8.isWellFormed(bytes, first, length)) {
      throw malformed("a string is not UTF-8");
    }
    return new String(bytes, first, length, StandardCharsets.UTF_8);
  }

  private static int escaped(int c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      default -> c;
    };
  }
}
