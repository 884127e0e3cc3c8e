package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tensorlogic.lang.syntax.TokenKind;

/** The TextMate grammar of {@code editors}. */
class EditorGrammarTest {
  private static final Path GRAMMAR = Path.of("../editors/tensorlogic.tmLanguage.json");

  /** The values of every {@code key} in the file, in order. */
  private static List<String> values(String key) throws IOException {
    List<String> values = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(GRAMMAR.toFile())) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING && key.equals(parser.currentName())) {
          values.add(parser.getText());
        }
      }
    }
    return values;
  }

  /** The words of the pattern whose scope is {@code name}. */
  private static Stream<String> words(String name) throws IOException {
    String pattern = "";
    try (JsonParser parser = new JsonFactory().createParser(GRAMMAR.toFile())) {
      String scope = "";
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING && "name".equals(parser.currentName())) {
          scope = parser.getText();
        } else if (scope.equals(name) && "match".equals(parser.currentName())) {
          pattern = parser.getText();
        }
      }
    }
    assertThat(pattern).startsWith("\\b(").endsWith(")\\b");
    return Arrays.stream(pattern.substring(3, pattern.length() - 3).split("\\|"));
  }

  @Test
  void reservedWordsAreTheLexers() throws IOException {
    Stream<String> ours =
        Stream.concat(words("keyword.control.tensorlogic"), words("constant.language.tensorlogic"));
    List<String> reserved =
        Arrays.stream(TokenKind.values())
            .filter(TokenKind::isReservedWord)
            .map(TokenKind::text)
            .toList();
    assertThat(ours).containsExactlyInAnyOrderElementsOf(reserved);
  }

  @Test
  void everyPatternIsARegularExpression() throws IOException {
    for (String key : List.of("match", "begin", "end")) {
      assertThat(values(key)).isNotEmpty().allSatisfy(Pattern::compile);
    }
  }
}
