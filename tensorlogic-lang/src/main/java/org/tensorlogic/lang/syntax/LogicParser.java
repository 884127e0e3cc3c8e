package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.LogicStatement.Atom;
import org.tensorlogic.lang.syntax.LogicStatement.BodyTerm;
import org.tensorlogic.lang.syntax.LogicStatement.EmbeddingEntry;
import org.tensorlogic.lang.syntax.LogicStatement.EmbeddingValue;
import org.tensorlogic.lang.syntax.LogicStatement.Inference;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;
import org.tensorlogic.lang.syntax.LogicStatement.RelationParameter;

/** Relations, entities, embeddings, rules, queries and inference. */
abstract class LogicParser extends BranchParser {

  LogicParser(List<Token> tokens) {
    super(tokens);
  }

  final Statement relation() {
    Span start = next().span();
    Identifier name = expectName("relation");
    Token opening = expect(TokenKind.LEFT_PAREN);
    List<RelationParameter> parameters = new ArrayList<>();
    while (!at(TokenKind.RIGHT_PAREN)) {
      Identifier parameter = expectName("parameter");
      parameters.add(new RelationParameter(parameter, accept(TokenKind.COLON) ? type() : null));
      if (!accept(TokenKind.COMMA)) {
        break;
      }
    }
    expectClosing(TokenKind.RIGHT_PAREN, opening);
    if (at(TokenKind.AS)) {
      throw unsupportedRule(
          "'relation … as tensor' is not supported",
          "use the relation in a tensor equation: T[x, y] = R(x, y)");
    }
    TypeReference embedding = acceptWord("embed") ? type() : null;
    boolean learnable = acceptWord("learnable");
    return new LogicStatement.Relation(
        since(start), name, List.copyOf(parameters), embedding, learnable);
  }

  final Statement entity() {
    Span start = next().span();
    Identifier name = expectName("entity type");
    List<Identifier> symbols = accept(TokenKind.ASSIGN) ? symbols() : null;
    return new LogicStatement.Entity(since(start), name, symbols);
  }

  /** {@code {a, b, c}}. */
  final List<Identifier> symbols() {
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Identifier> names = new ArrayList<>();
    while (!at(TokenKind.RIGHT_BRACE)) {
      names.add(expectName("symbol"));
      if (!accept(TokenKind.COMMA)) {
        break;
      }
    }
    expectClosing(TokenKind.RIGHT_BRACE, opening);
    return List.copyOf(names);
  }

  final Statement embedding() {
    Token word = next();
    Identifier name = expectName("embedding");
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<EmbeddingEntry> entries = new ArrayList<>();
    while (!at(TokenKind.RIGHT_BRACE)) {
      Identifier entry = expectName("entry");
      expect(TokenKind.COLON);
      entries.add(new EmbeddingEntry(entry, embeddingValue()));
      if (!accept(TokenKind.COMMA)) {
        accept(TokenKind.SEMICOLON);
      }
    }
    expectClosing(TokenKind.RIGHT_BRACE, opening);
    boolean learnable = acceptWord("learnable");
    return new LogicStatement.Embedding(
        since(word.span()),
        name,
        word.isWord("relation_embedding"),
        List.copyOf(entries),
        learnable);
  }

  private EmbeddingValue embeddingValue() {
    if (at(TokenKind.LEFT_BRACE)) {
      return new EmbeddingValue.Symbols(symbols());
    }
    if (at(TokenKind.INT)) {
      Token token = next();
      return new EmbeddingValue.Size(token.span(), integer(token));
    }
    return new EmbeddingValue.Word(expectName("value"));
  }

  /** The rest of a rule whose head has been read. */
  final Statement rule(Span start, Atom head) {
    expect(TokenKind.LEFT_ARROW);
    List<BodyTerm> body = new ArrayList<>();
    do {
      body.add(bodyTerm());
    } while (accept(TokenKind.COMMA));
    if (atWord("constraint") || atWord("score")) {
      throw unsupportedRule(
          "'rule … " + peek().text() + "' is not supported",
          "write comparisons in the body, and scores as tensor equations");
    }
    return new LogicStatement.Rule(since(start), head, List.copyOf(body));
  }

  /**
   * Whether the token after the next begins an atom: {@code not R(…)}, unlike {@code not x > 1}.
   */
  private boolean isAtomAhead() {
    return peek(1).is(TokenKind.IDENTIFIER) && peek(2).is(TokenKind.LEFT_PAREN);
  }

  private BodyTerm bodyTerm() {
    Span start = peek().span();
    if ((at(TokenKind.NOT) || at(TokenKind.BANG)) && isAtomAhead()) {
      next();
      return new BodyTerm.Literal(since(start), atom(), true);
    }
    Expression e = expression();
    if (e instanceof Expression.Index) {
      throw error(
          DiagnosticCode.UNSUPPORTED_RULE_FORM,
          e.span(),
          "tensors are not supported in the body of a rule",
          "write the rule as a tensor equation: head[x] = step(…)");
    }
    return e instanceof Expression.Call call
        ? new BodyTerm.Literal(e.span(), atom(call), false)
        : new BodyTerm.Guard(e);
  }

  final Atom atom() {
    Identifier name = expectName("relation");
    List<Argument> arguments = arguments();
    return atom(new Expression.Call(since(name.span()), name, arguments));
  }

  /** A call read as an atom. */
  final Atom atom(Expression.Call call) {
    List<Expression> values = new ArrayList<>();
    for (Argument argument : call.arguments()) {
      if (argument.name() != null) {
        throw error(
            DiagnosticCode.UNEXPECTED_TOKEN,
            argument.name().span(),
            "arguments of a relation have no names");
      }
      values.add(argument.value());
    }
    return new Atom(call.span(), call.function(), List.copyOf(values));
  }

  /** The rest of a query whose atom has been read: {@code ?} and {@code where}. */
  final LogicStatement.Query query(Span start, Atom atom) {
    accept(TokenKind.QUESTION);
    List<Expression> conditions = new ArrayList<>();
    if (acceptWord("where")) {
      do {
        conditions.add(expression());
      } while (accept(TokenKind.COMMA));
    }
    return new LogicStatement.Query(since(start), atom, List.copyOf(conditions));
  }

  final Statement infer() {
    Span start = next().span();
    List<Inference> items = new ArrayList<>();
    if (!at(TokenKind.LEFT_BRACE)) {
      items.add(inference());
    } else {
      Token opening = next();
      while (!at(TokenKind.RIGHT_BRACE)) {
        items.add(inference());
        if (!accept(TokenKind.COMMA)) {
          accept(TokenKind.SEMICOLON);
        }
      }
      expectClosing(TokenKind.RIGHT_BRACE, opening);
    }
    return new LogicStatement.Infer(since(start), List.copyOf(items));
  }

  private Inference inference() {
    Token word = peek();
    InferenceMode mode = mode(word.text());
    if (mode == null || !word.is(TokenKind.IDENTIFIER)) {
      throw unexpected("'forward', 'backward', 'gradient' or 'symbolic'");
    }
    next();
    acceptWord("query");
    Span start = peek().span();
    LogicStatement.Query query = query(start, atom());
    return new Inference(since(word.span()), mode, query);
  }

  static @Nullable InferenceMode mode(String word) {
    for (InferenceMode mode : InferenceMode.values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(word)) {
        return mode;
      }
    }
    return null;
  }

  private SyntaxException unsupportedRule(String message, String help) {
    return error(DiagnosticCode.UNSUPPORTED_RULE_FORM, peek().span(), message, help);
  }
}
