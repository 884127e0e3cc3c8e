package org.tensorlogic.lang.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorlogic.lang.Source;

class FormatterTest {
  static Stream<Path> programs() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/resources/programs"))) {
      return files.filter(f -> f.toString().endsWith(".tl")).sorted().toList().stream();
    }
  }

  private static String format(String text) {
    return Formatter.format(Source.of("test", text));
  }

  private static List<String> tokens(String text) {
    return Lexer.lex(Source.of("test", text)).tokens().stream()
        .map(t -> t.kind() + " " + t.text() + (t.firstOnLine() ? " first" : ""))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void changesNoTokenAndIsDoneAfterOnce(Path program) throws IOException {
    String text = Files.readString(program);
    String formatted = format(text);
    assertThat(tokens(formatted)).isEqualTo(tokens(text));
    assertThat(format(formatted)).isEqualTo(formatted);
  }

  @Test
  void indentsByBracketsAndSpacesOperators() {
    assertThat(
            format(
                """
                fn f(x:float16[N,3],w)->int{
                // a comment


                let y=[
                [1,2],[-3,+4]
                ]   // behind
                if x[:,1:]==y&&!done{return x**-2}
                  x.relu( )
                    +y
                }
                P[x/2] max=F[x]
                let b=Box<int> {value:1}
                """))
        .isEqualTo(
            """
            fn f(x: float16[N, 3], w) -> int {
                // a comment

                let y = [
                    [1, 2], [-3, +4]
                ] // behind
                if x[:, 1:] == y && !done { return x ** -2 }
                x.relu()
                    + y
            }
            P[x / 2] max= F[x]
            let b = Box<int> { value: 1 }
            """);
  }
}
