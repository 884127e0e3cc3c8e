package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;

/** {@code if} and {@code match}, which are expressions, and patterns. */
abstract class BranchParser extends PrimaryParser {

  BranchParser(List<Token> tokens) {
    super(tokens);
  }

  abstract Block block();

  @Override
  final Expression ifExpression() {
    enter();
    Token start = expect(TokenKind.IF);
    Expression condition = condition();
    if (atWord("then")) {
      throw error(
          DiagnosticCode.UNSUPPORTED_THEN,
          peek().span(),
          "'if … then … else' is not supported",
          "write if condition { … } else { … }");
    }
    Block then = block();
    Block otherwise = null;
    if (atWord("elif")) {
      throw error(
          DiagnosticCode.FOREIGN_KEYWORD,
          peek().span(),
          "'elif' is not a keyword",
          "use 'else if'");
    }
    if (accept(TokenKind.ELSE)) {
      otherwise = at(TokenKind.IF) ? elseIf() : block();
    }
    leave();
    return new Expression.If(since(start.span()), condition, then, otherwise);
  }

  private Block elseIf() {
    Expression nested = ifExpression();
    return new Block(
        nested.span(), List.of(new Statement.ExpressionStatement(nested.span(), nested)));
  }

  @Override
  final Expression matchExpression() {
    enter();
    Token start = expect(TokenKind.MATCH);
    Expression subject = condition();
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Expression.Arm> arms =
        braced(
            () -> {
              List<Expression.Arm> read = new ArrayList<>();
              while (!at(TokenKind.RIGHT_BRACE)) {
                boolean blockBody = arm(read);
                if (!accept(TokenKind.COMMA) && !blockBody) {
                  break;
                }
              }
              expectClosing(TokenKind.RIGHT_BRACE, opening);
              return List.copyOf(read);
            });
    leave();
    return new Expression.Match(since(start.span()), subject, arms);
  }

  /** Adds one arm; true if its body is a block, after which the comma may be missing. */
  private boolean arm(List<Expression.Arm> arms) {
    Pattern pattern = pattern();
    Expression guard = accept(TokenKind.IF) ? expression() : null;
    expect(TokenKind.FAT_ARROW);
    if (at(TokenKind.LEFT_BRACE)) {
      arms.add(new Expression.Arm(pattern, guard, block()));
      return true;
    }
    Expression value = expression();
    Statement statement = new Statement.ExpressionStatement(value.span(), value);
    arms.add(new Expression.Arm(pattern, guard, new Block(value.span(), List.of(statement))));
    return false;
  }

  final Pattern pattern() {
    enter();
    Span start = peek().span();
    List<Pattern> options = new ArrayList<>();
    do {
      options.add(simplePattern());
    } while (accept(TokenKind.BAR));
    leave();
    return options.size() == 1
        ? options.get(0)
        : new Pattern.Alternatives(since(start), List.copyOf(options));
  }

  private Pattern simplePattern() {
    Token token = next();
    Span span = token.span();
    return switch (token.kind()) {
      case MINUS -> negativeNumber(span);
      case INT -> new Pattern.Literal(span, new Expression.IntLiteral(span, integer(token)));
      case FLOAT -> new Pattern.Literal(span, floatLiteral(token, 1));
      case STRING -> new Pattern.Literal(span, new Expression.StringLiteral(span, token.text()));
      case TRUE, FALSE ->
          new Pattern.Literal(span, new Expression.BooleanLiteral(span, token.is(TokenKind.TRUE)));
      case IDENTIFIER -> namePattern(token);
      default ->
          throw error(
              DiagnosticCode.UNEXPECTED_TOKEN,
              span,
              "expected a pattern (found " + token.shown() + ")",
              "patterns are numbers, strings, true, false, names, '_' and Struct { field }");
    };
  }

  private Pattern negativeNumber(Span start) {
    Token number = next();
    Span span = start.to(number.span());
    if (number.is(TokenKind.INT)) {
      return new Pattern.Literal(span, new Expression.IntLiteral(span, integer("-", number)));
    }
    if (number.is(TokenKind.FLOAT)) {
      return new Pattern.Literal(span, floatLiteral(number, -1));
    }
    throw error(
        DiagnosticCode.UNEXPECTED_TOKEN,
        number.span(),
        "expected a number after '-' (found " + number.shown() + ")");
  }

  private static Expression floatLiteral(Token token, int sign) {
    return new Expression.FloatLiteral(token.span(), sign * Double.parseDouble(token.text()));
  }

  private Pattern namePattern(Token token) {
    if (at(TokenKind.LEFT_BRACE)) {
      return structPattern(token);
    }
    return token.text().equals("_")
        ? new Pattern.Wildcard(token.span())
        : new Pattern.Binding(token.span(), token.text());
  }

  private Pattern structPattern(Token name) {
    Token opening = next();
    List<Pattern.Field> fields = new ArrayList<>();
    while (!at(TokenKind.RIGHT_BRACE)) {
      Identifier field = expectName("field");
      fields.add(new Pattern.Field(field, accept(TokenKind.COLON) ? pattern() : null));
      if (!accept(TokenKind.COMMA)) {
        break;
      }
    }
    expectClosing(TokenKind.RIGHT_BRACE, opening);
    Identifier identifier = new Identifier(name.span(), name.text());
    return new Pattern.Struct(since(name.span()), identifier, List.copyOf(fields));
  }
}
