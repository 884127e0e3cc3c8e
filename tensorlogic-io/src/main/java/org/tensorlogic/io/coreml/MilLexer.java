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
  private static final boolean[] IN_WORD = new boolean[256];

  static {
    for (int c = 0; c < 256; c++) {
      MARKS[c] = String.valueOf((char) c);
      IN_WORD[c] = isNameStart(c) || isDigit(c) || c == '.' || c == '@';
    }
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
  private int mark; // of a token that is one
  private final String[] recentTexts = new String[SLOTS]; // the last one of each hash value
  private final byte[][] recentBytes = new byte[SLOTS][]; // what each was read from

  MilLexer(MappedFile file) throws IOException {
    this.file = file;
    this.in = new FileRange(file, 0, file.size());
    Arrays.fill(recentTexts, "");
    Arrays.fill(recentBytes, new byte[0]);
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

  /** Whether the current token is this punctuation mark. */
  boolean is(char wanted) {
    return mark == wanted;
  }

  /** The text from the current token up to a mark; empty if the buffer does not show it all. */
  String textUpTo(char end) {
    if (start < before) {
      return "";
    }
    int first = (int) (start - before);
    int hash = 0;
    for (int i = first; i < filled; i++) {
      if (buffer[i] == end) {
        return known(first, i - first, hash);
      }
      hash = 31 * hash + buffer[i];
    }
    return "";
  }

  /** Goes on behind a text that begins with the current token. */
  void skip(String shown) throws IOException {
    at = (int) (start - before) + shown.length();
    advance();
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
    mark = 0;
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
      mark = take();
      text = MARKS[mark];
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
        requireShort(kept);
        first = 0;
        if (!fill(kept)) {
          return known(first, kept, hash);
        }
      }
      int c = buffer[at] & 0xFF;
      if (!IN_WORD[c] && !isExponentSign(c)) {
        requireShort(at - first);
        return known(first, at - first, hash);
      }
      hash = 31 * hash + c;
      at++;
    }
  }

  private void requireShort(int length) throws MalformedModelException {
    if (length > LONGEST_WORD) {
      throw malformed("a name or number has more than " + LONGEST_WORD + " characters");
    }
  }

  private boolean isExponentSign(int c) {
    return kind == Kind.NUMBER && (c == '-' || c == '+') && "eEpP".indexOf(buffer[at - 1]) >= 0;
  }

  /** The Latin-1 text of some bytes: most repeat all over a program. */
  private String known(int first, int length, int hash) {
    int slot = (hash ^ hash >>> 10 ^ hash >>> 20) & (SLOTS - 1);
    byte[] last = recentBytes[slot];
    if (!Arrays.equals(last, 0, last.length, buffer, first, first + length)) {
      recentBytes[slot] = Arrays.copyOfRange(buffer, first, first + length);
      recentTexts[slot] = new String(buffer, first, length, StandardCharsets.ISO_8859_1);
    }
    return recentTexts[slot];
  }

  private static boolean isNameStart(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private String string() throws IOException {
    take();
    int hash = 0;
    for (int i = at; i < filled && buffer[i] >= 0 && buffer[i] != '\\'; i++) {
      if (buffer[i] == '"') {
        String text = known(at, i - at, hash);
        at = i + 1;
        return text;
      }
      hash = 31 * hash + buffer[i];
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(); // not ASCII, or the buffer's end
    for (int c = take(); c != '"'; c = take()) {
      bytes.write(c == '\\' ? escaped(take()) : c);
      if (c < 0) {
        throw malformed("a string does not end");
      }
    }
    byte[] utf8 = bytes.toByteArray();
    if (!Utf8.isWellFormed(utf8)) {
      throw malformed("a string is not UTF-8");
    }
    return new String(utf8, StandardCharsets.UTF_8);
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
