package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;

/** A learn block to its node. */
final class LearnCompiler {
  private final StatementCompiler statements;
  private final ExpressionCompiler expressions;
  private final Scopes scopes;

  LearnCompiler(StatementCompiler statements, Scopes scopes) {
    this.statements = statements;
    this.expressions = statements.expressions();
    this.scopes = scopes;
  }

  Node compile(Statement.Learn s) {
    Map<String, Expression> entries = new HashMap<>();
    s.headers().forEach(header -> entries.put(header.name().name(), header.value()));
    List<LearnNodes.Visible> visible = new ArrayList<>();
    scopes
        .inOrder()
        .forEach((name, variable) -> visible.add(new LearnNodes.Visible(name, variable)));
    LearnNodes.ChoiceNode optimizer =
        choice("optimizer", entries.get("optimizer"), OptimizerChoice.OPTIMIZERS);
    LearnNodes.ChoiceNode scheduler =
        choice("scheduler", entries.get("scheduler"), OptimizerChoice.SCHEDULERS);
    Node epochs = node(entries, "epochs");
    Node clip = node(entries, "clip_grad_norm");
    Node dropout = node(entries, "dropout");
    Node seed = node(entries, "seed");
    Node logEvery = node(entries, "log_every");
    scopes.push();
    int epochsSlot = bound("epochs", entries.containsKey("objective"));
    int optimizerSlot = bound("optimizer", entries.containsKey("objective"));
    Node body = statements.statements(s.body());
    Node objective = node(entries, "objective");
    int to = scopes.next();
    int from = scopes.pop();
    LearnNodes.Headers headers =
        new LearnNodes.Headers(
            objective, optimizer, scheduler, epochs, clip, dropout, seed, logEvery);
    return new LearnNodes.Learn(
        s.span(), headers, List.copyOf(visible), body, from, to, epochsSlot, optimizerSlot);
  }

  /** A slot for a name that only imperative blocks bind. */
  private int bound(String name, boolean declarative) {
    return declarative ? scopes.reserve() : scopes.declare(name).index();
  }

  private @Nullable Node node(Map<String, Expression> entries, String name) {
    return expressions.compileOrNull(entries.get(name));
  }

  /** {@code sgd(lr: 0.1)} or just {@code sgd}. */
  private LearnNodes.@Nullable ChoiceNode choice(
      String kind, @Nullable Expression e, List<String> known) {
    if (e == null) {
      return null;
    }
    String name = "";
    List<Argument> arguments = List.of();
    Span span = e.span();
    if (e instanceof Expression.Call call) {
      name = call.function().name();
      arguments = call.arguments();
      span = call.function().span();
    } else if (e instanceof Expression.Name word) {
      name = word.name();
    }
    if (!known.contains(name)) {
      String shown = name.isEmpty() ? e.span().text() : name;
      throw OptimizerChoice.unknown(kind, shown, known).at(span);
    }
    List<String> names = new ArrayList<>();
    List<Node> values = new ArrayList<>();
    for (Argument argument : arguments) {
      names.add(argument.name() == null ? "" : argument.name().name());
      values.add(expressions.compile(argument.value()));
    }
    try {
      OptimizerChoice.of(name, names, Collections.nCopies(names.size(), 0.0));
    } catch (Fault fault) {
      throw fault.at(e.span());
    }
    return new LearnNodes.ChoiceNode(e.span(), name, names, values);
  }
}
