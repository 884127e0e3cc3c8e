package org.tensorlogic.io.coreml;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/**
 * The fields of protocol buffer messages in a mapped file, one after the other. What a message's
 * reader does not take is skipped, as it must be; long runs of bytes are not read but located.
 *
 * <ol>
 *   <li>Messages nest at most {@value #DEPTH} deep, as Core ML's own reader has it.
 *   <li>A file has at most 2^31-1 bytes, as everywhere in protocol buffers, and at most {@value
 *       #MESSAGES} messages.
 *   <li>Repeated numbers may be packed or not.
 * </ol>
 */
final class ProtoReader {
  static final int DEPTH = 100;
  static final int MESSAGES = 10_000_000;
  private static final int BUFFER = 1 << 13;

  private final MappedFile file;
  private final long start;
  private final CodedInputStream in;
  private int tag;
  private boolean pending;
  private int depth;
  private int messages;

  /** Reads the fields of one message. */
  interface Body<T> {
    T read(ProtoReader message) throws IOException;
  }

  /** Where a run of bytes is in the file. */
  record Span(long offset, long size) {}

  private ProtoReader(MappedFile file, Span span) throws IOException {
    this.file = file;
    this.start = span.offset;
    FileRange range = new FileRange(file, span.offset, span.size);
    this.in = CodedInputStream.newInstance(range, (int) Math.min(BUFFER, span.size + 1));
    in.setRecursionLimit(DEPTH);
    in.pushLimit((int) span.size);
  }

  /**
   * Reads a file that holds one message.
   *
   * @throws MalformedModelException if it is not a protocol buffer
   */
  static <T> T read(MappedFile file, Body<T> body) throws IOException {
    if (file.size() > Integer.MAX_VALUE) {
      throw new MalformedModelException(
          file.path(), -1, "a protocol buffer has at most 2^31-1 bytes, has " + file.size());
    }
    return new ProtoReader(file, new Span(0, file.size())).read(body);
  }

  /** Reads a message that was located earlier, in a field of this one. */
  <T> T read(Span span, Body<T> body) throws IOException {
    ProtoReader reader = new ProtoReader(file, span);
    reader.depth = depth;
    reader.messages = messages;
    reader.enter();
    T result = reader.read(body);
    messages = reader.messages;
    return result;
  }

  private <T> T read(Body<T> body) throws IOException {
    try {
      return body.read(this);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedModelException(
          file.path(), position(), "not a valid protocol buffer: " + e.getMessage(), e);
    }
  }

  /** Goes to the next field; false at the end of the message. */
  boolean next() throws IOException {
    if (pending && !in.skipField(tag)) {
      throw malformed("a group ends that was not begun");
    }
    tag = in.readTag();
    pending = tag != 0;
    return pending;
  }

  /** The number of the field. */
  int field() {
    return WireFormat.getTagFieldNumber(tag);
  }

  MappedFile file() {
    return file;
  }

  private long position() {
    return start + in.getTotalBytesRead();
  }

  /** An error at the current position. */
  MalformedModelException malformed(String reason) {
    return new MalformedModelException(file.path(), position(), reason);
  }

  private void take(int wireType) throws IOException {
    int found = WireFormat.getTagWireType(tag);
    if (found != wireType) {
      throw malformed(
          "field " + field() + " must be of wire type " + wireType + ", is of " + found);
    }
    pending = false;
  }

  long int64() throws IOException {
    take(WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  boolean bool() throws IOException {
    take(WireFormat.WIRETYPE_VARINT);
    return in.readBool();
  }

  float float32() throws IOException {
    take(WireFormat.WIRETYPE_FIXED32);
    return in.readFloat();
  }

  double float64() throws IOException {
    take(WireFormat.WIRETYPE_FIXED64);
    return in.readDouble();
  }

  String string() throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readStringRequireUtf8();
  }

  /** Whether the field is a run of bytes: of repeated numbers, whether they are packed. */
  boolean isRun() {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  /** Locates a run of bytes. */
  Span bytes() throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int size = in.readRawVarint32();
    long offset = position();
    in.skipRawBytes(size);
    return new Span(offset, size);
  }

  /** Repeated integers. */
  void int64s(LongConsumer each) throws IOException {
    if (!isRun()) {
      each.accept(int64());
      return;
    }
    int outer = begin();
    while (!in.isAtEnd()) {
      each.accept(in.readInt64());
    }
    in.popLimit(outer);
  }

  /** Repeated floats. */
  void float32s(DoubleConsumer each) throws IOException {
    if (!isRun()) {
      each.accept(float32());
      return;
    }
    int outer = begin();
    while (!in.isAtEnd()) {
      each.accept(in.readFloat());
    }
    in.popLimit(outer);
  }

  private int begin() throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.pushLimit(in.readRawVarint32());
  }

  private void enter() throws MalformedModelException {
    if (++depth > DEPTH) {
      throw malformed("messages are nested more than " + DEPTH + " deep");
    }
    if (++messages > MESSAGES) {
      throw malformed("there are more than " + MESSAGES + " messages");
    }
  }

  private int enter(int size) throws IOException {
    enter();
    return in.pushLimit(size);
  }

  private void leave(int outer) throws IOException {
    depth--;
    in.checkLastTagWas(0);
    in.popLimit(outer);
  }

  /** Reads a nested message, all of it. */
  <T> T message(Body<T> body) throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return message(in.readRawVarint32(), body);
  }

  private <T> T message(int size, Body<T> body) throws IOException {
    int outer = enter(size);
    T result = body.read(this);
    leave(outer);
    return result;
  }

  /** Reads a nested message, or takes what one of the same bytes was read as. */
  <T> T message(RecentMessages<T> recent, Body<T> body) throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int size = in.readRawVarint32();
    if (size < 0 || size > RecentMessages.LONGEST) {
      return message(size, body);
    }
    Span span = new Span(position(), size);
    ByteString bytes = ByteString.copyFrom(in.readRawBytes(size));
    T known = recent.find(bytes);
    if (known == null) {
      known = read(span, body);
      recent.remember(bytes, known);
    }
    return known;
  }

  /** Reads an entry of a map from strings to messages; {@code missing} stands for one left out. */
  <T> Named<T> entry(Body<T> value, T missing) throws IOException {
    take(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int outer = enter(in.readRawVarint32());
    String key = "";
    T found = missing;
    while (next()) {
      switch (field()) {
        case 1 -> key = string();
        case 2 -> found = message(value);
        default -> {}
      }
    }
    leave(outer);
    return new Named<>(key, found);
  }
}
