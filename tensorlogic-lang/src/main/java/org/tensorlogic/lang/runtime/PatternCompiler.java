package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.Pattern;
import org.tensorlogic.lang.value.Fault;

/** Patterns to tests; what they bind is declared in the innermost scope. */
final class PatternCompiler {
  private final ExpressionCompiler expressions;
  private final Scopes scopes;

  PatternCompiler(ExpressionCompiler expressions, Scopes scopes) {
    this.expressions = expressions;
    this.scopes = scopes;
  }

  MatchNode.Test compile(Pattern pattern) {
    if (pattern instanceof Pattern.Binding binding) {
      return MatchNode.binding(scopes.declare(binding.name()).index());
    } else if (pattern instanceof Pattern.Literal literal
        && expressions.compile(literal.value()) instanceof Variables.Constant constant) {
      return MatchNode.literal(constant.value());
    } else if (pattern instanceof Pattern.Alternatives alternatives) {
      return MatchNode.alternatives(options(alternatives));
    } else if (pattern instanceof Pattern.Struct struct) {
      return struct(struct);
    }
    return MatchNode.any();
  }

  private List<MatchNode.Test> options(Pattern.Alternatives alternatives) {
    List<MatchNode.Test> tests = new ArrayList<>();
    for (Pattern option : alternatives.options()) {
      if (option instanceof Pattern.Binding binding) {
        throw new Fault(
                DiagnosticCode.INVALID_TARGET,
                "alternatives bind no names, but '" + binding.name() + "' does")
            .at(option.span());
      }
      tests.add(compile(option));
    }
    return tests;
  }

  private MatchNode.Test struct(Pattern.Struct struct) {
    List<String> fields = new ArrayList<>();
    List<MatchNode.Test> tests = new ArrayList<>();
    for (Pattern.Field field : struct.fields()) {
      fields.add(field.name().name());
      Pattern inner = field.pattern();
      tests.add(
          inner == null
              ? MatchNode.binding(scopes.declare(field.name().name()).index())
              : compile(inner));
    }
    return MatchNode.struct(struct.name().name(), fields, tests);
  }
}
