package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that mean harm end at a limit, with an error that says which. */
class HostileProgramsTest {
  private static final String TABLE =
      """
      for i in 0..100 { N(i) }
      Q(a, b, c, d, e, f) <- N(a), N(b), N(c), N(d), N(e), N(f)
      Q(1, 2, 3, 4, 5, X)?""";

  private static final String VIEW = "broadcast_to(ones([1]), [1099511627776])";

  static Stream<Arguments> programs() {
    return Stream.of(
        Arguments.of("(".repeat(100_000), DiagnosticCode.NESTING_TOO_DEEP),
        Arguments.of("[".repeat(100_000) + "]".repeat(100_000), DiagnosticCode.NESTING_TOO_DEEP),
        Arguments.of("-".repeat(100_000) + "1", DiagnosticCode.NESTING_TOO_DEEP),
        Arguments.of(
            "if true { ".repeat(20_000) + "}".repeat(20_000), DiagnosticCode.NESTING_TOO_DEEP),
        Arguments.of("1" + "+1".repeat(200_000), DiagnosticCode.NESTING_TOO_DEEP),
        Arguments.of("9".repeat(100_000), DiagnosticCode.INVALID_NUMBER),
        Arguments.of("/*" + "x".repeat(1_000_000), DiagnosticCode.UNTERMINATED_COMMENT),
        Arguments.of("zeros([1099511627776])", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("zeros([4294967296, 4294967296, 4294967296])", DiagnosticCode.SHAPE_MISMATCH),
        Arguments.of("tensor x: float32[1048576, 1048576]", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("sum(" + VIEW + ")", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("for v in " + VIEW + " { }", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("KVCache::new_f32(1000000000)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("chunk(f32::ones([5000000]), 5000000, 0)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("split(f32::ones([5000000]), 1, 0)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("concat(f32::ones([5000000, 1]))", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("precompute_rope_cos(1000, 2000000)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("rope(ones([1, 1, 64]), 30000000)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("positional_encoding(1000000, 1000)", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("det(broadcast_to(ones([1]), [10000, 10000]))", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of(
            "tensor H: float32[1]\nH[*t+1, j] = 0.5 * H[*t, j]", DiagnosticCode.INVALID_EQUATION),
        Arguments.of(
            "embedding E { entities: {a, b}, dimension: 1099511627776, init: zeros }",
            DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("\"a\" * 1073741824", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of("\"ab\" * 4611686018427387905", DiagnosticCode.MEMORY_LIMIT),
        Arguments.of(
            "let a = [\"x\"]\nfor i in 0..60 { a = [a, a] }\nprint(a)",
            DiagnosticCode.MEMORY_LIMIT),
        Arguments.of(
            "let a = [\"x\"]\nlet b = [\"x\"]\nfor i in 0..60 { a = [a, a]\nb = [b, b] }\na == b",
            DiagnosticCode.STEP_LIMIT),
        Arguments.of("let l = [\"a\"]\nl.push(l)\nprint(l)", DiagnosticCode.CALL_DEPTH),
        Arguments.of("loop { }", DiagnosticCode.LOOP_LIMIT),
        Arguments.of("fn f(n) { g(n) }\nfn g(n) { f(n) }\nf(0)", DiagnosticCode.CALL_DEPTH),
        Arguments.of("loop { print(\"x\" * 1000) }", DiagnosticCode.OUTPUT_LIMIT),
        Arguments.of("import \"../../../etc/passwd\"", DiagnosticCode.ACCESS_DENIED),
        Arguments.of("load_model(\"/etc/passwd\")", DiagnosticCode.ACCESS_DENIED),
        Arguments.of("save([1.0], \"evil.safetensors\")", DiagnosticCode.ACCESS_DENIED),
        Arguments.of(
            "let a = f32::ones([500, 500])\nloop { let b = a @ a }", DiagnosticCode.TIME_LIMIT),
        Arguments.of(TABLE, DiagnosticCode.TIME_LIMIT));
  }

  @ParameterizedTest
  @MethodSource("programs")
  @Timeout(600)
  void endsAtALimit(String program, DiagnosticCode code) {
    int seconds = code == DiagnosticCode.TIME_LIMIT ? 2 : 300; // no machine is so slow
    Limits limits = Limits.strict().time(Duration.ofSeconds(seconds));
    TensorLogic session = TensorLogic.builder().output(new StringBuilder()).limits(limits).build();
    assertThatThrownBy(() -> session.eval(program))
        .isInstanceOfSatisfying(
            TensorLogicException.class, e -> assertThat(e.code()).isEqualTo(code));
    assertThat(session.eval("1").asLong()).isOne();
  }
}
