package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.TypeReference.Dimension;
import org.tensorlogic.lang.syntax.TypeReference.Training;

/** Types: {@code ident <types> [dims] learnable}. */
abstract class TypeParser extends TokenCursor {
  private static final Set<String> COMPLEX =
      Set.of("complex", "complex16", "complex32", "complex64", "complex128");

  TypeParser(List<Token> tokens) {
    super(tokens);
  }

  final TypeReference type() {
    enter();
    Span start = peek().span();
    if (at(TokenKind.LEFT_PAREN)) {
      throw tuple(start);
    }
    Identifier name = expectName("type");
    checkSupported(name);
    List<TypeReference> arguments = at(TokenKind.LESS) ? typeArguments() : List.of();
    List<Dimension> dimensions = null;
    if (at(TokenKind.LEFT_BRACKET) && !peek().firstOnLine()) {
      dimensions = dimensions();
    }
    TypeReference type =
        new TypeReference(since(start), name, arguments, dimensions, Training.UNSPECIFIED);
    leave();
    return type;
  }

  /** A type that may be followed by {@code learnable} or {@code frozen}. */
  final TypeReference trainableType() {
    TypeReference type = type();
    Training training =
        acceptWord("learnable")
            ? Training.LEARNABLE
            : acceptWord("frozen") ? Training.FROZEN : Training.UNSPECIFIED;
    return new TypeReference(
        since(type.span()), type.name(), type.arguments(), type.dimensions(), training);
  }

  final List<TypeReference> typeArguments() {
    expect(TokenKind.LESS);
    List<TypeReference> arguments = new ArrayList<>();
    do {
      arguments.add(type());
    } while (accept(TokenKind.COMMA));
    expect(TokenKind.GREATER);
    return List.copyOf(arguments);
  }

  /** {@code <T, U>} after the name of a function or struct; empty if there is none. */
  final List<Identifier> typeParameters() {
    List<Identifier> names = new ArrayList<>();
    if (accept(TokenKind.LESS)) {
      do {
        names.add(expectName("type parameter"));
      } while (accept(TokenKind.COMMA));
      expect(TokenKind.GREATER);
    }
    return List.copyOf(names);
  }

  private List<Dimension> dimensions() {
    Token opening = next();
    List<Dimension> dimensions = new ArrayList<>();
    do {
      dimensions.add(dimension());
    } while (accept(TokenKind.COMMA));
    expectClosing(TokenKind.RIGHT_BRACKET, opening);
    return List.copyOf(dimensions);
  }

  private Dimension dimension() {
    Token token = peek();
    if (accept(TokenKind.QUESTION)) {
      return new Dimension.Any(token.span());
    }
    if (accept(TokenKind.INT)) {
      return new Dimension.Fixed(token.span(), integer(token));
    }
    if (token.is(TokenKind.IDENTIFIER)) {
      next();
      return new Dimension.Named(token.span(), token.text());
    }
    throw unexpected("a size, a dimension name or '?'");
  }

  static long integer(Token token) {
    return integer("", token);
  }

  /** The value of an int with its sign, which the lowest one needs to fit 64 bits. */
  static long integer(String sign, Token token) {
    try {
      return Long.parseLong(sign + token.text());
    } catch (NumberFormatException e) {
      throw error(
          DiagnosticCode.INVALID_NUMBER,
          token.span(),
          "integer '" + token.text() + "' does not fit 64 bits",
          "write it as a float, for example " + token.text() + ".0");
    }
  }

  static SyntaxException tuple(Span span) {
    return error(
        DiagnosticCode.UNSUPPORTED_TUPLE,
        span,
        "tuples and multiple values are not supported",
        "use a struct or a list");
  }

  private static void checkSupported(Identifier name) {
    if (COMPLEX.contains(name.name())) {
      throw error(
          DiagnosticCode.UNSUPPORTED_COMPLEX,
          name.span(),
          "complex values are not supported",
          "keep real and imaginary parts in two tensors");
    }
  }

  /** The type list, or null if what follows is not one: then {@code <} is a comparison. */
  final @Nullable List<TypeReference> tryTypeArguments(boolean tensor) {
    int mark = mark();
    int depth = nesting();
    try {
      List<TypeReference> arguments = typeArguments();
      boolean confirmed =
          at(TokenKind.DOUBLE_COLON)
              || (tensor ? at(TokenKind.LEFT_PAREN) : at(TokenKind.LEFT_BRACE));
      if (confirmed) {
        return arguments;
      }
    } catch (SyntaxException e) {
      if (tensor && e.diagnostic().code() == DiagnosticCode.UNSUPPORTED_COMPLEX) {
        throw e;
      }
      resetNesting(depth);
    }
    reset(mark);
    return null;
  }
}
