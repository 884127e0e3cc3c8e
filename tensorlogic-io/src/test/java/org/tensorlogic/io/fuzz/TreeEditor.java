package org.tensorlogic.io.fuzz;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes the parts of a good file, so that what is wrong lies deeper than a wrong length. */
final class TreeEditor {
  private static final int MOST_EDITS = 12;
  private static final int MOST_COPIES = 300;
  private static final int LARGEST = 4000; // parts

  private final Node root;
  private final Choices choices;

  private TreeEditor(Node root, Choices choices) {
    this.root = root;
    this.choices = choices;
  }

  /** As many changes as there are choices. */
  static void edit(Node root, Choices choices) {
    TreeEditor editor = new TreeEditor(root, choices);
    for (int i = 0; i < MOST_EDITS && !choices.isEmpty() && !root.children.isEmpty(); i++) {
      editor.once();
    }
  }

  private void once() {
    List<Node> all = root.descendants();
    Node node = all.get(choices.below(all.size()));
    Node other = all.get(choices.below(all.size()));
    Node parent = parentOf(node, all);
    int at = parent.children.indexOf(node);
    switch (choices.below(9)) {
      case 0 -> parent.children.remove(at);
      case 1 -> parent.children.add(at, node.copy());
      case 2 -> parent.children.set(at, other.copy());
      case 3 -> parent.children.add(at, other.copy());
      case 4 -> copies(parent, at, node, all.size());
      case 5 -> nest(parent, at, all.size());
      default -> node.value = changed(node.value, other.value);
    }
  }

  private Node parentOf(Node node, List<Node> all) {
    return all.stream()
        .filter(candidate -> candidate.children.contains(node))
        .findFirst()
        .orElse(root);
  }

  private void copies(Node parent, int at, Node node, int parts) {
    int each = 1 + node.descendants().size();
    int n = Math.min(choices.below(MOST_COPIES), (LARGEST - parts) / each);
    for (int i = 0; i < n; i++) {
      parent.children.add(at, node.copy());
    }
  }

  /** The parent's copy in the place of its child, again and again. */
  private void nest(Node parent, int at, int parts) {
    Node outer = parent.copy();
    int each = 1 + outer.descendants().size();
    int depth = Math.min(choices.below(MOST_COPIES), (LARGEST - parts) / each);
    Node place = parent;
    for (int i = 0; i < depth; i++) {
      Node inner = outer.copy();
      place.children.set(at, inner);
      place = inner;
    }
  }

  private @Nullable Object changed(@Nullable Object value, @Nullable Object other) {
    if (value instanceof Long number) {
      return switch (choices.below(4)) {
        case 0 -> number + choices.below(5) - 2;
        case 1 -> other instanceof Long ? other : -number;
        default -> Mutator.EXTREMES[choices.below(Mutator.EXTREMES.length)];
      };
    }
    if (value instanceof String text) {
      return switch (choices.below(3)) {
        case 0 -> other instanceof String ? other : "";
        case 1 -> text.substring(0, choices.below(text.length() + 1));
        default -> Mutator.WORDS[choices.below(Mutator.WORDS.length)];
      };
    }
    if (value instanceof byte[] bytes) {
      byte[] copy = Arrays.copyOf(bytes, choices.below(2 * bytes.length + 2));
      if (copy.length > 0) {
        copy[choices.below(copy.length)] = (byte) choices.below(256);
      }
      return copy;
    }
    return value;
  }
}
