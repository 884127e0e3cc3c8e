package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.AssignOperator;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;

/**
 * A tensor equation as read from the text. Executing it makes a plan for the shapes and kinds of
 * its inputs, which is kept for the next time.
 */
public final class EquationForm {
  private static final int KEPT_PLANS = 32;

  private final Span span;
  private final String name;
  private final List<IndexForm> left;
  private final AssignOperator operator;
  private final Term right;
  private final List<Expression> inputs;
  private final BitSet staticInputs = new BitSet();
  private final BitSet neededInputs = new BitSet();
  private final Set<String> relations = new LinkedHashSet<>();
  private final List<RowName> rowNames = new ArrayList<>();
  private final Map<PlanKey, Plan> plans =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PlanKey, Plan> eldest) {
          return size() > KEPT_PLANS;
        }
      };

  /**
   * The left tensor before an equation.
   *
   * @param tensor null if the variable has no value
   * @param names those of its rows, or null
   * @param declared whether it was declared: its shape and type are kept
   */
  public record Left(@Nullable Tensor tensor, Operand.@Nullable RowNames names, boolean declared) {}

  /**
   * A symbol that names a row of an input.
   *
   * @param table the input
   * @param symbol null if it is the value of the input {@code symbolInput}
   */
  public record RowName(int table, @Nullable String symbol, int symbolInput) {}

  /** The left tensor after an equation, and what this block execution has written of it. */
  public record Result(Tensor tensor, Written written) {}

  private EquationForm(
      Span span,
      String name,
      List<IndexForm> left,
      AssignOperator operator,
      Term right,
      List<Expression> inputs) {
    this.span = span;
    this.name = name;
    this.left = left;
    this.operator = operator;
    this.right = right;
    this.inputs = inputs;
    noteStaticInputs(left);
    Terms.walk(
        right,
        term -> {
          if (term instanceof Term.Self self) {
            noteStaticInputs(self.indices());
          } else if (term instanceof Term.Atom atom) {
            relations.add(atom.relation());
          } else if (term instanceof Term.Scalar scalar) {
            neededInputs.set(scalar.input());
          } else if (term instanceof Term.Access access) {
            neededInputs.set(access.input());
            noteRowName(access);
          }
        });
  }

  private void noteRowName(Term.Access access) {
    List<IndexForm.Part> parts = access.indices().get(0).parts();
    if (parts.size() == 1 && (parts.get(0).symbol() || parts.get(0).input() >= 0)) {
      IndexForm.Part part = parts.get(0);
      String symbol = part.symbol() ? part.name() : null;
      rowNames.add(new RowName(access.input(), symbol, part.input()));
    }
  }

  /** The names of rows that the text asks for: tables that grow must have them. */
  public List<RowName> rowNames() {
    return rowNames;
  }

  /** Numbers that are added to an index of the left tensor: plans depend on them. */
  private void noteStaticInputs(List<IndexForm> forms) {
    for (IndexForm form : forms) {
      if (form.parts().size() > 1) {
        form.parts().stream()
            .filter(part -> part.input() >= 0)
            .forEach(part -> staticInputs.set(part.input()));
      }
    }
  }

  /** Whether an input must have a value: a number or tensor, where a lone name may be an index. */
  public boolean needs(int input) {
    return neededInputs.get(input);
  }

  BitSet staticInputs() {
    return staticInputs;
  }

  Set<String> relations() {
    return relations;
  }

  /** Reads an assignment for which {@link Occurrences#isEquation} holds. */
  public static EquationForm read(Statement.Assign assign, EquationNames names) {
    Expression target = assign.target();
    List<IndexItem> items = List.of();
    if (target instanceof Expression.Index index) {
      target = index.target();
      items = index.items();
    }
    if (!(target instanceof Expression.Name name)) {
      throw new Fault(
              DiagnosticCode.INVALID_EQUATION,
              "the left side of a tensor equation is a variable",
              "write name[i, j] = …")
          .at(target.span());
    }
    Inputs inputs = new Inputs();
    List<IndexForm> left = new IndexReader(names, inputs).read(items);
    Term right = new TermReader(name.name(), names, inputs).read(assign.value());
    return new EquationForm(
        assign.span(), name.name(), left, assign.operator(), right, inputs.expressions());
  }

  public Span span() {
    return span;
  }

  /** The variable on the left. */
  public String name() {
    return name;
  }

  /** What the program evaluates before each execution, in this order. */
  public List<Expression> inputs() {
    return inputs;
  }

  List<IndexForm> left() {
    return left;
  }

  AssignOperator operator() {
    return operator;
  }

  Term right() {
    return right;
  }

  /**
   * Executes the equation.
   *
   * @param operands the values of {@link #inputs}
   * @param before what earlier equations of this block execution have written of the left tensor
   */
  public Result execute(
      List<Operand> operands, Left leftTensor, Written before, EquationHost host) {
    boolean keptShape =
        leftTensor.declared() || operator == AssignOperator.ADD || !before.isEmpty();
    Left known = new Left(leftTensor.tensor(), leftTensor.names(), keptShape);
    try (Scope scope = Scope.open()) {
      Plan plan = plan(PlanKey.of(this, operands, known, host), operands, known, host);
      Result result = plan.execute(operands, leftTensor, before, host);
      return new Result(scope.keep(result.tensor()), result.written());
    } catch (Fault e) {
      throw e.at(span);
    }
  }

  private synchronized Plan plan(
      PlanKey key, List<Operand> operands, Left leftTensor, EquationHost host) {
    return plans.computeIfAbsent(key, k -> new Planner(this, operands, leftTensor, host).plan());
  }
}
