package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.Suggestions;
import org.tensorlogic.lang.syntax.LogicStatement.Atom;

/** Statements and blocks. After a fault, parsing goes on at the next statement. */
abstract class StatementParser extends LogicParser {
  private static final int MAX_ERRORS = 20;
  private static final Set<String> HEADERS =
      Set.of(
          "objective",
          "optimizer",
          "epochs",
          "scheduler",
          "clip_grad_norm",
          "dropout",
          "seed",
          "log_every");

  private final List<Diagnostic> errors;
  private int loopDepth;

  StatementParser(List<Token> tokens, List<Diagnostic> errors) {
    super(tokens);
    this.errors = errors;
  }

  /** Functions and the statements that only stand at top level. */
  abstract Statement declaration();

  abstract boolean atDeclaration();

  @Override
  final Block block() {
    if (!at(TokenKind.LEFT_BRACE)) {
      throw unexpected("'{'");
    }
    enter();
    Token opening = next();
    List<Statement> statements = new ArrayList<>();
    braced(
        () -> {
          statements(statements);
          return statements;
        });
    close(opening, "block");
    leave();
    return new Block(since(opening.span()), List.copyOf(statements));
  }

  private void statements(List<Statement> statements) {
    while (!at(TokenKind.RIGHT_BRACE) && !at(TokenKind.END)) {
      if (!accept(TokenKind.SEMICOLON)) {
        recovering(
            () -> {
              statements.add(statement());
              checkEnd();
            });
      }
    }
  }

  /**
   * Checks that no expression follows on the line of the statement that has been read: in {@code
   * let y = 2 h} the second factor would be lost.
   */
  final void checkEnd() {
    Token token = peek();
    if (token.firstOnLine() || peek(-1).is(TokenKind.RIGHT_BRACE) || !isValue(token)) {
      return;
    }
    boolean statement = token.is(TokenKind.IDENTIFIER) && (startsAssignment() || atWordStatement());
    if (!statement && !isSpoilt(peek(-1).span().end(), token.span().start())) {
      throw error(
          DiagnosticCode.UNEXPECTED_TOKEN,
          token.span(),
          "expected a line break or ';' before the next statement (found " + token.shown() + ")",
          "a product needs '*': factors side by side are joined only in tensor equations");
    }
  }

  /** Whether something between two tokens was no token: that has been reported. */
  private boolean isSpoilt(int from, int to) {
    return errors.stream()
        .map(Diagnostic::span)
        .anyMatch(span -> span != null && span.start() >= from && span.start() < to);
  }

  private static boolean isValue(Token token) {
    return switch (token.kind()) {
      case INT, FLOAT, STRING, TRUE, FALSE, IDENTIFIER, LEFT_PAREN, NOT, BANG -> true;
      default -> false;
    };
  }

  /** Whether a word stands here that begins a statement, though it is not reserved. */
  private boolean atWordStatement() {
    boolean named = peek(1).is(TokenKind.IDENTIFIER);
    TokenKind third = peek(2).kind();
    return switch (peek().text()) {
      case "tensor" -> named && third == TokenKind.COLON;
      case "relation", "rule", "query" -> named && third == TokenKind.LEFT_PAREN;
      case "entity" -> named;
      case "embedding", "relation_embedding", "with" -> named && third == TokenKind.LEFT_BRACE;
      case "learn" -> peek(1).is(TokenKind.LEFT_BRACE);
      case "infer" -> peek(1).is(TokenKind.LEFT_BRACE) || mode(peek(1).text()) != null;
      default -> atDeclaration();
    };
  }

  final void close(Token opening, String what) {
    if (!accept(TokenKind.RIGHT_BRACE)) {
      String place = opening.span().line() + ":" + opening.span().column();
      throw error(
          DiagnosticCode.UNCLOSED_BRACKET,
          opening.span(),
          "missing '}' for the " + what + " opened at " + place);
    }
  }

  /** Runs {@code rule}; a fault is noted and the rest of the statement skipped. */
  final void recovering(Runnable rule) {
    int start = mark();
    int depth = braceDepth;
    int nesting = nesting();
    int loops = loopDepth;
    try {
      rule.run();
    } catch (SyntaxException e) {
      errors.add(e.diagnostic());
      resetModes();
      resetNesting(nesting);
      loopDepth = loops;
      if (mark() == start && !at(TokenKind.RIGHT_BRACE)) {
        next();
      }
      skipStatement(depth);
    }
  }

  private void skipStatement(int depth) {
    boolean full = errors.size() >= MAX_ERRORS;
    while (!at(TokenKind.END)) {
      boolean level = braceDepth <= depth && !full;
      boolean ends = peek().firstOnLine() || at(TokenKind.SEMICOLON) || at(TokenKind.RIGHT_BRACE);
      if (level && ends) {
        return;
      }
      next();
    }
  }

  final Statement statement() {
    enter();
    Statement statement = oneStatement();
    leave();
    return statement;
  }

  private Statement oneStatement() {
    Token token = peek();
    Span start = token.span();
    return switch (token.kind()) {
      case LET -> let();
      case IF -> expressionStatement(start, ifExpression());
      case MATCH -> expressionStatement(start, matchExpression());
      case FOR -> forLoop();
      case WHILE -> {
        next();
        Expression condition = condition();
        Block body = loopBody();
        yield new Statement.While(since(start), condition, body);
      }
      case LOOP -> {
        next();
        Block body = loopBody();
        yield new Statement.Loop(since(start), body);
      }
      case BREAK -> {
        next();
        checkInLoop(token);
        yield new Statement.Break(start);
      }
      case CONTINUE -> {
        next();
        checkInLoop(token);
        yield new Statement.Continue(start);
      }
      case RETURN -> returnStatement();
      case LEFT_BRACE -> {
        Block block = block();
        yield new Statement.Nested(block.span(), block);
      }
      default -> atDeclaration() ? declaration() : wordOrExpression(token);
    };
  }

  /** Statements that begin with a word which is not reserved, then expressions. */
  private Statement wordOrExpression(Token token) {
    if (!token.is(TokenKind.IDENTIFIER)) {
      return assignmentOrExpression();
    } else if (!atWordStatement()) {
      checkForeign(token, peek(1).is(TokenKind.IDENTIFIER));
      return assignmentOrExpression();
    }
    return switch (token.text()) {
      case "tensor" -> tensor();
      case "relation" -> relation();
      case "entity" -> entity();
      case "embedding", "relation_embedding" -> embedding();
      case "with" -> with();
      case "rule", "query" -> ruleOrQuery();
      case "learn" -> learn();
      default -> infer();
    };
  }

  private void checkForeign(Token token, boolean named) {
    String instead =
        switch (token.text()) {
          case "def", "func" -> "fn";
          case "var", "const" -> "let";
          case "elif" -> "else if";
          default -> null;
        };
    boolean python = token.isWord("python") && peek(1).is(TokenKind.IMPORT);
    if (python) {
      throw error(
          DiagnosticCode.UNSUPPORTED_PYTHON,
          token.span(),
          "'python import' is not supported",
          "register a Java function and call it by name");
    }
    if (instead != null && (named || token.isWord("elif"))) {
      throw error(
          DiagnosticCode.FOREIGN_KEYWORD,
          token.span(),
          "'" + token.text() + "' is not a keyword",
          "use '" + instead + "'");
    }
  }

  private Statement assignmentOrExpression() {
    Span start = peek().span();
    Expression first = leadingExpression();
    AssignOperator operator = assignOperator(first);
    if (operator != null) {
      checkTarget(first);
      Expression value = rightSide();
      return new Statement.Assign(since(start), first, operator, value);
    }
    if (accept(TokenKind.TILDE)) {
      Expression right = expression();
      return new Statement.Fit(since(start), first, right);
    }
    if (at(TokenKind.LEFT_ARROW) && first instanceof Expression.Call call) {
      return rule(start, atom(call));
    }
    if (at(TokenKind.QUESTION)) {
      return question(start, first);
    }
    if (at(TokenKind.COMMA)) {
      throw tuple(start.to(peek().span()));
    }
    return expressionStatement(start, first);
  }

  private Statement question(Span start, Expression first) {
    if (first instanceof Expression.Call call) {
      return query(start, atom(call));
    }
    if (first instanceof Expression.Name || first instanceof Expression.Index) {
      next();
      return new LogicStatement.TensorQuery(since(start), first);
    }
    throw error(
        DiagnosticCode.UNEXPECTED_TOKEN,
        peek().span(),
        "'?' follows an atom or the name of a tensor",
        "write R(a, X)? or T? or T[i, j]?");
  }

  private @Nullable AssignOperator assignOperator(Expression target) {
    if (accept(TokenKind.ASSIGN) || accept(TokenKind.COLON_ASSIGN)) {
      return AssignOperator.SET;
    }
    if (accept(TokenKind.PLUS_ASSIGN)) {
      return AssignOperator.ADD;
    }
    boolean tensor = target instanceof Expression.Name || target instanceof Expression.Index;
    if (!tensor || !at(TokenKind.IDENTIFIER) || !peek(1).is(TokenKind.ASSIGN)) {
      return null;
    }
    AssignOperator operator =
        switch (peek().text()) {
          case "max" -> AssignOperator.MAX;
          case "min" -> AssignOperator.MIN;
          case "avg" -> AssignOperator.AVERAGE;
          default -> null;
        };
    if (operator != null && !peek().firstOnLine()) {
      next();
      next();
      return operator;
    }
    return null;
  }

  private static void checkTarget(Expression target) {
    boolean assignable =
        target instanceof Expression.Name
            || target instanceof Expression.Property
            || target instanceof Expression.Index;
    if (!assignable) {
      throw error(
          DiagnosticCode.INVALID_TARGET,
          target.span(),
          "cannot assign to this expression",
          "the left side is a name, a field s.f or an element a[i]; '==' compares");
    }
  }

  private Statement expressionStatement(Span start, Expression expression) {
    return new Statement.ExpressionStatement(since(start), expression);
  }

  private Statement ruleOrQuery() {
    Token word = next();
    Atom atom = atom();
    return word.isWord("rule") ? rule(word.span(), atom) : query(word.span(), atom);
  }

  private Statement let() {
    Span start = next().span();
    if (atWord("mut") && peek(1).is(TokenKind.IDENTIFIER)) {
      next();
    }
    if (at(TokenKind.LEFT_PAREN)) {
      throw tuple(peek().span());
    }
    Identifier name = expectName("variable");
    if (at(TokenKind.COMMA)) {
      throw tuple(name.span().to(peek().span()));
    }
    TypeReference type = accept(TokenKind.COLON) ? trainableType() : null;
    boolean assigned = accept(TokenKind.ASSIGN) || accept(TokenKind.COLON_ASSIGN);
    if (!assigned && type == null) {
      throw unexpected("'=' or ':'");
    }
    Expression value = assigned ? expression() : null;
    return new Statement.Let(since(start), name, type, value);
  }

  private Statement tensor() {
    Span start = next().span();
    Identifier name = expectName("variable");
    expect(TokenKind.COLON);
    TypeReference type = trainableType();
    boolean assigned = accept(TokenKind.ASSIGN) || accept(TokenKind.COLON_ASSIGN);
    Expression value = assigned ? expression() : null;
    return new Statement.TensorDeclaration(since(start), name, type, value);
  }

  private Statement forLoop() {
    Span start = next().span();
    if (at(TokenKind.LEFT_PAREN)) {
      throw tuple(peek().span());
    }
    Identifier variable = expectName("variable");
    if (at(TokenKind.COMMA)) {
      throw tuple(variable.span().to(peek().span()));
    }
    expect(TokenKind.IN);
    Statement.Domain domain = domain();
    Block body = loopBody();
    return new Statement.For(since(start), variable, domain, body);
  }

  private Statement.Domain domain() {
    if (at(TokenKind.LEFT_BRACE)) {
      return new Statement.Domain.Symbols(symbols());
    }
    Expression first = condition();
    return accept(TokenKind.DOT_DOT)
        ? new Statement.Domain.Range(first, condition())
        : new Statement.Domain.Elements(first);
  }

  private Block loopBody() {
    loopDepth++;
    Block body = block();
    loopDepth--;
    return body;
  }

  /** A block in which an enclosing loop cannot be left. */
  final Block detachedBlock() {
    int loops = loopDepth;
    loopDepth = 0;
    Block body = block();
    loopDepth = loops;
    return body;
  }

  private void checkInLoop(Token token) {
    if (loopDepth == 0) {
      throw error(
          DiagnosticCode.MISPLACED_STATEMENT,
          token.span(),
          "'" + token.text() + "' outside a loop");
    }
  }

  private Statement returnStatement() {
    Span start = next().span();
    if (endsReturn(peek())) {
      return new Statement.Return(start, null);
    }
    Expression value = expression();
    if (at(TokenKind.COMMA)) {
      throw tuple(value.span().to(peek().span()));
    }
    return new Statement.Return(since(start), value);
  }

  private static boolean endsReturn(Token token) {
    return switch (token.kind()) {
      case RIGHT_BRACE, SEMICOLON, END -> true;
      case LET, FN, IF, FOR, WHILE, LOOP, BREAK, CONTINUE, RETURN, MATCH, IMPORT, STRUCT, IMPL ->
          token.firstOnLine();
      default -> false;
    };
  }

  private Statement with() {
    Span start = next().span();
    Identifier type = expectName("entity type");
    Block body = block();
    return new LogicStatement.With(since(start), type, body);
  }

  private Statement learn() {
    Span start = next().span();
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Statement.Header> headers = new ArrayList<>();
    List<Statement> statements = new ArrayList<>();
    int loops = loopDepth;
    loopDepth = 0;
    braced(
        () -> {
          while (!at(TokenKind.RIGHT_BRACE) && !at(TokenKind.END)) {
            if (!accept(TokenKind.SEMICOLON)) {
              recovering(() -> learnEntry(headers, statements));
            }
          }
          return statements;
        });
    loopDepth = loops;
    close(opening, "learn block");
    Block body = new Block(since(opening.span()), List.copyOf(statements));
    return new Statement.Learn(since(start), List.copyOf(headers), body);
  }

  private void learnEntry(List<Statement.Header> headers, List<Statement> statements) {
    if (!at(TokenKind.IDENTIFIER) || !peek(1).is(TokenKind.COLON)) {
      statements.add(statement());
      checkEntryEnd();
      return;
    }
    Identifier name = expectName("header");
    String known = name.name();
    if (!HEADERS.contains(known)) {
      Diagnostic unknown =
          Diagnostic.error(
              DiagnosticCode.INVALID_HEADER, name.span(), "unknown entry of learn '" + known + "'");
      throw new SyntaxException(Suggestions.add(unknown, "entry", known, HEADERS));
    }
    if (headers.stream().anyMatch(h -> h.name().name().equals(known))) {
      throw error(
          DiagnosticCode.INVALID_HEADER, name.span(), "entry '" + known + "' is given twice");
    }
    next();
    headers.add(new Statement.Header(name, expression()));
    if (!accept(TokenKind.COMMA)) {
      checkEntryEnd();
    }
  }

  private void checkEntryEnd() {
    if (!peek(1).is(TokenKind.COLON)) {
      checkEnd();
    }
  }
}
