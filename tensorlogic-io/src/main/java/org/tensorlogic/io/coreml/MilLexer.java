package org.tensorlogic.io.coreml;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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

  private final MappedFile file;
  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int filled;
  private long before; // bytes before the buffer
  private long start;
  private Kind kind = Kind.END;
  private String text = "";

  MilLexer(MappedFile file) throws IOException {
    this.file = file;
    this.in = new FileRange(file, 0, file.size());
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
    if (at == filled) {
      before += filled;
      at = 0;
      filled = Math.max(0, in.read(buffer, 0, buffer.length));
      if (filled == 0) {
        return -1;
      }
    }
    return buffer[at] & 0xFF;
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
      text = String.valueOf((char) take());
    }
  }

  private void number() throws IOException {
    int sign = take();
    if (sign == '-' && peek() == '>') {
      take();
      kind = Kind.MARK;
      text = "->";
      return;
    }
    kind = Kind.NUMBER;
    text = (char) sign + word();
  }

  /** The rest of a name or number: a sign belongs to it only in an exponent. */
  private String word() throws IOException {
    StringBuilder word = new StringBuilder();
    int last = 0;
    boolean number = kind == Kind.NUMBER;
    for (int c = peek(); ; c = peek()) {
      boolean exponentSign =
          number
              && (c == '-' || c == '+')
              && (last == 'e' || last == 'E' || last == 'p' || last == 'P');
      if (!isNameStart(c) && !isDigit(c) && c != '.' && c != '@' && !exponentSign) {
        return word.toString();
      }
      if (word.length() == LONGEST_WORD) {
        throw malformed("a name or number has more than " + LONGEST_WORD + " characters");
      }
      word.append((char) take());
      last = c;
    }
  }

  private static boolean isNameStart(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private String string() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    take();
    for (int c = take(); c != '"'; c = take()) {
      bytes.write(c == '\\' ? escaped(take()) : c);
      if (c < 0) {
        throw malformed("a string does not end");
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedModelException(file.path(), start, "a string is not UTF-8", e);
    }
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
