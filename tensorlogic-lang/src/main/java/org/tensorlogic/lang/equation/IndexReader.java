package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.Fault;

/** Reads what stands between the brackets of a tensor of an equation. */
final class IndexReader {
  private final EquationNames names;
  private final Inputs inputs;

  IndexReader(EquationNames names, Inputs inputs) {
    this.names = names;
    this.inputs = inputs;
  }

  List<IndexForm> read(List<IndexItem> items) {
    List<IndexForm> forms = new ArrayList<>();
    for (IndexItem item : items) {
      forms.add(read(item));
    }
    return forms;
  }

  private IndexForm read(IndexItem item) {
    if (item instanceof IndexItem.At at) {
      return read(at.span(), at.value(), at.normalized(), false);
    } else if (item instanceof IndexItem.Virtual virtual) {
      return read(virtual.span(), virtual.value(), false, true);
    }
    throw error(item.span(), "a slice cannot be mixed with the indices of a tensor equation");
  }

  IndexForm read(Span span, Expression value, boolean normalized, boolean virtual) {
    Linear linear = new Linear();
    linear.add(value, 1);
    return new IndexForm(span, linear.parts, linear.constant, linear.divisor, normalized, virtual);
  }

  /** Adds up the parts of one index. */
  private final class Linear {
    final List<IndexForm.Part> parts = new ArrayList<>();
    long constant;
    long divisor = 1;

    void add(Expression e, long sign) {
      if (e instanceof Expression.IntLiteral number) {
        constant += sign * number.value();
      } else if (e instanceof Expression.Unary unary
          && unary.operator() != UnaryOperator.NOT
          && !Occurrences.isConstant(e, names)) {
        add(unary.operand(), unary.operator() == UnaryOperator.NEGATE ? -sign : sign);
      } else if (e instanceof Expression.Binary binary) {
        addBinary(binary, sign);
      } else {
        part(e, sign);
      }
    }

    private void addBinary(Expression.Binary binary, long sign) {
      switch (binary.operator()) {
        case ADD -> {
          add(binary.left(), sign);
          add(binary.right(), sign);
        }
        case SUBTRACT -> {
          add(binary.left(), sign);
          add(binary.right(), -sign);
        }
        case MULTIPLY -> {
          if (binary.left() instanceof Expression.IntLiteral factor) {
            part(binary.right(), sign * factor.value());
          } else if (binary.right() instanceof Expression.IntLiteral factor) {
            part(binary.left(), sign * factor.value());
          } else {
            part(binary, sign);
          }
        }
        case DIVIDE -> divide(binary, sign);
        default -> part(binary, sign);
      }
    }

    private void divide(Expression.Binary binary, long sign) {
      if (Occurrences.isConstant(binary, names)) {
        part(binary, sign);
        return;
      }
      boolean plain =
          binary.left() instanceof Expression.Name
              && binary.right() instanceof Expression.IntLiteral number
              && number.value() > 0
              && parts.isEmpty()
              && sign == 1;
      if (!plain) {
        throw error(binary.span(), "an index is divided as a name by a positive number: x/2");
      }
      part(binary.left(), 1);
      divisor = ((Expression.IntLiteral) binary.right()).value();
    }

    private void part(Expression e, long coefficient) {
      if (divisor != 1) {
        throw error(e.span(), "a divided index stands alone: x/2");
      }
      if (e instanceof Expression.Name name) {
        boolean variable = names.isVariable(name.name());
        parts.add(
            new IndexForm.Part(
                coefficient,
                name.name(),
                variable ? inputs.add(name) : -1,
                !variable && names.isSymbol(name.name())));
      } else if (e instanceof Expression.StringLiteral text) {
        parts.add(new IndexForm.Part(coefficient, text.value(), -1, true));
      } else if (Occurrences.isConstant(e, names)) {
        parts.add(new IndexForm.Part(coefficient, null, inputs.add(e), false));
      } else {
        throw error(
            e.span(),
            "an index is a sum of names and integers",
            "write x, 3, x+1, x+dx, 2*x+dx or x/2");
      }
    }
  }

  private static Fault error(Span span, String message) {
    return new Fault(DiagnosticCode.INVALID_EQUATION, message).at(span);
  }

  private static Fault error(Span span, String message, String help) {
    return new Fault(DiagnosticCode.INVALID_EQUATION, message, help).at(span);
  }
}
