package org.tensorlogic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records what its thread computes from the tensors it watches, and differentiates it in reverse:
 *
 * <pre>{@code
 * try (GradientTape tape = GradientTape.open()) {
 *   tape.watch(w, b);
 *   Tensor loss = x.linear(w, b).sub(y).square().mean();
 *   List<Tensor> gradients = tape.gradients(loss, w, b);
 * }
 * }</pre>
 *
 * Gradients are float32 whatever the type of the tensor, so small ones survive. Comparisons, step,
 * sign, rounding and index results pass no gradient on; at ties maximum, max and min share it
 * evenly. Values needed later are kept, whether or not the tensors they belong to are closed, until
 * {@link #gradients} has used them or the tape is closed.
 */
public final class GradientTape implements AutoCloseable {
  private static final ThreadLocal<@Nullable GradientTape> CURRENT = new ThreadLocal<>();

  /** From the gradient of a result, the gradients of its inputs; null passes none. */
  interface Rule {
    @Nullable Tensor[] gradients(Tensor gradient);
  }

  /** One result: where it came from, and its gradient once that is known. */
  static final class Node {
    final GradientTape tape;
    final Shape shape;
    final @Nullable Node[] inputs;
    final @Nullable Rule rule;
    final List<Tensor> saved;
    final int position;
    @Nullable Tensor gradient;

    Node(
        GradientTape tape,
        Shape shape,
        @Nullable Node[] inputs,
        @Nullable Rule rule,
        List<Tensor> saved,
        int position) {
      this.tape = tape;
      this.shape = shape;
      this.inputs = inputs;
      this.rule = rule;
      this.saved = saved;
      this.position = position;
    }

    /** Frees what is kept; a result that lives on holds nothing of how it came to be. */
    void forget() {
      saved.forEach(Tensor::close);
      saved.clear();
      Arrays.fill(inputs, null);
      if (gradient != null) {
        gradient.close();
        gradient = null;
      }
    }
  }

  private final @Nullable GradientTape outer;
  private final Thread thread = Thread.currentThread();
  private final IdentityHashMap<Tensor, Node> watched = new IdentityHashMap<>();
  private final List<Node> order = new ArrayList<>();
  private List<Tensor> saving = new ArrayList<>();
  private boolean closed;

  private GradientTape(@Nullable GradientTape outer) {
    this.outer = outer;
  }

  /** Opens a tape for this thread; an outer one pauses until it is closed. */
  public static GradientTape open() {
    GradientTape tape = new GradientTape(CURRENT.get());
    CURRENT.set(tape);
    return tape;
  }

  /** The tape that records on this thread, if any. */
  static @Nullable GradientTape current() {
    return CURRENT.get();
  }

  /** Whether a tape is recording on this thread what comes of any of these. */
  static boolean recordsAny(@Nullable Tensor... inputs) {
    GradientTape tape = CURRENT.get();
    return tape != null && tape.tracks(inputs);
  }

  /** Begins to track tensors: what is computed from them is recorded. */
  public void watch(Tensor... tensors) {
    requireOpen();
    for (Tensor tensor : tensors) {
      if (node(tensor) == null) {
        watched.put(tensor, add(tensor, new @Nullable Node[0], null));
      }
    }
  }

  /** Whether a tensor is watched or computed from one that is. */
  public boolean isTracked(Tensor tensor) {
    return node(tensor) != null;
  }

  private @Nullable Node node(Tensor tensor) {
    Node own = tensor.node();
    return own != null && isRecorded(own) ? own : watched.get(tensor);
  }

  /** Whether a node is of this tape and has not been used up. */
  private boolean isRecorded(Node node) {
    return node.tape == this && node.position < order.size() && order.get(node.position) == node;
  }

  boolean tracks(@Nullable Tensor... inputs) {
    for (Tensor input : inputs) {
      if (input != null && node(input) != null) {
        return true;
      }
    }
    return false;
  }

  /** Keeps a tensor's values for the rule that is recorded next. */
  Tensor save(Tensor tensor) {
    Tensor kept = tensor.retained();
    saving.add(kept);
    return kept;
  }

  /** Records a result; the rule gives one gradient (or null) per input. */
  void record(Tensor result, Rule rule, @Nullable Tensor... inputs) {
    @Nullable Node[] sources = new @Nullable Node[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor input = inputs[i];
      sources[i] = input == null ? null : node(input);
    }
    result.setNode(add(result, sources, rule));
  }

  private Node add(Tensor tensor, @Nullable Node[] inputs, @Nullable Rule rule) {
    Node node = new Node(this, tensor.shape(), inputs, rule, saving, order.size());
    saving = new ArrayList<>();
    order.add(node);
    return node;
  }

  /** The gradient of {@code loss} by one tensor; see {@link #gradients}. */
  public Tensor gradient(Tensor loss, Tensor by) {
    return gradients(loss, by).get(0);
  }

  /**
   * The gradients of the sum of {@code loss} by watched tensors, in their order, each float32 in
   * the tensor's shape; zeros where the loss does not depend on it. What was recorded is used up
   * and watching ends: earlier results are constants from then on.
   *
   * @throws IllegalArgumentException if the loss does not come from any watched tensor, or from
   *     what earlier gradients have used up
   */
  public List<Tensor> gradients(Tensor loss, Tensor... by) {
    List<@Nullable Tensor> found = gradientsOrNull(loss, by);
    List<Tensor> gradients = new ArrayList<>();
    for (int i = 0; i < by.length; i++) {
      Tensor gradient = found.get(i);
      gradients.add(
          gradient != null
              ? gradient
              : Tensor.on(by[i].backend(), DType.F32).zeros(by[i].shape().dims()));
    }
    return List.copyOf(gradients);
  }

  /** As {@link #gradients}, with null where the loss does not depend on a tensor. */
  public List<@Nullable Tensor> gradientsOrNull(Tensor loss, Tensor... by) {
    requireOpen();
    Node last = node(loss);
    if (last == null) {
      Node own = loss.node();
      throw new IllegalArgumentException(
          own != null && own.tape == this
              ? "gradients: how the loss was computed has been used up by earlier gradients of this"
                  + " tape; watch and compute it again"
              : "gradients: the loss does not depend on any watched tensor; watch before computing"
                  + " (gradients end watching)");
    }
    CURRENT.set(null); // the backward pass itself is not recorded
    List<@Nullable Tensor> results = new ArrayList<>();
    try {
      try (Scope scope = Scope.open()) {
        last.gradient = scope.keep(Tensor.on(loss.backend(), DType.F32).ones(loss.shape().dims()));
      }
      propagate(last, by);
      for (Tensor tensor : by) {
        results.add(result(tensor));
      }
      return Collections.unmodifiableList(results);
    } finally {
      CURRENT.set(this);
      clear();
    }
  }

  private @Nullable Tensor result(Tensor tensor) {
    Node node = node(tensor);
    if (node == null || node.gradient == null) {
      return null;
    }
    return node.gradient.viewed(node.gradient.layout());
  }

  private void propagate(Node last, Tensor... by) {
    List<Node> wanted = new ArrayList<>();
    for (Tensor tensor : by) {
      Node node = node(tensor);
      if (node != null) {
        wanted.add(node);
      }
    }
    boolean[] needed = new boolean[order.size()];
    for (Node node : reachable(last)) {
      needed[node.position] = true;
    }
    for (int i = last.position; i >= 0; i--) {
      Node node = order.get(i);
      if (!needed[i] || node.gradient == null || node.rule == null) {
        continue;
      }
      spread(node, node.rule);
      if (!wanted.contains(node)) {
        node.forget();
      }
    }
  }

  private static List<Node> reachable(Node last) {
    List<Node> found = new ArrayList<>();
    IdentityHashMap<Node, Boolean> seen = new IdentityHashMap<>();
    Deque<Node> open = new ArrayDeque<>(List.of(last));
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (seen.put(node, true) == null) {
        found.add(node);
        for (Node input : node.inputs) {
          if (input != null) {
            open.push(input);
          }
        }
      }
    }
    return found;
  }

  /** Applies a rule and adds what it gives to the inputs' gradients. */
  @SuppressWarnings("try") // the scope frees what the rule makes on the way
  private static void spread(Node node, Rule rule) {
    Tensor gradient = node.gradient;
    if (gradient == null) {
      return;
    }
    try (Scope scope = Scope.open()) {
      @Nullable Tensor[] gradients = rule.gradients(gradient);
      for (int i = 0; i < gradients.length; i++) {
        Node input = node.inputs[i];
        Tensor share = gradients[i];
        if (input == null || share == null) {
          continue;
        }
        Tensor fitted = GradientRules.fit(share.to(DType.F32), input.shape);
        Tensor before = input.gradient;
        if (before == null) {
          input.gradient = fitted.retained();
        } else {
          input.gradient = before.add(fitted).retained();
          before.close();
        }
      }
    }
  }

  private void clear() {
    order.forEach(Node::forget);
    order.clear();
    watched.clear();
  }

  private void requireOpen() {
    if (closed || CURRENT.get() != this) {
      throw new IllegalStateException(
          closed
              ? "gradient tape: it has been closed"
              : "gradient tape: not the innermost open tape of this thread");
    }
  }

  /** Forgets everything recorded and lets the outer tape go on. Closing twice is harmless. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (Thread.currentThread() != thread || CURRENT.get() != this) {
      throw new IllegalStateException(
          "gradient tape: an inner tape is still open, or another thread opened it");
    }
    closed = true;
    clear();
    saving.forEach(Tensor::close);
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }
}
