package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Expression.Name;

/** Names, literals, calls, properties and indexing. */
abstract class PrimaryParser extends ExpressionParser {

  PrimaryParser(List<Token> tokens) {
    super(tokens);
  }

  abstract Expression ifExpression();

  abstract Expression matchExpression();

  @Override
  final Expression postfix() {
    Expression e = primary();
    for (int n = 0; ; n++) {
      checkChain(n);
      boolean continues = !peek().firstOnLine() || groupDepth > 0;
      if (at(TokenKind.LEFT_PAREN) && continues) {
        if (joinsAllowed() && !(e instanceof Name)) {
          return e;
        }
        e = call(e);
      } else if (at(TokenKind.LEFT_BRACKET) && continues) {
        List<IndexItem> items = indexItems();
        e = new Expression.Index(since(e.span()), e, items);
      } else if (at(TokenKind.DOT) && !endsIndexItem()) {
        e = member(e);
      } else {
        return e;
      }
    }
  }

  /** The mark of a normalized index: {@code [p, q.]}. */
  private boolean endsIndexItem() {
    return peek(1).is(TokenKind.COMMA) || peek(1).is(TokenKind.RIGHT_BRACKET);
  }

  private Expression call(Expression callee) {
    if (callee instanceof Name name) {
      List<Argument> arguments = arguments();
      Identifier function = new Identifier(name.span(), name.name());
      return new Expression.Call(since(name.span()), function, arguments);
    }
    throw error(
        DiagnosticCode.UNEXPECTED_TOKEN,
        peek().span(),
        "this value cannot be called",
        "only named functions and methods are called; '*' multiplies");
  }

  private Expression member(Expression target) {
    next();
    Token token = peek();
    boolean named = token.is(TokenKind.IDENTIFIER) || token.kind().isReservedWord();
    if (!named && !token.is(TokenKind.INT)) {
      throw unexpected("a property name or number after '.'");
    }
    next();
    Identifier name = new Identifier(token.span(), token.text());
    if (named && at(TokenKind.LEFT_PAREN) && !peek().firstOnLine()) {
      List<Argument> arguments = arguments();
      return new Expression.MethodCall(since(target.span()), target, name, arguments);
    }
    return new Expression.Property(since(target.span()), target, name);
  }

  final List<Argument> arguments() {
    Token opening = expect(TokenKind.LEFT_PAREN);
    return grouped(
        true,
        () -> {
          List<Argument> arguments = new ArrayList<>();
          while (!at(TokenKind.RIGHT_PAREN)) {
            arguments.add(argument());
            if (!accept(TokenKind.COMMA)) {
              break;
            }
          }
          expectClosing(TokenKind.RIGHT_PAREN, opening);
          return List.copyOf(arguments);
        });
  }

  private Argument argument() {
    boolean named =
        at(TokenKind.IDENTIFIER) && (peek(1).is(TokenKind.COLON) || peek(1).is(TokenKind.ASSIGN));
    if (!named) {
      return new Argument(null, expression());
    }
    Identifier name = expectName("argument");
    next();
    return new Argument(name, expression());
  }

  private List<IndexItem> indexItems() {
    Token opening = next();
    return grouped(
        false,
        () -> {
          List<IndexItem> items = new ArrayList<>();
          do {
            items.add(indexItem());
          } while (accept(TokenKind.COMMA));
          expectClosing(TokenKind.RIGHT_BRACKET, opening);
          return List.copyOf(items);
        });
  }

  private IndexItem indexItem() {
    Span start = peek().span();
    if (at(TokenKind.DOT_DOT)) {
      throw error(
          DiagnosticCode.UNEXPECTED_TOKEN,
          start,
          "'...' is not part of the language",
          "write every index, or ':' for a whole dimension");
    }
    if (accept(TokenKind.STAR)) {
      Expression value = expression();
      return new IndexItem.Virtual(since(start), value);
    }
    if (at(TokenKind.COLON) || at(TokenKind.DOUBLE_COLON)) {
      return slice(start, null);
    }
    Expression value = expression();
    if (at(TokenKind.COLON) || at(TokenKind.DOUBLE_COLON)) {
      return slice(start, value);
    }
    boolean normalized = accept(TokenKind.DOT);
    return new IndexItem.At(since(start), value, normalized);
  }

  private IndexItem slice(Span start, @Nullable Expression from) {
    boolean stepped = at(TokenKind.DOUBLE_COLON);
    next();
    boolean open = at(TokenKind.COMMA) || at(TokenKind.RIGHT_BRACKET) || at(TokenKind.COLON);
    Expression to = open || stepped ? null : expression();
    if (stepped || at(TokenKind.COLON)) {
      throw error(
          DiagnosticCode.UNSUPPORTED_INDEXING,
          since(start),
          "slices with a step are not supported",
          "gather with an integer array: x[range(0, n, step)]");
    }
    return new IndexItem.Slice(since(start), from, to);
  }

  private Expression primary() {
    Token token = peek();
    return switch (token.kind()) {
      case INT -> {
        next();
        yield new Expression.IntLiteral(token.span(), integer(token));
      }
      case FLOAT -> {
        next();
        yield new Expression.FloatLiteral(token.span(), Double.parseDouble(token.text()));
      }
      case STRING -> {
        next();
        yield new Expression.StringLiteral(token.span(), token.text());
      }
      case TRUE, FALSE -> {
        next();
        yield new Expression.BooleanLiteral(token.span(), token.is(TokenKind.TRUE));
      }
      case LEFT_PAREN -> parenthesized();
      case LEFT_BRACKET -> array();
      case IF -> ifExpression();
      case MATCH -> matchExpression();
      case IDENTIFIER -> named();
      default -> throw notAnExpression(token);
    };
  }

  private SyntaxException notAnExpression(Token token) {
    if (token.kind().isReservedWord()) {
      return error(
          DiagnosticCode.UNEXPECTED_TOKEN,
          token.span(),
          "expected an expression (found the reserved word '" + token.text() + "')");
    }
    if (token.is(TokenKind.ASSIGN) && isOperatorBefore()) {
      String operator = peek(-1).text();
      return new SyntaxException(
          unexpected("an expression")
              .diagnostic()
              .withHelp("of such assignments only '+=' exists: write x = x " + operator + " …"));
    }
    return unexpected("an expression");
  }

  private Expression parenthesized() {
    Token opening = next();
    return grouped(
        true,
        () -> {
          Expression inner = expression();
          if (at(TokenKind.COMMA)) {
            throw tuple(opening.span().to(peek().span()));
          }
          expectClosing(TokenKind.RIGHT_PAREN, opening);
          return inner;
        });
  }

  private Expression array() {
    Token opening = next();
    return grouped(
        false,
        () -> {
          List<Expression> elements = new ArrayList<>();
          if (at(TokenKind.DOT_DOT)) {
            throw error(
                DiagnosticCode.UNEXPECTED_TOKEN,
                peek().span(),
                "'...' is not part of the language",
                "write the elements, or [value; count]");
          }
          while (!at(TokenKind.RIGHT_BRACKET)) {
            elements.add(expression());
            if (elements.size() == 1 && accept(TokenKind.SEMICOLON)) {
              Expression count = expression();
              expectClosing(TokenKind.RIGHT_BRACKET, opening);
              return new Expression.RepeatLiteral(since(opening.span()), elements.get(0), count);
            }
            if (!accept(TokenKind.COMMA)) {
              break;
            }
          }
          expectClosing(TokenKind.RIGHT_BRACKET, opening);
          return new Expression.ArrayLiteral(since(opening.span()), List.copyOf(elements));
        });
  }

  private Expression named() {
    Token token = next();
    Identifier name = new Identifier(token.span(), token.text());
    boolean tensor = name.name().equals("tensor");
    List<TypeReference> arguments = at(TokenKind.LESS) ? tryTypeArguments(tensor) : List.of();
    if (arguments == null) {
      return new Name(token.span(), token.text());
    }
    TypeReference type =
        new TypeReference(
            since(token.span()), name, arguments, null, TypeReference.Training.UNSPECIFIED);
    if (tensor && !arguments.isEmpty() && at(TokenKind.LEFT_PAREN)) {
      List<Argument> values = arguments();
      return new Expression.TypedTensor(since(token.span()), arguments.get(0), values);
    }
    if (accept(TokenKind.DOUBLE_COLON)) {
      Identifier function = expectName("function");
      List<Argument> values = arguments();
      return new Expression.AssociatedCall(since(token.span()), type, function, values);
    }
    if (!arguments.isEmpty() || startsStruct(token)) {
      return structLiteral(type);
    }
    return new Name(token.span(), token.text());
  }

  private boolean startsStruct(Token name) {
    if (!structsAllowed() || !at(TokenKind.LEFT_BRACE)) {
      return false;
    }
    boolean field = peek(1).is(TokenKind.IDENTIFIER) && peek(2).is(TokenKind.COLON);
    boolean empty =
        peek(1).is(TokenKind.RIGHT_BRACE) && Character.isUpperCase(name.text().codePointAt(0));
    return field || empty;
  }

  private Expression structLiteral(TypeReference type) {
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Argument> fields =
        grouped(
            false,
            () -> {
              List<Argument> read = new ArrayList<>();
              while (!at(TokenKind.RIGHT_BRACE)) {
                Identifier field = expectName("field");
                expect(TokenKind.COLON);
                read.add(new Argument(field, expression()));
                if (!accept(TokenKind.COMMA)) {
                  break;
                }
              }
              expectClosing(TokenKind.RIGHT_BRACE, opening);
              return List.copyOf(read);
            });
    return new Expression.StructLiteral(since(type.span()), type, fields);
  }
}
