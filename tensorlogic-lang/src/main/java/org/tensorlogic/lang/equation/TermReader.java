package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.Fault;

/** Reads the right side of an equation. */
final class TermReader {
  private final String left;
  private final EquationNames names;
  private final Inputs inputs;
  private final IndexReader indices;

  TermReader(String left, EquationNames names, Inputs inputs) {
    this.left = left;
    this.names = names;
    this.inputs = inputs;
    this.indices = new IndexReader(names, inputs);
  }

  Term read(Expression e) {
    if (e instanceof Expression.IntLiteral number) {
      return new Term.Literal(e.span(), number.value());
    } else if (e instanceof Expression.FloatLiteral number) {
      return new Term.Literal(e.span(), number.value());
    } else if (e instanceof Expression.Index index
        && !(hasSlice(index) && Occurrences.isFixed(e, names))) {
      return access(index);
    } else if (e instanceof Expression.Call call && Occurrences.isAtom(call, names)) {
      return atom(call);
    } else if (Occurrences.isFixed(e, names)) {
      return new Term.Scalar(e.span(), inputs.add(e));
    } else if (e instanceof Expression.Unary unary) {
      return unary(unary);
    } else if (e instanceof Expression.Binary binary) {
      return binary(binary);
    } else if (e instanceof Expression.Join join) {
      List<Term> factors = new ArrayList<>();
      join.factors().forEach(factor -> factors.add(read(factor)));
      return product(e.span(), factors, List.of());
    } else if (e instanceof Expression.Call call) {
      return application(call);
    }
    throw unsupported(e.span(), "this expression");
  }

  private static boolean hasSlice(Expression.Index index) {
    return index.items().stream().anyMatch(item -> item instanceof IndexItem.Slice);
  }

  private Term access(Expression.Index index) {
    List<IndexForm> forms = indices.read(index.items());
    if (index.target() instanceof Expression.Name name && name.name().equals(left)) {
      return new Term.Self(index.span(), left, forms);
    }
    if (!Occurrences.isFixed(index.target(), names)) {
      throw new Fault(
              DiagnosticCode.INVALID_EQUATION,
              "only a tensor without free indices can be indexed",
              "write its indices in one pair of brackets: A[i, j]")
          .at(index.target().span());
    }
    String shown = index.target().span().text();
    return new Term.Access(index.span(), shown, inputs.add(index.target()), forms);
  }

  private Term atom(Expression.Call call) {
    List<IndexForm> forms = new ArrayList<>();
    for (Argument argument : call.arguments()) {
      Expression value = argument.value();
      forms.add(indices.read(value.span(), value, false, false));
    }
    return new Term.Atom(call.span(), call.function().name(), forms);
  }

  private Term unary(Expression.Unary unary) {
    if (unary.operator() == UnaryOperator.NOT) {
      throw unsupported(unary.span(), "'!'");
    }
    Term operand = read(unary.operand());
    return unary.operator() == UnaryOperator.PLUS
        ? operand
        : new Term.Negation(unary.span(), operand);
  }

  private Term binary(Expression.Binary binary) {
    Span span = binary.span();
    return switch (binary.operator()) {
      case ADD -> sum(span, read(binary.left()), read(binary.right()));
      case SUBTRACT -> {
        Term right = read(binary.right());
        yield sum(span, read(binary.left()), new Term.Negation(right.span(), right));
      }
      case MULTIPLY -> product(span, List.of(read(binary.left()), read(binary.right())), List.of());
      case DIVIDE -> product(span, List.of(read(binary.left())), List.of(read(binary.right())));
      case POWER -> new Term.Power(span, read(binary.left()), read(binary.right()));
      case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL ->
          new Term.Comparison(span, binary.operator(), read(binary.left()), read(binary.right()));
      case MATMUL ->
          throw new Fault(
                  DiagnosticCode.INVALID_EQUATION,
                  "'@' cannot be used between indexed tensors",
                  "a join is written side by side: A[i, j] B[j, k]")
              .at(binary.operatorSpan());
      case OR, AND, APPROXIMATE, REMAINDER, OUTER ->
          throw unsupported(binary.operatorSpan(), "'" + binary.operator() + "'");
    };
  }

  private static Term sum(Span span, Term left, Term right) {
    List<Term> terms = new ArrayList<>();
    for (Term term : List.of(left, right)) {
      if (term instanceof Term.Sum inner) {
        terms.addAll(inner.terms());
      } else {
        terms.add(term);
      }
    }
    return new Term.Sum(span, List.copyOf(terms));
  }

  /** Factors of factors are factors of the whole; a divisor stays one. */
  private static Term product(Span span, List<Term> factors, List<Term> divisors) {
    List<Term> above = new ArrayList<>();
    List<Term> below = new ArrayList<>();
    for (Term factor : factors) {
      if (factor instanceof Term.Product inner) {
        above.addAll(inner.factors());
        below.addAll(inner.divisors());
      } else {
        above.add(factor);
      }
    }
    below.addAll(divisors);
    return new Term.Product(span, List.copyOf(above), List.copyOf(below));
  }

  private Term application(Expression.Call call) {
    String function = call.function().name();
    List<Term> arguments = new ArrayList<>();
    for (Argument argument : call.arguments()) {
      if (argument.name() != null) {
        throw new Fault(
                DiagnosticCode.INVALID_EQUATION,
                "named arguments cannot be used in tensor equations")
            .at(argument.name().span());
      }
      arguments.add(read(argument.value()));
    }
    if (function.equals("concat") && !names.isFunction(function)) {
      if (arguments.size() != 1) {
        throw new Fault(
                DiagnosticCode.INVALID_EQUATION,
                "concat: in an equation it takes one indexed tensor, got " + arguments.size(),
                "concat(T[h, d]) joins h and d into the new index on the left")
            .at(call.span());
      }
      return new Term.Concatenation(call.span(), arguments.get(0));
    }
    Functions.check(call, arguments.size(), names);
    return new Term.Application(
        call.span(), function, names.isFunction(function), List.copyOf(arguments));
  }

  private static Fault unsupported(Span span, String what) {
    return new Fault(DiagnosticCode.INVALID_EQUATION, what + " cannot be used in a tensor equation")
        .at(span);
  }
}
