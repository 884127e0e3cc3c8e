package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Expression.Binary;
import org.tensorlogic.lang.syntax.Expression.IntLiteral;
import org.tensorlogic.lang.syntax.Expression.Unary;

/** The operators, one method per level from the loosest to the tightest. */
abstract class ExpressionParser extends TypeParser {
  private static final int MAX_CHAIN = 1000;
  private static final String LOWEST = Long.toString(Long.MIN_VALUE).substring(1);

  /** False in conditions, where a brace begins a block. */
  private boolean structsAllowed = true;

  /** True on the right side of an assignment, where factors may stand side by side. */
  private boolean joinsAllowed;

  /** True while a statement's first expression is read: {@code R(x) <- …} is a rule. */
  private boolean ruleAllowed;

  ExpressionParser(List<Token> tokens) {
    super(tokens);
  }

  /** The tightest level: names, literals, calls, indexing. */
  abstract Expression postfix();

  final Expression expression() {
    enter();
    Expression e = or();
    leave();
    return e;
  }

  /** An expression in which a name before a brace is not a struct literal. */
  final Expression condition() {
    Expression e = with(false, false, this::expression);
    if (at(TokenKind.ASSIGN)) {
      throw error(
          DiagnosticCode.UNEXPECTED_TOKEN,
          peek().span(),
          "'=' assigns and cannot be used in a condition",
          "use '==' to compare");
    }
    return e;
  }

  /** The right side of an assignment. */
  final Expression rightSide() {
    return with(true, true, this::expression);
  }

  /** The first expression of a statement. */
  final Expression leadingExpression() {
    return with(
        true,
        false,
        () -> {
          ruleAllowed = true;
          Expression e = expression();
          ruleAllowed = false;
          return e;
        });
  }

  /** Inside parentheses, brackets or braces: what was forbidden outside is allowed again. */
  final <T> T grouped(boolean joins, Rule<T> rule) {
    groupDepth++;
    T result = with(true, joins && joinsAllowed, rule);
    groupDepth--;
    return result;
  }

  /** Inside braces: line breaks count again. */
  final <T> T braced(Rule<T> rule) {
    int groups = groupDepth;
    groupDepth = 0;
    T result = with(true, false, rule);
    groupDepth = groups;
    return result;
  }

  /** Forgets the state that an abandoned statement left behind. */
  final void resetModes() {
    structsAllowed = true;
    joinsAllowed = false;
    ruleAllowed = false;
    groupDepth = 0;
  }

  final boolean structsAllowed() {
    return structsAllowed;
  }

  final boolean joinsAllowed() {
    return joinsAllowed;
  }

  interface Rule<T> {
    T parse();
  }

  private <T> T with(boolean structs, boolean joins, Rule<T> rule) {
    boolean oldStructs = structsAllowed;
    boolean oldJoins = joinsAllowed;
    boolean oldRule = ruleAllowed;
    structsAllowed = structs;
    joinsAllowed = joins;
    ruleAllowed = false;
    T result = rule.parse();
    structsAllowed = oldStructs;
    joinsAllowed = oldJoins;
    ruleAllowed = oldRule;
    return result;
  }

  private Expression or() {
    Expression left = and();
    for (int n = 0; at(TokenKind.OR_OR) || at(TokenKind.OR); n++) {
      left = binary(BinaryOperator.OR, left, next(), and(), n);
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    for (int n = 0; at(TokenKind.AND_AND) || at(TokenKind.AND); n++) {
      left = binary(BinaryOperator.AND, left, next(), not(), n);
    }
    return left;
  }

  private Expression not() {
    if (!at(TokenKind.NOT)) {
      return equality();
    }
    enter();
    Token sign = next();
    Expression operand = not();
    leave();
    return new Unary(sign.span().to(operand.span()), UnaryOperator.NOT, operand);
  }

  private Expression equality() {
    Expression left = relation();
    for (int n = 0; ; n++) {
      BinaryOperator operator =
          switch (peek().kind()) {
            case EQUAL_EQUAL -> BinaryOperator.EQUAL;
            case NOT_EQUAL -> BinaryOperator.NOT_EQUAL;
            case APPROXIMATE -> BinaryOperator.APPROXIMATE;
            default -> null;
          };
      if (operator == null) {
        return left;
      }
      left = binary(operator, left, next(), relation(), n);
    }
  }

  private Expression relation() {
    boolean statementStart = ruleAllowed;
    Expression left = cast();
    for (int n = 0; ; n++) {
      if (at(TokenKind.LEFT_ARROW) && !statementStart && peek().text().equals("<-")) {
        splitArrow();
      }
      BinaryOperator operator =
          switch (peek().kind()) {
            case LESS -> BinaryOperator.LESS;
            case LESS_EQUAL -> BinaryOperator.LESS_EQUAL;
            case GREATER -> BinaryOperator.GREATER;
            case GREATER_EQUAL -> BinaryOperator.GREATER_EQUAL;
            default -> null;
          };
      if (operator == null) {
        return left;
      }
      left = binary(operator, left, next(), cast(), n);
    }
  }

  private Expression cast() {
    Expression operand = sum();
    for (int n = 0; at(TokenKind.AS); n++) {
      next();
      checkChain(n);
      Identifier type = expectName("type");
      operand = new Expression.Cast(operand.span().to(type.span()), operand, type);
    }
    return operand;
  }

  private Expression sum() {
    Expression left = term();
    for (int n = 0; at(TokenKind.PLUS) || at(TokenKind.MINUS); n++) {
      Token sign = next();
      BinaryOperator operator =
          sign.is(TokenKind.PLUS) ? BinaryOperator.ADD : BinaryOperator.SUBTRACT;
      left = binary(operator, left, sign, term(), n);
    }
    return left;
  }

  private Expression term() {
    Expression left = join();
    for (int n = 0; ; n++) {
      BinaryOperator operator =
          switch (peek().kind()) {
            case STAR, HADAMARD -> BinaryOperator.MULTIPLY;
            case SLASH -> BinaryOperator.DIVIDE;
            case PERCENT -> BinaryOperator.REMAINDER;
            default -> null;
          };
      if (operator == null) {
        return left;
      }
      left = binary(operator, left, next(), join(), n);
    }
  }

  private Expression join() {
    Expression first = matmul();
    if (!joinsAllowed || !startsFactor()) {
      return first;
    }
    List<Expression> factors = new ArrayList<>(List.of(first));
    while (startsFactor()) {
      factors.add(matmul());
      checkChain(factors.size());
    }
    return new Expression.Join(since(first.span()), List.copyOf(factors));
  }

  private boolean startsFactor() {
    Token token = peek();
    if (token.firstOnLine() && groupDepth == 0) {
      return false;
    }
    return switch (token.kind()) {
      case INT, FLOAT, LEFT_PAREN -> true;
      case IDENTIFIER -> !startsAssignment();
      default -> false;
    };
  }

  /** {@code a = 1 b = 2} on one line are two statements. */
  final boolean startsAssignment() {
    return switch (peek(1).kind()) {
      case ASSIGN, COLON_ASSIGN, PLUS_ASSIGN -> true;
      default -> false;
    };
  }

  private Expression matmul() {
    Expression left = unary();
    for (int n = 0; at(TokenKind.AT); n++) {
      left = binary(BinaryOperator.MATMUL, left, next(), unary(), n);
    }
    return left;
  }

  private Expression unary() {
    UnaryOperator operator =
        switch (peek().kind()) {
          case MINUS -> UnaryOperator.NEGATE;
          case PLUS -> UnaryOperator.PLUS;
          case BANG -> UnaryOperator.NOT;
          default -> null;
        };
    if (operator == null) {
      return power();
    }
    if (atLowestInt()) {
      Span start = next().span();
      Token digits = next();
      return new IntLiteral(start.to(digits.span()), integer("-", digits));
    }
    enter();
    Token sign = next();
    Expression operand = unary();
    leave();
    return new Unary(sign.span().to(operand.span()), operator, operand);
  }

  /** {@code -9223372036854775808}: without its sign it would not fit 64 bits. */
  private boolean atLowestInt() {
    return at(TokenKind.MINUS)
        && peek(1).is(TokenKind.INT)
        && peek(1).text().equals(LOWEST)
        && !isTighter(peek(2));
  }

  private static boolean isTighter(Token operator) {
    return switch (operator.kind()) {
      case POWER, CARET, OUTER, DOT -> true;
      case LEFT_BRACKET -> !operator.firstOnLine();
      default -> false;
    };
  }

  private Expression power() {
    Expression base = postfix();
    BinaryOperator operator =
        switch (peek().kind()) {
          case POWER, CARET -> BinaryOperator.POWER;
          case OUTER -> BinaryOperator.OUTER;
          default -> null;
        };
    if (operator == null) {
      return base;
    }
    Token sign = next();
    enter();
    Expression exponent = exponent();
    leave();
    return binary(operator, base, sign, exponent, 0);
  }

  private Expression exponent() {
    if (!at(TokenKind.MINUS)) {
      return power();
    }
    enter();
    Token sign = next();
    Expression operand = exponent();
    leave();
    return new Unary(sign.span().to(operand.span()), UnaryOperator.NEGATE, operand);
  }

  private Expression binary(
      BinaryOperator operator, Expression left, Token sign, Expression right, int chained) {
    checkChain(chained);
    Span span = left.span().to(right.span());
    return new Binary(span, operator, sign.span(), left, right);
  }

  final void checkChain(int length) {
    if (length > MAX_CHAIN) {
      throw error(
          DiagnosticCode.NESTING_TOO_DEEP,
          peek().span(),
          "more than " + MAX_CHAIN + " operators in one chain",
          "give parts names with 'let'");
    }
  }
}
