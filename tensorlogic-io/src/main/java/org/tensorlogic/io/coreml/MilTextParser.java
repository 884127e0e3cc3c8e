package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.io.MappedFile;

/**
 * Reads a MIL program from the text that compiled models hold.
 *
 * <pre>
 * program    = "program" "(" version ")" [skipped] "{" function* "}"
 * function   = "func" name "&lt;" opset "&gt;" "(" [variable ("," variable)*] ")" [skipped] block ";"
 * block      = "{" statement* "}" "-&gt;" "(" [name ("," name)*] ")"
 * statement  = outputs "=" type "(" [name "=" argument ("," ...)*] ")" [attributes] nested* ";"
 * outputs    = variable ("," variable)* | "(" variable ("," variable)* ")"
 * nested     = [name] ["(" variable* ")"] block [","]
 * attributes = "[" name "=" value ("," name "=" value)* "]"
 * argument   = name | value | "(" argument ("," argument)* ")"
 * value      = type "(" literal ")"
 * </pre>
 */
final class MilTextParser {
  private final MilLexer lexer;
  private final MilValueParser values;

  private MilTextParser(MappedFile file, WeightFiles weights) throws IOException {
    this.lexer = new MilLexer(file);
    this.values = new MilValueParser(lexer, weights);
  }

  static MilProgram parse(MappedFile file, WeightFiles weights) throws IOException {
    return new MilTextParser(file, weights).program();
  }

  private MilProgram program() throws IOException {
    values.expect("program");
    values.expect('(');
    lexer.advance();
    values.expect(')');
    skipAttributes();
    values.expect('{');
    List<MilProgram.Function> functions = new ArrayList<>();
    while (!values.accept('}')) {
      functions.add(function());
    }
    if (lexer.kind() != MilLexer.Kind.END) {
      throw lexer.malformed("something follows the program: " + lexer.text());
    }
    return new MilProgram(functions);
  }

  /**
   * Attributes of a program or function: build information, flexible shapes in a syntax of its own.
   */
  private void skipAttributes() throws IOException {
    if (!values.is('[')) {
      return;
    }
    long open = 0;
    do {
      boolean mark = lexer.kind() == MilLexer.Kind.MARK;
      open +=
          mark && "[({".contains(lexer.text()) ? 1 : mark && "])}".contains(lexer.text()) ? -1 : 0;
      if (lexer.kind() == MilLexer.Kind.END) {
        throw lexer.malformed("attributes do not end");
      }
      lexer.advance();
    } while (open > 0);
  }

  private MilProgram.Function function() throws IOException {
    values.expect("func");
    String name = values.name();
    values.expect('<');
    String opset = values.name();
    values.expect('>');
    List<MilProgram.Variable> inputs = parameters();
    skipAttributes();
    MilProgram.Block block = block(inputs, 0);
    values.expect(';');
    return new MilProgram.Function(name, opset, block);
  }

  private List<MilProgram.Variable> parameters() throws IOException {
    List<MilProgram.Variable> parameters = new ArrayList<>();
    values.expect('(');
    while (!values.accept(')')) {
      parameters.add(variable());
      values.separator(')');
    }
    return parameters;
  }

  private MilProgram.Variable variable() throws IOException {
    MilType type = values.type();
    return new MilProgram.Variable(values.name(), type);
  }

  private MilProgram.Block block(List<MilProgram.Variable> inputs, int depth) throws IOException {
    if (depth > ProtoReader.DEPTH) {
      throw lexer.malformed("blocks are nested more than " + ProtoReader.DEPTH + " deep");
    }
    List<MilProgram.Operation> operations = new ArrayList<>();
    values.expect('{');
    while (!values.accept('}')) {
      operations.add(statement(depth));
    }
    List<String> outputs = new ArrayList<>();
    values.expect("->");
    values.expect('(');
    while (!values.accept(')')) {
      outputs.add(values.name());
      values.separator(')');
    }
    return new MilProgram.Block(inputs, operations, outputs);
  }

  private MilProgram.Operation statement(int depth) throws IOException {
    List<MilProgram.Variable> outputs = outputs();
    String type = values.name();
    List<Named<List<MilProgram.Argument>>> inputs = new ArrayList<>(0);
    values.expect('(');
    while (!values.accept(')')) {
      String key = values.name();
      values.expect('=');
      List<MilProgram.Argument> arguments = new ArrayList<>(1);
      if (values.accept('(')) {
        while (!values.accept(')')) {
          arguments.add(argument());
          values.separator(')');
        }
      } else {
        arguments.add(argument());
      }
      inputs.add(new Named<>(key, List.copyOf(arguments)));
      values.separator(')');
    }
    List<Named<MilValue>> attributes = attributes();
    List<MilProgram.Block> blocks = new ArrayList<>(0);
    while (!values.accept(';')) {
      blocks.add(nested(depth + 1));
      values.accept(',');
    }
    return new MilProgram.Operation(type, inputs, attributes, outputs, blocks);
  }

  private List<MilProgram.Variable> outputs() throws IOException {
    List<MilProgram.Variable> outputs = new ArrayList<>(1);
    boolean enclosed = values.accept('(');
    do {
      outputs.add(variable());
    } while (values.accept(','));
    if (enclosed) {
      values.expect(')');
    }
    values.expect('=');
    return outputs;
  }

  private MilProgram.Block nested(int depth) throws IOException {
    if (lexer.kind() == MilLexer.Kind.NAME) {
      lexer.advance();
    }
    return block(values.is('(') ? parameters() : List.of(), depth);
  }

  private MilProgram.Argument argument() throws IOException {
    String name = values.name();
    return values.is('(') || values.is('<')
        ? new MilProgram.Argument.Literal(values.value(values.typeNamed(name)))
        : new MilProgram.Argument.Name(name);
  }

  private List<Named<MilValue>> attributes() throws IOException {
    List<Named<MilValue>> attributes = new ArrayList<>(2);
    if (values.accept('[')) {
      while (!values.accept(']')) {
        String key = values.name();
        values.expect('=');
        attributes.add(new Named<>(key, values.value(values.type())));
        values.separator(']');
      }
    }
    return attributes;
  }
}
