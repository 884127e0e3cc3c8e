package org.tensorlogic.lang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.tensorlogic.lang.TensorLogic;

class ReplTest {
  private final StringWriter text = new StringWriter();
  private final PrintWriter out = new PrintWriter(text);
  private final Repl repl = new Repl(TensorLogic.builder().output(out).build(), out);

  private String say(String entry) {
    text.getBuffer().setLength(0);
    repl.handle(entry);
    return text.toString().stripTrailing();
  }

  @Test
  void remembersVariablesAndFunctions() {
    assertThat(say("let x = 3")).isEmpty();
    assertThat(say("fn f(a) { a + x }")).isEmpty();
    assertThat(say("f(4)")).isEqualTo("7");
    assertThat(say("x = 10; f(4)")).isEqualTo("14");
  }

  @Test
  void survivesErrors() {
    assertThat(say("1 / 0")).startsWith("error[E0601]").contains("<1>:1:1");
    assertThat(say("let = 1")).startsWith("error[E0101]");
    assertThat(say("2")).isEqualTo("2");
  }

  @Test
  void showsTypesVariablesAndSignatures() {
    say("let v = [1, 2]");
    assertThat(say(":type v + 0.5")).isEqualTo("float array [2]");
    assertThat(say(":vars")).isEqualTo("v: int array [2]");
    assertThat(say(":help softmax")).isEqualTo("softmax(x [, dim])");
    assertThat(say(":help nothing_like_this")).isEqualTo("no built-in 'nothing_like_this'");
    assertThat(say(":help")).contains(":type", ":quit");
    assertThat(say(":nonsense")).contains(":help");
  }

  @Test
  void wantsAnotherLineWhileABracketIsOpen() {
    assertThat(Repl.isIncomplete("fn f(x) {")).isTrue();
    assertThat(Repl.isIncomplete("print(1,")).isTrue();
    assertThat(Repl.isIncomplete("let a =")).isTrue();
    assertThat(Repl.isIncomplete("/* open")).isTrue();
    assertThat(Repl.isIncomplete("fn f(x) { x }")).isFalse();
    assertThat(Repl.isIncomplete("let = 1")).isFalse();
    assertThat(Repl.isIncomplete(":type (")).isFalse();
  }

  @Test
  void completesCommandsNamesAndBuiltIns() {
    say("let softness = 1");
    assertThat(repl.complete("soft")).containsExactly("softmax", "softness");
    assertThat(repl.complete(":t")).containsExactly(":type");
    assertThat(repl.complete("whi")).containsExactly("while");
  }

  @Test
  void endsOnQuit() {
    assertThat(repl.handle(":quit")).isFalse();
    assertThat(repl.handle("")).isTrue();
  }
}
