package org.tensorlogic.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.common.base.Utf8;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;

/**
 * Strict JSON (RFC 8259) from untrusted files: UTF-8 without byte-order mark, no comments, no
 * trailing commas, nesting at most {@value #DEPTH}, unique keys, paired surrogates.
 */
public final class Json {
  private static final int DEPTH = 128;
  private static final long LARGEST_DOCUMENT = 100_000_000;
  private static final char REPLACEMENT = '\uFFFD'; // of what is not UTF-8

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // A header has many different keys and none twice: remembering them only costs.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNameLength((int) LARGEST_DOCUMENT)
                  .maxStringLength((int) LARGEST_DOCUMENT)
                  .build())
          .build();

  private Json() {}

  /**
   * Opens a parser on bytes of a file, which must be UTF-8. They are decoded here, because the
   * parser would guess other encodings.
   */
  public static JsonParser parser(Path file, long offset, byte[] bytes, String what)
      throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0 && !Utf8.isWellFormed(bytes)) {
      throw new MalformedModelException(file, offset, what + " is not UTF-8");
    }
    return FACTORY.createParser(text);
  }

  /** The current name or string. */
  public static String text(JsonParser parser) throws IOException {
    String text = parser.getText();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (Character.isSurrogatePair(
            text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
          i++;
        } else {
          throw new JsonSyntaxException(parser, "a string has an unpaired surrogate");
        }
      }
    }
    return text;
  }

  /** Moves on to the next token, which must be of this kind. */
  public static void expect(JsonParser parser, JsonToken token, String what) throws IOException {
    require(parser, parser.nextToken(), token, what);
  }

  /** Requires the given token to be of this kind. */
  public static void require(
      JsonParser parser, @Nullable JsonToken found, JsonToken wanted, String what)
      throws IOException {
    if (found != wanted) {
      throw new JsonSyntaxException(
          parser, what + " must be " + name(wanted) + ", found " + name(found));
    }
  }

  private static String name(@Nullable JsonToken token) {
    if (token == null) {
      return "the end";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "an integer";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      case END_ARRAY -> "the end of an array";
      case END_OBJECT -> "the end of an object";
      case FIELD_NAME -> "a key";
      case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> token.toString();
    };
  }

  /** Requires that nothing follows. */
  public static void expectEnd(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != null) {
      throw new JsonSyntaxException(parser, "something follows the JSON value: " + name(token));
    }
  }

  /** Reads a small file that holds one object: strings, longs, doubles, booleans, lists, maps. */
  public static Map<String, Object> readObject(Path file, LoadOptions options) throws IOException {
    return read(file, options, JsonToken.START_OBJECT, Json::object);
  }

  /** Reads a small file that holds one array of such. */
  public static List<Object> readArray(Path file, LoadOptions options) throws IOException {
    return read(file, options, JsonToken.START_ARRAY, Json::array);
  }

  private interface Body<T> {
    T read(JsonParser parser) throws IOException;
  }

  private static <T> T read(Path file, LoadOptions options, JsonToken start, Body<T> body)
      throws IOException {
    options.fileCheck().check(file);
    if (Files.size(file) > LARGEST_DOCUMENT) {
      throw new MalformedModelException(
          file,
          -1,
          "at most " + LARGEST_DOCUMENT + " bytes of JSON are read, has " + Files.size(file));
    }
    byte[] bytes = Files.readAllBytes(file);
    try (JsonParser parser = parser(file, 0, bytes, "the file")) {
      expect(parser, start, "the file");
      T value = body.read(parser);
      expectEnd(parser);
      return value;
    } catch (JsonProcessingException e) {
      throw malformed(file, 0, bytes, "the file", e);
    }
  }

  /** A string, number, boolean, list or map as JSON in one line. */
  public static String write(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(text)) {
      write(value, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(Object value, JsonGenerator out) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(String.valueOf(entry.getKey()));
        write(entry.getValue(), out);
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        write(element, out);
      }
      out.writeEndArray();
    } else if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof Number number) {
      out.writeNumber(number.doubleValue());
    } else if (value instanceof Boolean truth) {
      out.writeBoolean(truth);
    } else {
      out.writeString(value.toString());
    }
  }

  /**
   * Turns what the parser says into an error of the file.
   *
   * @param start the file's byte at which the JSON begins
   * @param utf8 the JSON
   */
  public static MalformedModelException malformed(
      Path file, long start, byte[] utf8, String what, JsonProcessingException e) {
    long character = e.getLocation() == null ? 0 : e.getLocation().getCharOffset();
    return new MalformedModelException(
        file,
        start + byteOf(utf8, character),
        what + " is not valid: " + e.getOriginalMessage(),
        e);
  }

  /** The byte at which a character begins, in UTF-16 units as Java counts them. */
  private static long byteOf(byte[] utf8, long character) {
    int at = 0;
    for (long seen = 0; at < utf8.length; at++) {
      boolean continues = (utf8[at] & 0xC0) == 0x80;
      if (!continues && seen >= character) {
        return at;
      }
      seen += continues ? 0 : (utf8[at] & 0xF8) == 0xF0 ? 2 : 1; // 4 bytes are a surrogate pair
    }
    return at;
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = text(parser);
      Object value = value(parser, parser.nextToken());
      if (object.containsKey(key)) {
        throw new JsonSyntaxException(parser, "the key \"" + key + "\" occurs twice");
      }
      if (value != null) { // an absent value says the same
        object.put(key, value);
      }
    }
    return object;
  }

  private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> text(parser);
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    List<Object> array = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Object value = value(parser, token);
      if (value != null) {
        array.add(value);
      }
    }
    return array;
  }

  private static Object integer(JsonParser parser) throws IOException {
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? (Object) parser.getDoubleValue()
        : (Object) parser.getLongValue();
  }
}
