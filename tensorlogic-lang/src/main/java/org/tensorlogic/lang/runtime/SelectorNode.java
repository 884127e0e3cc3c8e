package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Indices;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** One entry between the brackets: an index, or a slice with its ends. */
record SelectorNode(
    Span span,
    boolean slice,
    @Nullable Node from,
    @Nullable Node to,
    Selector.@Nullable Named symbol) {

  static SelectorNode index(Span span, Node value) {
    return new SelectorNode(span, false, value, null, null);
  }

  static SelectorNode slice(Span span, @Nullable Node from, @Nullable Node to) {
    return new SelectorNode(span, true, from, to, null);
  }

  /** A bare name that no variable has: the name of a row. */
  static SelectorNode symbol(Span span, String name, List<String> visible) {
    return new SelectorNode(span, false, null, null, new Selector.Named(span, name, visible));
  }

  static List<Selector> evaluate(List<SelectorNode> nodes, Frame frame) {
    List<Selector> selectors = new ArrayList<>(nodes.size());
    for (SelectorNode node : nodes) {
      selectors.add(node.evaluate(frame));
    }
    return selectors;
  }

  private Selector evaluate(Frame frame) {
    if (symbol != null) {
      return symbol;
    }
    if (slice) {
      return new Selector.Range(bound(from, frame), bound(to, frame));
    }
    if (from == null) {
      throw new IllegalStateException("an index has a value");
    }
    Datum value = from.evaluate(frame);
    try {
      Selector selector = selector(value);
      value.discard();
      return selector;
    } catch (Fault e) {
      throw e.at(span);
    }
  }

  private Selector selector(Datum value) {
    if (value instanceof IntValue index) {
      return new Selector.Single(index.value());
    } else if (value instanceof StringValue name) {
      return new Selector.Named(span, name.value(), null);
    } else if (value instanceof ArrayValue || value instanceof VectorValue) {
      return new Selector.Many(Indices.of(value.toIntArray()));
    } else if (value instanceof TensorValue tensor && tensor.tensor().rank() > 0) {
      return new Selector.Many(Indices.of(value.toIntArray()));
    } else if (value.isNumber()) {
      return new Selector.Single(value.toLong());
    }
    throw new Fault(DiagnosticCode.TYPE_MISMATCH, "cannot index by " + value.type());
  }

  private static @Nullable Long bound(@Nullable Node node, Frame frame) {
    if (node == null) {
      return null;
    }
    try {
      return node.evaluate(frame).toLong();
    } catch (Fault e) {
      throw e.at(node.span());
    }
  }
}
