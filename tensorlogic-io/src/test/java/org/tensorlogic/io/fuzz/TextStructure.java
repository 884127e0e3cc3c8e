package org.tensorlogic.io.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Program text: words, numbers, strings and signs, and what brackets hold together. */
final class TextStructure implements Structure {
  private static final Pattern TOKEN =
      Pattern.compile("\"(?:\\\\.|[^\"\\\\])*\"|[\\w.@+-]+|[^\\s\\w]");
  private static final String OPENING = "([{<";
  private static final String CLOSING = ")]}>";

  @Override
  public Node read(byte[] file) {
    Deque<Node> open = new ArrayDeque<>();
    open.push(new Node(' ', null));
    Matcher tokens = TOKEN.matcher(new String(file, UTF_8));
    while (tokens.find()) {
      String token = tokens.group();
      if (")]}".contains(token) || isClosed(token, open)) {
        open.pop();
      } else if (OPENING.contains(token)) {
        Node bracket = new Node(token.charAt(0), null);
        open.element().add(bracket);
        open.push(bracket);
      } else {
        open.element().add(new Node('w', token));
      }
    }
    return open.getLast();
  }

  /** Whether it is the second half of angle brackets, not of an arrow. */
  private static boolean isClosed(String token, Deque<Node> open) {
    return token.equals(">") && open.element().kind == '<';
  }

  @Override
  public byte[] write(Node root) {
    StringBuilder text = new StringBuilder();
    write(root, text);
    return text.toString().replace("- >", "->").getBytes(UTF_8);
  }

  private static void write(Node node, StringBuilder text) {
    int bracket = OPENING.indexOf(node.kind);
    if (bracket >= 0) {
      text.append(node.kind);
    } else if (node.value != null) {
      text.append(node.value).append(' ');
    }
    node.children.forEach(child -> write(child, text));
    if (bracket >= 0) {
      text.append(CLOSING.charAt(bracket)).append(' ');
    }
  }
}
