package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.MalformedModelException;

/**
 * The types and values in a MIL program's text.
 *
 * <pre>
 * type    = dtype | "tensor" "&lt;" dtype "," "[" extents "]" "&gt;" | "list" "&lt;" type ["," length] "&gt;"
 *         | "tuple" "&lt;" type* "&gt;" | "dict" "&lt;" type "," type "&gt;" | "state" "&lt;" type "&gt;"
 * literal = number | "true" | "false" | string | "[" literal* "]" | "BLOBFILE" "(" path, offset ")"
 *         | value* (of a list or tuple) | "{" ("{" literal "," literal "}")* "}" (of a dictionary)
 * </pre>
 */
final class MilValueParser {
  private static final int DEPTH = 100;

  private final MilLexer lexer;
  private final WeightFiles weights;
  private final Map<String, MilType> tensorTypes = new HashMap<>(); // by their text
  private int depth;

  MilValueParser(MilLexer lexer, WeightFiles weights) {
    this.lexer = lexer;
    this.weights = weights;
  }

  boolean is(char mark) {
    return lexer.is(mark);
  }

  boolean accept(char mark) throws IOException {
    return accept(is(mark));
  }

  void expect(char mark) throws IOException {
    if (!accept(mark)) {
      throw expected(String.valueOf(mark));
    }
  }

  private boolean is(String text) {
    return lexer.kind() != MilLexer.Kind.STRING && lexer.text().equals(text);
  }

  void expect(String text) throws IOException {
    if (!accept(is(text))) {
      throw expected(text);
    }
  }

  private boolean accept(boolean found) throws IOException {
    if (found) {
      lexer.advance();
    }
    return found;
  }

  private MalformedModelException expected(String text) {
    return lexer.malformed("expected '" + text + "', found '" + lexer.text() + "'");
  }

  /** A comma, unless the end of the list follows. */
  void separator(char end) throws IOException {
    if (!is(end)) {
      expect(',');
    }
  }

  String name() throws IOException {
    if (lexer.kind() != MilLexer.Kind.NAME) {
      throw lexer.malformed("expected a name, found '" + lexer.text() + "'");
    }
    String name = lexer.text();
    lexer.advance();
    return name;
  }

  MilType type() throws IOException {
    return typeNamed(name());
  }

  /** The type whose first word has been read. */
  MilType typeNamed(String word) throws IOException {
    MilDataType dtype = MilDataType.ofName(word);
    if (dtype != null) {
      return new MilType.Tensor(dtype, List.of());
    }
    enter();
    expect('<');
    MilType type =
        switch (word) {
          case "tensor" -> tensorType();
          case "list" -> listType();
          case "tuple" -> new MilType.Tuple(types());
          case "dict" -> dictionaryType();
          case "state" -> new MilType.State(type());
          default -> throw lexer.malformed("there is no type " + word);
        };
    expect('>');
    depth--;
    return type;
  }

  private void enter() throws MalformedModelException {
    if (++depth > DEPTH) {
      throw lexer.malformed("types or values are nested more than " + DEPTH + " deep");
    }
  }

  /** Half of a program's text are types of tensors, few different ones: each is read once. */
  private MilType tensorType() throws IOException {
    String text = lexer.textUpTo('>');
    MilType type = tensorTypes.get(text);
    if (type != null) {
      lexer.skip(text);
      return type;
    }
    type = newTensorType();
    if (!text.isEmpty()) {
      tensorTypes.put(text, type);
    }
    return type;
  }

  private MilType newTensorType() throws IOException {
    MilDataType dtype = MilDataType.ofName(lexer.text());
    if (dtype == null) {
      throw lexer.malformed("there is no element type " + lexer.text());
    }
    lexer.advance();
    expect(',');
    expect('[');
    List<Long> shape = new ArrayList<>();
    while (!accept(']')) {
      shape.add(accept('?') ? -1 : extent());
      if (shape.size() > MilTypeReader.MAX_RANK) {
        throw lexer.malformed("a tensor has at most " + MilTypeReader.MAX_RANK + " axes");
      }
      separator(']');
    }
    return new MilType.Tensor(dtype, shape);
  }

  private long extent() throws IOException {
    long extent = integer();
    if (extent < 0) {
      throw lexer.malformed("an extent is negative: " + extent);
    }
    return extent;
  }

  private MilType listType() throws IOException {
    MilType element = type();
    if (accept(',')) {
      lexer.advance(); // its length, or ?
    }
    return new MilType.Sequence(element);
  }

  private List<MilType> types() throws IOException {
    List<MilType> types = new ArrayList<>();
    while (!is('>')) {
      types.add(type());
      separator('>');
    }
    return types;
  }

  private MilType dictionaryType() throws IOException {
    MilType key = type();
    expect(',');
    return new MilType.Dictionary(key, type());
  }

  /** A value whose type has been read. */
  MilValue value(MilType type) throws IOException {
    enter();
    expect('(');
    MilValue value;
    if (type instanceof MilType.Tensor tensor) {
      value = tensor(tensor);
    } else if (type instanceof MilType.Dictionary dictionary) {
      value = dictionary(dictionary);
    } else {
      value = sequence();
    }
    expect(')');
    depth--;
    return value;
  }

  private MilValue sequence() throws IOException {
    List<MilValue> elements = new ArrayList<>();
    boolean bracketed = accept('[');
    char end = bracketed ? ']' : ')';
    while (!is(end)) {
      elements.add(value(type()));
      separator(end);
    }
    if (bracketed) {
      expect(']');
    }
    return new MilValue.Sequence(elements);
  }

  private MilValue dictionary(MilType.Dictionary type) throws IOException {
    Map<MilValue, MilValue> entries = new LinkedHashMap<>();
    expect('{');
    while (!accept('}')) {
      expect('{');
      MilValue key = element(type.key());
      expect(',');
      entries.put(key, element(type.value()));
      expect('}');
      separator('}');
    }
    return new MilValue.Dictionary(entries);
  }

  /** A key or value of a dictionary: a bare literal, or a value with its type. */
  private MilValue element(MilType type) throws IOException {
    boolean typed =
        lexer.kind() == MilLexer.Kind.NAME
            && !is("true")
            && !is("false")
            && !is("inf")
            && !is("nan");
    if (typed) {
      return value(type());
    }
    if (!(type instanceof MilType.Tensor tensor)) {
      throw lexer.malformed("expected a value of type " + type);
    }
    return tensor(tensor);
  }

  private MilValue tensor(MilType.Tensor type) throws IOException {
    long size = type.size();
    if (size < 0) {
      throw lexer.malformed("a value that is written down must be of known size, is " + type);
    }
    if (accept(is("BLOBFILE"))) {
      return blob(type);
    }
    if (type.dtype() == MilDataType.STRING) {
      Strings strings = new Strings();
      literals(strings);
      requireCount(type, size, strings.read.size());
      return new MilValue.Strings(type, strings.read);
    }
    StoredNumbers numbers = type.dtype().isFloat() ? floats() : integers(type.dtype());
    requireCount(type, size, numbers.size());
    return new MilValue.Numeric(type, numbers, false);
  }

  private StoredNumbers floats() throws IOException {
    Floats floats = new Floats();
    literals(floats);
    return new StoredNumbers.Floats(floats.read.build());
  }

  private StoredNumbers integers(MilDataType dtype) throws IOException {
    Integers integers = new Integers(dtype);
    literals(integers);
    return new StoredNumbers.Integers(integers.read.build());
  }

  private void requireCount(MilType.Tensor type, long size, long count)
      throws MalformedModelException {
    if (count != size) {
      throw lexer.malformed("a value of type " + type + " holds " + count + " elements");
    }
  }

  private MilValue blob(MilType.Tensor type) throws IOException {
    String path = "";
    long offset = 0;
    expect('(');
    while (!accept(')')) {
      String key = name();
      expect('=');
      Object plain = value(type()).plain();
      if (key.equals("path") && plain instanceof String text) {
        path = text;
      } else if (key.equals("offset") && plain instanceof Long number) {
        offset = number;
      } else {
        throw lexer.malformed("a blob has a path and an offset, not " + key);
      }
      separator(')');
    }
    return new MilValue.Numeric(type, weights.read(path, offset, type), true);
  }

  /** Reads literals of one kind, one after the other. */
  private interface Literals {
    void next() throws IOException;
  }

  private final class Strings implements Literals {
    final List<String> read = new ArrayList<>(1);

    @Override
    public void next() throws IOException {
      read.add(string());
    }
  }

  private final class Floats implements Literals {
    final ImmutableDoubleArray.Builder read = ImmutableDoubleArray.builder(1);

    @Override
    public void next() throws IOException {
      read.add(number());
    }
  }

  private final class Integers implements Literals {
    final ImmutableLongArray.Builder read = ImmutableLongArray.builder(1);
    private final MilDataType dtype;

    Integers(MilDataType dtype) {
      this.dtype = dtype;
    }

    @Override
    public void next() throws IOException {
      long number = dtype == MilDataType.BOOL ? truth() : integer();
      if (!dtype.holds(number)) {
        throw lexer.malformed("a value of type " + dtype + " holds " + number);
      }
      read.add(number);
    }
  }

  /** One literal, or as many as there are between brackets, which may nest. */
  private void literals(Literals literals) throws IOException {
    if (!accept('[')) {
      literals.next();
      return;
    }
    enter();
    while (!accept(']')) {
      literals(literals);
      separator(']');
    }
    depth--;
  }

  private String string() throws IOException {
    if (lexer.kind() != MilLexer.Kind.STRING) {
      throw lexer.malformed("expected a string, found '" + lexer.text() + "'");
    }
    String text = lexer.text();
    lexer.advance();
    return text;
  }

  private long truth() throws IOException {
    String word = name();
    if (!word.equals("true") && !word.equals("false")) {
      throw lexer.malformed("expected true or false, found '" + word + "'");
    }
    return word.equals("true") ? 1 : 0;
  }

  private long integer() throws IOException {
    String text = numeral();
    try {
      long number = text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      lexer.advance();
      return number;
    } catch (NumberFormatException e) {
      throw lexer.malformed("expected an integer, found '" + text + "'");
    }
  }

  private double number() throws IOException {
    String text = numeral();
    try {
      double number =
          switch (text) {
            case "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan", "-nan", "+nan" -> Double.NaN;
            default -> Double.parseDouble(text);
          };
      lexer.advance();
      return number;
    } catch (NumberFormatException e) {
      throw lexer.malformed("expected a number, found '" + text + "'");
    }
  }

  private String numeral() throws MalformedModelException {
    if (lexer.kind() == MilLexer.Kind.NUMBER || is("inf") || is("nan")) {
      return lexer.text();
    }
    throw lexer.malformed("expected a number, found '" + lexer.text() + "'");
  }
}
