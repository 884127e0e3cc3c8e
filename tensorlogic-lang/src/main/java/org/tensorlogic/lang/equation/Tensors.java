package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/** The tensors that occur in an equation, with their shapes and indices. */
final class Tensors {
  private final String left;
  private final List<Operand> operands;
  private final EquationForm.Left before;
  private final EquationHost host;

  Tensors(String left, List<Operand> operands, EquationForm.Left before, EquationHost host) {
    this.left = left;
    this.operands = operands;
    this.before = before;
    this.host = host;
  }

  /** All occurrences in a term. */
  List<Occurrence> in(Term term, Resolver resolver, int droppedAxis) {
    List<Occurrence> found = new ArrayList<>();
    Terms.walk(
        term,
        part -> {
          if (part instanceof Term.Access
              || part instanceof Term.Self
              || part instanceof Term.Atom) {
            found.add(occurrence(part, resolver, droppedAxis));
          }
        });
    return found;
  }

  /**
   * One occurrence.
   *
   * @param droppedAxis the axis of the left tensor that is virtual and not stored, or -1
   */
  Occurrence occurrence(Term term, Resolver resolver, int droppedAxis) {
    if (term instanceof Term.Access access) {
      Shape shape = shape(access);
      require(access.span(), access.name(), shape.rank(), access.indices().size());
      return new Occurrence(
          access.span(),
          access.name(),
          shape,
          resolver.axes(rows(access), access.indices()),
          false);
    } else if (term instanceof Term.Atom atom) {
      Shape shape = host.relation(atom.relation()).shape();
      require(atom.span(), atom.relation(), shape.rank(), atom.indices().size());
      return new Occurrence(
          atom.span(),
          atom.relation(),
          shape,
          resolver.axes(
              (run, axis, symbol) -> run.host().position(atom.relation(), axis, symbol),
              atom.indices()),
          false);
    }
    Term.Self self = (Term.Self) term;
    Tensor tensor = before.tensor();
    if (tensor == null) {
      throw undeclared(self.span(), "'" + left + "' occurs on both sides");
    }
    Shape shape = tensor.shape();
    if (droppedAxis >= 0) {
      long[] dims = new long[shape.rank() + 1];
      System.arraycopy(shape.dims(), 0, dims, 0, droppedAxis);
      dims[droppedAxis] = Integer.MAX_VALUE;
      System.arraycopy(
          shape.dims(), droppedAxis, dims, droppedAxis + 1, shape.rank() - droppedAxis);
      shape = Shape.of(dims);
    }
    require(self.span(), left, shape.rank(), self.indices().size());
    return new Occurrence(
        self.span(), left, shape, resolver.axes(leftRows(left), self.indices()), true);
  }

  private static Position.Axes rows(Term.Access access) {
    return (run, axis, symbol) ->
        position(access.name(), run.array(access.input()).names(), axis, symbol);
  }

  /** The names of the left tensor. */
  static Position.Axes leftRows(String name) {
    return (run, axis, symbol) -> position(name, run.leftNames(), axis, symbol);
  }

  private static long position(
      String name, Operand.@Nullable RowNames names, int axis, String symbol) {
    if (names == null || axis > 0) {
      throw new Fault(
          DiagnosticCode.NOT_INDEXABLE,
          "dimension " + axis + " of '" + name + "' has no names, got '" + symbol + "'",
          "only the rows of an embedding and the arguments of a relation have names");
    }
    return names.position(symbol);
  }

  private Shape shape(Term.Access access) {
    Operand operand = operands.get(access.input());
    if (operand instanceof Operand.Array array) {
      return array.tensor().shape();
    }
    throw new Fault(
            DiagnosticCode.NOT_INDEXABLE,
            "'" + access.name() + "' is not a tensor and cannot have indices")
        .at(access.span());
  }

  static void require(Span span, String name, int rank, int indices) {
    if (rank != indices) {
      throw new Fault(
              DiagnosticCode.TOO_MANY_INDICES,
              "'"
                  + name
                  + "' has "
                  + rank
                  + (rank == 1 ? " dimension" : " dimensions")
                  + ", got "
                  + indices
                  + (indices == 1 ? " index" : " indices"))
          .at(span);
    }
  }

  static Fault undeclared(Span span, String reason) {
    return new Fault(
            DiagnosticCode.INVALID_EQUATION,
            reason + ": it must be declared",
            "declare it with its shape: tensor X: float32[n, m]")
        .at(span);
  }
}
