package org.tensorlogic.io.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** JSON: objects, lists, numbers, strings, and words as they are. */
final class JsonStructure implements Structure {
  /** Writes what readers refuse: their limit of nesting is theirs to notice. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build())
          .build();

  @Override
  public Node read(byte[] file) {
    try (JsonParser parser = FACTORY.createParser(file)) {
      return read(parser, parser.nextToken());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Node read(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        Node object = new Node('{', null);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          Node key = new Node(':', parser.getText());
          object.add(key.add(read(parser, parser.nextToken())));
        }
        yield object;
      }
      case START_ARRAY -> {
        Node array = new Node('[', null);
        for (JsonToken next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          array.add(read(parser, next));
        }
        yield array;
      }
      case VALUE_NUMBER_INT -> new Node('n', parser.getLongValue());
      case VALUE_STRING -> new Node('s', parser.getText());
      default -> new Node('w', parser.getText());
    };
  }

  @Override
  public byte[] write(Node root) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(text)) {
      write(root, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString().getBytes(UTF_8);
  }

  private static void write(Node node, JsonGenerator out) throws IOException {
    switch (node.kind) {
      case '{' -> {
        out.writeStartObject();
        for (Node child : node.children) {
          out.writeFieldName(child.kind == ':' ? String.valueOf(child.value) : "key");
          write(child, out);
        }
        out.writeEndObject();
      }
      case '[' -> {
        out.writeStartArray();
        for (Node child : node.children) {
          write(child, out);
        }
        out.writeEndArray();
      }
      case ':' -> {
        if (node.children.isEmpty()) {
          out.writeNull();
        } else {
          write(node.children.get(0), out);
        }
      }
      case 's' -> out.writeString(String.valueOf(node.value));
      default -> out.writeRawValue(String.valueOf(node.value));
    }
  }
}
