package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/**
 * Turns terms into nodes by the rules of meaning: products sum what occurs in two factors, calls
 * sum what is not asked for, everything else broadcasts.
 */
final class NodeBuilder {
  private static final double LAYER_NORM_EPSILON = 1e-5;
  private static final double NORM_EPSILON = 1e-12;

  private final List<Operand> operands;
  private final Ranges ranges;
  private final BitSet left;
  private final int[] normalized;
  private final Leaves leaves;

  /** Makes the node of a tensor. */
  interface Leaves {
    Node leaf(Term term);

    /** The label of the left side into which a concatenation joins {@code joined}. */
    int target(Term.Concatenation term);

    /** The labels that occur anywhere in a term, by first appearance. */
    int[] labels(Term term);
  }

  /**
   * For the labels {@code left} of the left side, of which softmax and its like work along {@code
   * normalized}.
   */
  NodeBuilder(List<Operand> operands, Ranges ranges, BitSet left, int[] normalized, Leaves leaves) {
    this.operands = operands;
    this.ranges = ranges;
    this.left = left;
    this.normalized = normalized;
    this.leaves = leaves;
  }

  /**
   * The sum of a term's addends, each reduced to the labels in {@code kept}.
   *
   * @param whole whether products are not summed before the reduction
   */
  Node additive(Term term, BitSet kept, ReduceOp op, boolean whole) {
    Node total = null;
    for (Term addend : Terms.addends(term)) {
      Term inner = addend instanceof Term.Negation negation ? negation.operand() : addend;
      boolean negated = inner != addend;
      boolean before = negated && (op == ReduceOp.MAX || op == ReduceOp.MIN);
      Node value;
      if (inner instanceof Term.Product product) {
        value = product(product, kept, whole, !whole);
      } else {
        value = build(inner, kept);
      }
      value = reduce(before ? negate(value) : value, kept, op);
      total = join(total, value, negated && !before);
    }
    if (total == null) {
      throw new IllegalStateException("a sum has terms");
    }
    return total;
  }

  private static Node join(@Nullable Node total, Node value, boolean negated) {
    if (total == null) {
      return negated ? negate(value) : value;
    }
    return pair(negated ? BinaryOp.SUB : BinaryOp.ADD, total, value);
  }

  private Node reduce(Node node, BitSet kept, ReduceOp op) {
    int[] left = IntStream.of(node.labels).filter(kept::get).toArray();
    return left.length == node.labels.length ? node : new Nodes.Reduce(op, node, left);
  }

  private static Node negate(Node node) {
    return node.isNumber()
        ? NumberNodes.of(run -> -node.number(run))
        : new Nodes.Map(node, Tensor::neg);
  }

  private static Node pair(BinaryOp op, Node left, Node right) {
    if (left.isNumber() && right.isNumber()) {
      return NumberNodes.of(run -> number(op, left.number(run), right.number(run)));
    }
    return new Nodes.Pair(op, left, right);
  }

  private static double number(BinaryOp op, double x, double y) {
    return switch (op) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> x / y;
      case POW -> Math.pow(x, y);
      case MAXIMUM -> Math.max(x, y);
      case MINIMUM -> Math.min(x, y);
      case EQ -> x == y ? 1 : 0;
      case NE -> x != y ? 1 : 0;
      case LT -> x < y ? 1 : 0;
      case LE -> x <= y ? 1 : 0;
      case GT -> x > y ? 1 : 0;
      case GE -> x >= y ? 1 : 0;
      case SILU_MUL -> x / (1 + Math.exp(-x)) * y;
    };
  }

  /** A term's value; {@code kept} are labels that nothing inside may sum out. */
  private Node build(Term term, BitSet kept) {
    if (term instanceof Term.Literal literal) {
      return NumberNodes.of(run -> literal.value());
    } else if (term instanceof Term.Scalar scalar) {
      return scalar(scalar);
    } else if (term instanceof Term.Sum sum) {
      Node total = null;
      for (Term part : sum.terms()) {
        boolean negated = part instanceof Term.Negation;
        Term inner = part instanceof Term.Negation negation ? negation.operand() : part;
        total = join(total, build(inner, kept), negated);
      }
      return Objects.requireNonNull(total);
    } else if (term instanceof Term.Negation negation) {
      return negate(build(negation.operand(), kept));
    } else if (term instanceof Term.Product product) {
      return product(product, kept, false, false);
    } else if (term instanceof Term.Power power) {
      return power(power, kept);
    } else if (term instanceof Term.Comparison comparison) {
      Node left = build(comparison.left(), with(kept, comparison.right()));
      Node right = build(comparison.right(), with(kept, comparison.left()));
      return pair(op(comparison), left, right);
    } else if (term instanceof Term.Application application) {
      return application(application, kept);
    } else if (term instanceof Term.Concatenation concatenation) {
      return concatenation(concatenation);
    }
    return leaves.leaf(term);
  }

  private BitSet with(BitSet kept, Term... siblings) {
    BitSet more = (BitSet) kept.clone();
    for (Term sibling : siblings) {
      IntStream.of(leaves.labels(sibling)).forEach(more::set);
    }
    return more;
  }

  private Node scalar(Term.Scalar scalar) {
    int input = scalar.input();
    if (operands.get(input) instanceof Operand.Numeric) {
      return NumberNodes.of(run -> run.number(input));
    }
    if (operands.get(input) instanceof Operand.Array array) {
      if (array.tensor().size() != 1) {
        throw new Fault(
                DiagnosticCode.INVALID_EQUATION,
                "'"
                    + scalar.span().text()
                    + "' has shape "
                    + array.tensor().shape()
                    + " and needs indices in a tensor equation")
            .at(scalar.span());
      }
      return new NumberNodes.OneElement(input);
    }
    throw new Fault(
            DiagnosticCode.OPERAND_TYPE,
            "'" + scalar.span().text() + "' is neither a number nor a tensor")
        .at(scalar.span());
  }

  /**
   * A product.
   *
   * @param whole whether nothing is summed
   * @param all whether everything outside {@code kept} is summed
   */
  private Node product(Term.Product product, BitSet kept, boolean whole, boolean all) {
    List<Term> terms = Terms.children(product);
    List<Node> nodes = new ArrayList<>();
    for (Term term : terms) {
      Term[] siblings = terms.stream().filter(other -> other != term).toArray(Term[]::new);
      nodes.add(build(term, with(kept, siblings)));
    }
    int[] labels =
        nodes.stream().flatMapToInt(node -> IntStream.of(node.labels)).distinct().toArray();
    int[] left =
        IntStream.of(labels)
            .filter(
                label ->
                    whole
                        || kept.get(label)
                        || (!all && nodes.stream().filter(node -> node.has(label)).count() < 2))
            .toArray();
    int factors = product.factors().size();
    return Product.of(
        nodes.subList(0, factors), nodes.subList(factors, nodes.size()), ranges, left);
  }

  private Node power(Term.Power power, BitSet kept) {
    Node base = build(power.base(), with(kept, power.exponent()));
    if (power.exponent() instanceof Term.Scalar || power.exponent() instanceof Term.Literal) {
      Node exponent = build(power.exponent(), kept);
      if (exponent.isNumber() && !base.isNumber()) {
        return new Power(base, exponent);
      }
    }
    return pair(BinaryOp.POW, base, build(power.exponent(), with(kept, power.base())));
  }

  /** An elementwise power with a number, squares by multiplication. */
  private static final class Power extends Node {
    private final Node base;
    private final Node exponent;

    Power(Node base, Node exponent) {
      super(base.labels);
      this.base = base;
      this.exponent = exponent;
    }

    @Override
    Tensor tensor(Run run) {
      double power = exponent.number(run);
      Tensor x = base.tensor(run).to(DType.F32);
      return power == 2 ? x.square() : x.pow(power);
    }
  }

  private static BinaryOp op(Term.Comparison comparison) {
    return switch (comparison.operator()) {
      case EQUAL -> BinaryOp.EQ;
      case NOT_EQUAL -> BinaryOp.NE;
      case LESS -> BinaryOp.LT;
      case LESS_EQUAL -> BinaryOp.LE;
      case GREATER -> BinaryOp.GT;
      case GREATER_EQUAL -> BinaryOp.GE;
      case OR, AND, APPROXIMATE, ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, MATMUL, POWER, OUTER ->
          throw new IllegalStateException("not a comparison");
    };
  }

  private Node application(Term.Application application, BitSet kept) {
    String function = application.function();
    List<Node> arguments = new ArrayList<>();
    for (Term argument : application.arguments()) {
      arguments.add(additive(argument, kept, ReduceOp.SUM, false));
    }
    Node first = arguments.get(0);
    if (application.custom()) {
      return new Nodes.Custom(function, application.span(), arguments);
    }
    if (Functions.isNormalizing(function)) {
      return normalizing(application, first);
    }
    if (arguments.size() == 2 && Functions.isSigmoid(function)) {
      return new Temperature(first, arguments.get(1));
    }
    BinaryOp binary = Functions.binary(function);
    if (binary != null) {
      return pair(binary, first, arguments.get(1));
    }
    UnaryOp unary = Objects.requireNonNull(Functions.unary(function));
    return new Nodes.Map(first, x -> x.unary(unary));
  }

  /** sig(x, T) = 1 / (1 + exp(-x / T)), and its limit, the step, for T = 0. */
  private static final class Temperature extends Node {
    private final Node operand;
    private final Node temperature;

    Temperature(Node operand, Node temperature) {
      super(Node.union(operand.labels, temperature.labels));
      this.operand = operand;
      this.temperature = temperature;
    }

    @Override
    Tensor tensor(Run run) {
      Tensor x = Node.align(operand.tensor(run).to(DType.F32), operand.labels, labels);
      if (temperature.isNumber()) {
        double t = temperature.number(run);
        return t == 0 ? x.step() : x.div(t).sigmoid();
      }
      Tensor t = Node.align(temperature.tensor(run), temperature.labels, labels);
      return Tensor.where(t, x.div(t).sigmoid(), x.step());
    }
  }

  private Node normalizing(Term.Application application, Node argument) {
    String function = application.function();
    if (normalized.length == 0) {
      throw new Fault(DiagnosticCode.INVALID_EQUATION, function + ": the left side has no index")
          .at(application.span());
    }
    for (int label : normalized) {
      if (!argument.has(label)) {
        throw new Fault(
                DiagnosticCode.INVALID_EQUATION,
                function + ": its argument has no index '" + ranges.name(label) + "'",
                "give it an equation of its own, with a dot after the index: Y[i, j.] = "
                    + function
                    + "(…)")
            .at(application.span());
      }
    }
    return switch (function) {
      case "softmax" -> new Nodes.Along(argument, normalized, x -> x.softmax(-1));
      case "log_softmax" -> new Nodes.Along(argument, normalized, x -> x.logSoftmax(-1));
      case "lnorm" ->
          new Nodes.Along(argument, normalized, x -> x.layerNorm(null, null, LAYER_NORM_EPSILON));
      default ->
          new Nodes.Along(
              argument,
              normalized,
              x -> x.div(x.reduceKeepDims(ReduceOp.NORM, -1).maximum(NORM_EPSILON)));
    };
  }

  private Node concatenation(Term.Concatenation term) {
    Node argument = build(term.argument(), left);
    return Nodes.Join.of(argument, joined(term, argument), leaves.target(term));
  }

  /** The labels that a concatenation joins, as they appear. */
  int[] joined(Term.Concatenation term) {
    return joined(term, build(term.argument(), left));
  }

  private int[] joined(Term.Concatenation term, Node argument) {
    return IntStream.of(leaves.labels(term))
        .filter(label -> argument.has(label) && !left.get(label))
        .toArray();
  }
}
