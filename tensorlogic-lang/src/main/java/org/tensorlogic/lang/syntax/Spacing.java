package org.tensorlogic.lang.syntax;

/** Where the formatter puts a space between two tokens of a line. */
final class Spacing {
  private Spacing() {}

  /** Whether a line that begins so belongs to the expression of the line before. */
  static boolean continuesLine(TokenKind kind) {
    return switch (kind) {
      case PLUS, MINUS, STAR, SLASH, PERCENT, AT, POWER, CARET, HADAMARD, OUTER -> true;
      case EQUAL_EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, APPROXIMATE -> true;
      case AND_AND, OR_OR, AND, OR, AS, DOT, ARROW, LEFT_ARROW, ASSIGN -> true;
      default -> false;
    };
  }

  /**
   * Whether a space stands between {@code left} and {@code right}.
   *
   * @param before the token before {@code left}, END if there is none
   * @param inIndex whether both stand directly inside square brackets
   * @param spaced whether the source has a space there
   */
  static boolean between(
      TokenKind before, TokenKind left, TokenKind right, boolean inIndex, boolean spaced) {
    if (isTight(left, right)) {
      return false;
    }
    if (left == TokenKind.COMMA) {
      return true;
    }
    if (left == TokenKind.COLON || right == TokenKind.COLON) {
      return left == TokenKind.COLON && !inIndex;
    }
    if (isAngle(left) || isAngle(right)) {
      return spaced;
    }
    if (isPrefix(before, left)) {
      return false;
    }
    boolean afterTensor = before == TokenKind.RIGHT_BRACKET || before == TokenKind.IDENTIFIER;
    return switch (right) {
      case ASSIGN -> left != TokenKind.IDENTIFIER || !afterTensor || spaced; // as in P[x] max= F[x]
      case LEFT_PAREN -> spaceBeforeParenthesis(left, spaced);
      case LEFT_BRACKET -> !endsValue(left);
      case RIGHT_BRACE -> left != TokenKind.LEFT_BRACE;
      default -> true;
    };
  }

  private static boolean isTight(TokenKind left, TokenKind right) {
    return switch (left) {
      case LEFT_PAREN, LEFT_BRACKET, DOT, DOT_DOT, DOUBLE_COLON -> true;
      default ->
          switch (right) {
            case RIGHT_PAREN,
                RIGHT_BRACKET,
                COMMA,
                SEMICOLON,
                DOT,
                DOT_DOT,
                DOUBLE_COLON,
                QUESTION ->
                true;
            default -> false;
          };
    };
  }

  /** Comparisons and type arguments look alike: they keep the space they have. */
  private static boolean isAngle(TokenKind kind) {
    return kind == TokenKind.LESS || kind == TokenKind.GREATER;
  }

  /** A sign in front of an operand, or the star of a virtual index. */
  private static boolean isPrefix(TokenKind before, TokenKind sign) {
    return switch (sign) {
      case BANG -> true;
      case MINUS, PLUS, STAR -> !endsValue(before);
      default -> false;
    };
  }

  private static boolean endsValue(TokenKind kind) {
    return switch (kind) {
      case IDENTIFIER, INT, FLOAT, STRING, TRUE, FALSE, RIGHT_PAREN, RIGHT_BRACKET -> true;
      default -> false;
    };
  }

  /** A call has none; a factor after an index keeps its own. */
  private static boolean spaceBeforeParenthesis(TokenKind left, boolean spaced) {
    return switch (left) {
      case IDENTIFIER -> false;
      case RIGHT_PAREN, RIGHT_BRACKET, INT, FLOAT -> spaced;
      default -> true;
    };
  }
}
