package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.TensorLogicException;

/** Reads a source into its items. Recursive descent, one method per rule of the grammar. */
public final class Parser extends StatementParser {

  private Parser(List<Token> tokens, List<Diagnostic> errors) {
    super(tokens, errors);
  }

  /**
   * The items of {@code source}.
   *
   * @throws TensorLogicException with every syntax error found, the first one first
   */
  public static SourceFile parse(Source source) {
    Lexer.Result lexed = Lexer.lex(source);
    List<Diagnostic> errors = new ArrayList<>(lexed.errors());
    List<Statement> items = new Parser(new ArrayList<>(lexed.tokens()), errors).items();
    if (!errors.isEmpty()) {
      errors.sort(Comparator.comparingInt(Parser::position));
      throw new TensorLogicException(errors, null);
    }
    return new SourceFile(source, items);
  }

  private static int position(Diagnostic error) {
    return error.span() == null ? 0 : error.span().start();
  }

  private List<Statement> items() {
    List<Statement> items = new ArrayList<>();
    while (!at(TokenKind.END)) {
      if (!accept(TokenKind.SEMICOLON)) {
        recovering(
            () -> {
              items.add(item());
              checkEnd();
            });
      }
    }
    return List.copyOf(items);
  }

  private Statement item() {
    Token token = peek();
    if (token.is(TokenKind.RIGHT_BRACE)) {
      next();
      throw error(DiagnosticCode.UNEXPECTED_TOKEN, token.span(), "'}' closes nothing");
    }
    return atTopLevelItem() ? topLevelItem() : statement();
  }

  @Override
  boolean atDeclaration() {
    return at(TokenKind.FN) || atFunctionWord() || atTopLevelItem();
  }

  private boolean atFunctionWord() {
    TokenKind third = peek(2).kind();
    return atWord("function")
        && peek(1).is(TokenKind.IDENTIFIER)
        && (third == TokenKind.LEFT_PAREN || third == TokenKind.LESS);
  }

  private boolean atTopLevelItem() {
    Token token = peek();
    boolean named = peek(1).is(TokenKind.IDENTIFIER);
    return switch (token.kind()) {
      case IMPORT, STRUCT, IMPL -> true;
      case IDENTIFIER ->
          switch (token.text()) {
            case "main" -> peek(1).is(TokenKind.LEFT_BRACE);
            case "test", "bench", "trait" -> named && peek(2).is(TokenKind.LEFT_BRACE);
            default -> false;
          };
      default -> false;
    };
  }

  @Override
  Statement declaration() {
    if (atTopLevelItem()) {
      throw error(
          DiagnosticCode.MISPLACED_STATEMENT,
          peek().span(),
          "'" + peek().text() + "' stands only at the top level of a file");
    }
    return function();
  }

  private Statement topLevelItem() {
    Token token = peek();
    return switch (token.kind()) {
      case IMPORT -> importItem();
      case STRUCT -> struct();
      case IMPL -> impl();
      default -> entryBlock();
    };
  }

  private Statement importItem() {
    Span start = next().span();
    Token path = expect(TokenKind.STRING);
    return new Declaration.Import(since(start), path.text(), path.span());
  }

  private Statement entryBlock() {
    Token word = next();
    if (word.isWord("trait")) {
      throw unsupportedTrait(word.span());
    }
    if (word.isWord("main")) {
      Block body = detachedBlock();
      return new Declaration.Main(since(word.span()), body);
    }
    Identifier name = expectName(word.text());
    Block body = detachedBlock();
    return new Declaration.Test(since(word.span()), name, word.isWord("bench"), body);
  }

  private Declaration.Function function() {
    Span start = next().span();
    Identifier name = expectName("function");
    List<Identifier> typeParameters = typeParameters();
    List<Declaration.Parameter> parameters = parameters();
    TypeReference result = accept(TokenKind.ARROW) ? type() : null;
    Block body = detachedBlock();
    return new Declaration.Function(since(start), name, typeParameters, parameters, result, body);
  }

  private List<Declaration.Parameter> parameters() {
    Token opening = expect(TokenKind.LEFT_PAREN);
    List<Declaration.Parameter> parameters = new ArrayList<>();
    while (!at(TokenKind.RIGHT_PAREN)) {
      Identifier name = expectName("parameter");
      if (parameters.stream().anyMatch(p -> p.name().name().equals(name.name()))) {
        throw error(
            DiagnosticCode.DEFINED_TWICE,
            name.span(),
            "parameter '" + name.name() + "' is declared twice");
      }
      TypeReference type = accept(TokenKind.COLON) ? trainableType() : null;
      parameters.add(new Declaration.Parameter(name, type));
      if (!accept(TokenKind.COMMA)) {
        break;
      }
    }
    expectClosing(TokenKind.RIGHT_PAREN, opening);
    return List.copyOf(parameters);
  }

  private Statement struct() {
    Span start = next().span();
    Identifier name = expectName("struct");
    List<Identifier> typeParameters = typeParameters();
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Declaration.Field> fields = new ArrayList<>();
    while (!at(TokenKind.RIGHT_BRACE)) {
      Identifier field = expectName("field");
      if (fields.stream().anyMatch(f -> f.name().name().equals(field.name()))) {
        throw error(
            DiagnosticCode.DEFINED_TWICE,
            field.span(),
            "field '" + field.name() + "' is declared twice");
      }
      expect(TokenKind.COLON);
      fields.add(new Declaration.Field(field, trainableType()));
      accept(TokenKind.COMMA);
    }
    expectClosing(TokenKind.RIGHT_BRACE, opening);
    return new Declaration.Struct(since(start), name, typeParameters, List.copyOf(fields));
  }

  private Statement impl() {
    Span start = next().span();
    typeParameters();
    TypeReference type = type();
    Identifier trait = null;
    if (accept(TokenKind.FOR)) {
      trait = type.name();
      if (!trait.name().equals("Drop")) {
        throw unsupportedTrait(trait.span());
      }
      type = type();
    }
    Token opening = expect(TokenKind.LEFT_BRACE);
    List<Declaration.Function> functions = new ArrayList<>();
    while (!at(TokenKind.RIGHT_BRACE) && !at(TokenKind.END)) {
      if (!at(TokenKind.FN) && !atFunctionWord()) {
        throw unexpected("'fn'");
      }
      functions.add(function());
    }
    close(opening, "impl");
    return new Declaration.Impl(since(start), trait, type, List.copyOf(functions));
  }

  private static SyntaxException unsupportedTrait(Span span) {
    return error(
        DiagnosticCode.UNSUPPORTED_TRAIT,
        span,
        "traits other than Drop are not supported",
        "put the functions into 'impl Type { … }'");
  }
}
