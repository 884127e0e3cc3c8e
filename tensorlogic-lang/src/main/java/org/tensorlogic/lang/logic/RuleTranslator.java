package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.LogicStatement.BodyTerm;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.Fault;

/** One rule of the text as a rule of the engine. */
final class RuleTranslator {
  private final Constants constants;
  private final Map<String, Integer> variables = new LinkedHashMap<>();
  private int anonymous;

  /** Finds or declares the relation of an atom, checking its arity. */
  interface Relations {
    Relation relation(LogicStatement.Atom atom);
  }

  private RuleTranslator(Constants constants) {
    this.constants = constants;
  }

  static Rule translate(LogicStatement.Rule rule, Relations relations, Constants constants) {
    RuleTranslator translator = new RuleTranslator(constants);
    Atom head = translator.atom(rule.head(), relations);
    List<Rule.Literal> body = new ArrayList<>();
    for (BodyTerm term : rule.body()) {
      if (term instanceof BodyTerm.Literal literal) {
        Atom atom = translator.atom(literal.atom(), relations);
        body.add(new Rule.Literal(atom, literal.negated()));
      }
    }
    List<Guard> guards = new ArrayList<>();
    for (BodyTerm term : rule.body()) {
      if (term instanceof BodyTerm.Guard guard) {
        List<Expression> inputs = new ArrayList<>();
        Condition condition = Condition.read(guard.condition(), name -> false, inputs);
        translator.addNames(condition);
        guards.add(Condition.bind(condition, translator.variables, List.of(), constants));
      }
    }
    return new Rule(head, body, guards, List.copyOf(translator.variables.keySet()));
  }

  private Atom atom(LogicStatement.Atom atom, Relations relations) {
    Relation relation = relations.relation(atom);
    int[] terms = atom.arguments().stream().mapToInt(this::term).toArray();
    return new Atom(relation, terms);
  }

  private int term(Expression e) {
    if (e instanceof Expression.Name name) {
      if (name.name().equals(Names.ANONYMOUS)) {
        return variable(Names.ANONYMOUS_IN_RULE + anonymous++);
      }
      return Names.isConstantInRule(name.name())
          ? constants.intern(name.name())
          : variable(name.name());
    } else if (e instanceof Expression.StringLiteral text) {
      return constants.intern(text.value());
    } else if (e instanceof Expression.IntLiteral number) {
      return constants.intern(number.value());
    } else if (e instanceof Expression.FloatLiteral number) {
      return constants.intern(number.value());
    } else if (e instanceof Expression.Unary unary
        && unary.operator() == UnaryOperator.NEGATE
        && unary.operand() instanceof Expression.IntLiteral number) {
      return constants.intern(-number.value());
    } else if (e instanceof Expression.Unary unary
        && unary.operator() == UnaryOperator.NEGATE
        && unary.operand() instanceof Expression.FloatLiteral number) {
      return constants.intern(-number.value());
    }
    throw new Fault(
            DiagnosticCode.INVALID_LOGIC,
            "an argument in a rule is a variable, a symbol, a string or a number",
            "compare with an expression instead: R(x, y), y == x + 1")
        .at(e.span());
  }

  private int variable(String name) {
    Integer known = variables.putIfAbsent(name, variables.size());
    return Atom.variable(known == null ? variables.size() - 1 : known);
  }

  /** Names of a comparison that are no constants are variables, which must then be bound. */
  private void addNames(Condition condition) {
    if (condition instanceof Condition.Name name && !Names.isConstantInRule(name.name())) {
      variable(name.name());
    } else if (condition instanceof Condition.Unary unary) {
      addNames(unary.operand());
    } else if (condition instanceof Condition.Binary binary) {
      addNames(binary.left());
      addNames(binary.right());
    }
  }
}
