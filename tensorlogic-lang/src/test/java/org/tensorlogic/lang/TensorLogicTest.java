package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Models;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;

class TensorLogicTest {
  private final StringBuilder out = new StringBuilder();
  private final TensorLogic session = TensorLogic.builder().output(out).build();

  private static void fails(DiagnosticCode code, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            TensorLogicException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void computesWithTensorsOfTheHost() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    Tensor y = session.set("x", x).set("k", 2).eval("relu(x * k - 5)").asTensor();
    assertThat(y.toFloatArray()).containsExactly(0, 0, 1, 3);
    assertThat(y.dtype()).isEqualTo(DType.F16);
    assertThat(x.isClosed()).isFalse();
  }

  @Test
  void convertsBothWays() {
    assertThat(session.set("a", new float[] {1, 2}).eval("a + 1").asFloatArray())
        .containsExactly(2, 3);
    assertThat(session.set("l", List.of("a", "b")).eval("l[1]").asString()).isEqualTo("b");
    assertThat(session.set("i", Indices.of(3, 4)).eval("i").asIntArray()).containsExactly(3, 4);
    assertThat(session.set("n", null).eval("n").isVoid()).isTrue();
    assertThat(session.eval("1 + 2").asLong()).isEqualTo(3);
    assertThat(session.eval("1 / 2.0").asDouble()).isEqualTo(0.5);
    assertThat(session.eval("1 < 2").asBoolean()).isTrue();
    assertThat(session.eval("[\"a\", \"b\"]").asList()).hasSize(2);
    assertThat(session.eval("[[1, 2], [3, 4]]").asTensor().shape().dims()).containsExactly(2, 2);
    assertThat(session.eval("struct P { x: int }\nP { x: 4 }").field("x").asInt()).isEqualTo(4);
    fails(DiagnosticCode.TYPE_MISMATCH, () -> session.eval("\"text\"").asDouble());
    assertThatThrownBy(() -> Value.of(new Object())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatCannotBeConvertedIsTheDocumentedException() {
    Value text = session.eval("\"text\"");
    Value number = session.eval("1.5e300");
    Value list = Value.of(List.of("a"));
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            text::asTensor,
            text::asDouble,
            text::asLong,
            text::asInt,
            text::asBoolean,
            number::asString,
            number::asLong,
            text::asList,
            list::asFloatArray,
            list::asIntArray,
            text::asModel,
            () -> text.field("x"),
            () -> session.eval("struct P { x: int }\nP { x: 4 }").field("y"),
            () -> Value.of(List.of(1, "a")),
            () -> session.set("mixed", List.of(1, "a")))) {
      assertThatThrownBy(call)
          .isExactlyInstanceOf(TensorLogicException.class)
          .hasMessageStartingWith("error[E");
    }
    session.register("half", arguments -> arguments.get(0).asDouble() / 2);
    assertThatThrownBy(() -> session.eval("let a = 1\nhalf(\"text\")"))
        .isExactlyInstanceOf(TensorLogicException.class)
        .hasMessageStartingWith("error[E0301]: expected a number, got string\n --> <eval>:2:1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "let", "1a", "a.b", "'", "x ", "a-b", "a\nb", "//a"})
  void namesThatNoProgramCouldUseAreRefused(String name) {
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> session.set(name, 1),
            () -> session.register(name, arguments -> 1),
            () -> TensorLogic.builder().register(name, arguments -> 1),
            () -> session.compile("1").run(Map.of(name, 1)))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a letter or '_', then letters, digits and '_', then primes")
          .hasMessageEndingWith("got '" + name + "'");
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void aNameIsNeeded() {
    assertThatThrownBy(() -> session.set(null, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("got null");
    assertThat(session.set("épsilon_2'", 1).eval("épsilon_2'").asLong()).isOne();
    assertThat(session.set("tensor", 2).eval("tensor").asLong()).isEqualTo(2);
    assertThat(session.set("_", 3).eval("_").asLong()).isEqualTo(3);
  }

  @Test
  void keepsVariablesAndFunctionsBetweenEvaluations() {
    session.eval("fn scale(x) { x * factor }\nfactor = 2");
    assertThat(session.eval("scale(21)").asLong()).isEqualTo(42);
    session.eval("factor = 3");
    assertThat(session.function("scale").call(5).asLong()).isEqualTo(15);
    assertThat(session.get("factor").map(Value::asLong)).contains(3L);
    assertThat(session.get("nothing")).isEmpty();
    fails(DiagnosticCode.UNKNOWN_FUNCTION, () -> session.function("nothing"));
  }

  @Test
  void resultsSurviveWhatTheSessionDoesNext() {
    Tensor y = session.eval("y = f32::ones([2]) * 3").asTensor();
    session.eval("y = 0");
    assertThat(y.toFloatArray()).containsExactly(3, 3);
  }

  @Test
  void sessionVariablesOutliveAScopeOfTheHostButResultsBelongToIt() {
    Tensor result;
    Tensor handedOn;
    try (Scope scope = Scope.open()) {
      session.eval("kept = f32::ones([2])");
      result = session.eval("kept + 1").asTensor();
      handedOn = scope.keep(session.eval("kept + 2").asTensor());
    }
    assertThat(session.eval("kept").asFloatArray()).containsExactly(1, 1);
    assertThat(result.isClosed()).isTrue();
    assertThat(handedOn.toFloatArray()).containsExactly(3, 3);
  }

  @Test
  void callsJavaFunctions() {
    session.register("join", arguments -> arguments.get(0).asString() + arguments.get(1).asLong());
    assertThat(session.eval("join(\"n\", 4)").asString()).isEqualTo("n4");
    session.register(
        "fail",
        arguments -> {
          throw new IOException("the disk is full");
        });
    assertThatThrownBy(() -> session.eval("fail()"))
        .hasMessageContaining("fail: the disk is full")
        .hasMessageContaining("<eval>:1:1")
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void aProgramRunsOnManyThreadsWithVariablesOfItsOwn() throws Exception {
    Program program = session.compile("total = 0\nfor i in 0..n { total += i }\ntotal");
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<Value>> results = new ArrayList<>();
      for (int n = 0; n < 200; n++) {
        int count = n;
        results.add(pool.submit(() -> program.run(Map.of("n", count))));
      }
      for (int n = 0; n < 200; n++) {
        assertThat(results.get(n).get().asLong()).isEqualTo((long) n * (n - 1) / 2);
      }
    } finally {
      pool.shutdown();
    }
    fails(DiagnosticCode.UNDEFINED_VARIABLE, program::run);
  }

  @Test
  void aProgramSeesWhatTheSessionHadWhenItWasCompiled() {
    session.eval("base = 10\nfn shift(x) { x + base }");
    Program program = session.compile("shift(x)");
    session.eval("base = 0");
    assertThat(program.run(Map.of("x", 1)).asLong()).isEqualTo(11);
    assertThat(session.compile("fn g(x) { x + base }").function("g").call(1).asLong()).isOne();
  }

  @Test
  void aRefusedRuleOrFactDeclaresNothing() {
    session.eval("P(1)");
    fails(DiagnosticCode.UNSAFE_RULE, () -> session.eval("Bad(x, y) <- P(x)"));
    fails(DiagnosticCode.RELATION_ARITY, () -> session.eval("Bad(x, x) <- New(x), P(x, x)"));
    fails(DiagnosticCode.UNSTRATIFIED_NEGATION, () -> session.eval("Bad(x) <- P(x), not Bad(x)"));
    fails(DiagnosticCode.NOT_GROUND, () -> session.eval("Bad(1, 2, X)"));
    session.eval("Bad(\"a\", 1, 2, 3)\nBad(\"a\", 1, 2, 3)?");
    assertThat(out).hasToString("Bad(a, 1, 2, 3)? true\n");
    fails(DiagnosticCode.UNKNOWN_RELATION, () -> session.eval("New(1)?"));
  }

  @Test
  void conditionsCompareIntsExactly() {
    session.eval("N(9007199254740993)\nOther(x) <- N(x), x != 9007199254740992");
    session.eval("Other(X)?\nN(X)? where X == 9007199254740992");
    assertThat(out)
        .hasToString("Other(X)? 1 solution\n  X = 9007199254740993\nN(X)? 0 solutions\n");
  }

  @Test
  void errorsCarryTheirParts() {
    assertThatThrownBy(() -> session.eval(Source.of("main.tl", "let radius = 1\nprint(radios)")))
        .isInstanceOfSatisfying(
            TensorLogicException.class,
            e -> {
              Diagnostic error = e.diagnostic();
              assertThat(error.severity()).isEqualTo(Severity.ERROR);
              assertThat(error.code()).isEqualTo(DiagnosticCode.UNDEFINED_VARIABLE);
              assertThat(error.message()).isEqualTo("undefined variable 'radios'");
              assertThat(error.help()).hasSize(1);
              assertThat(error.span()).hasToString("main.tl:2:7");
            });
  }

  @Test
  void theWorldIsClosedUnlessAllowed(@TempDir Path directory) throws IOException {
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Files.writeString(inside.resolve("lib.tl"), "let answer = 42");
    Files.writeString(directory.resolve("secret.tl"), "let answer = 0");
    fails(DiagnosticCode.ACCESS_DENIED, () -> session.eval("env(\"PATH\")"));
    fails(DiagnosticCode.ACCESS_DENIED, () -> session.eval("input()"));
    fails(DiagnosticCode.ACCESS_DENIED, () -> session.eval("exit(1)"));
    fails(DiagnosticCode.ACCESS_DENIED, () -> session.eval("load_model(\"/etc/passwd\")"));
    fails(DiagnosticCode.ACCESS_DENIED, () -> session.eval("save([1], \"x.safetensors\")"));

    TensorLogic open = TensorLogic.builder().allowRead(inside).build();
    assertThat(open.eval("import \"lib.tl\"\nanswer").asLong()).isEqualTo(42);
    fails(DiagnosticCode.ACCESS_DENIED, () -> open.eval("import \"../secret.tl\""));
    fails(DiagnosticCode.FILE_NOT_FOUND, () -> open.eval("import \"missing.tl\""));
    Files.createSymbolicLink(inside.resolve("link.tl"), directory.resolve("secret.tl"));
    fails(DiagnosticCode.ACCESS_DENIED, () -> open.eval("import \"link.tl\""));
  }

  @Test
  void filesThatAModelLeadsToMustBeAllowedToo(@TempDir Path directory) throws IOException {
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path outside = directory.resolve("secret.safetensors");
    Models.saveModel(Map.of("a", Tensor.of(1)), outside);
    TensorLogic open = TensorLogic.builder().allowRead(inside).output(out).build();

    Path linked = Files.createDirectory(inside.resolve("linked"));
    Files.createSymbolicLink(linked.resolve("model.safetensors"), outside);
    fails(DiagnosticCode.ACCESS_DENIED, () -> open.eval("load_model(\"linked\")"));

    Path sharded = Files.createDirectory(inside.resolve("sharded"));
    Files.writeString(
        sharded.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"part.safetensors\"}}");
    Path part = Files.createSymbolicLink(sharded.resolve("part.safetensors"), outside);
    fails(DiagnosticCode.ACCESS_DENIED, () -> open.eval("load_model(\"sharded\")"));

    Files.move(outside, inside.resolve("blob"));
    Files.delete(part);
    Files.createSymbolicLink(part, Path.of("..", "blob"));
    assertThat(open.eval("num_tensors(load_model(\"sharded\"))").asLong()).isOne();
  }

  @Test
  void readsInputWhenAllowed() {
    TensorLogic open =
        TensorLogic.builder()
            .policy(Policy.closed().input(true))
            .input(new StringReader("first\n"))
            .output(out)
            .build();
    assertThat(open.eval("input(\"name? \")").asString()).isEqualTo("first");
    assertThat(out).hasToString("name? ");
    fails(DiagnosticCode.MISSING_INPUT, () -> open.eval("input()"));
  }

  @Test
  void limitsStopPrograms() {
    TensorLogic limited =
        TensorLogic.builder()
            .output(out)
            .limits(
                Limits.none()
                    .steps(100_000)
                    .callDepth(50)
                    .loopIterations(10_000)
                    .outputCharacters(100)
                    .tensorBytes(1_000_000))
            .build();
    fails(
        DiagnosticCode.STEP_LIMIT, () -> limited.eval("for i in 0..1000 { for j in 0..1000 { } }"));
    fails(DiagnosticCode.LOOP_LIMIT, () -> limited.eval("loop { }"));
    fails(DiagnosticCode.CALL_DEPTH, () -> limited.eval("fn f(n) { f(n + 1) }\nf(0)"));
    fails(DiagnosticCode.OUTPUT_LIMIT, () -> limited.eval("for i in 0..100 { print(\"line\") }"));
    fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval("zeros([1099511627776])"));
    fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval("[0; 1099511627776]"));
    fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval("range(100000000000)"));
    fails(
        DiagnosticCode.MEMORY_LIMIT,
        () -> limited.eval("let l = []\nfor i in 0..1000 { l.push(zeros([1000])) }"));
    fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval("let a = [1]\nloop { a = [a, a] }"));
    fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval("let s = \"s\"\nloop { s = s + s }"));
    assertThat(limited.eval("1").asLong()).isOne();
  }

  @Test
  @Timeout(600)
  void aTimeLimitAlsoCountsSlowOperations() {
    TensorLogic limited =
        TensorLogic.builder().limits(Limits.none().time(Duration.ofMillis(50))).build();
    fails(DiagnosticCode.TIME_LIMIT, () -> limited.eval("loop { }"));
    // far fewer steps than are counted between two checks of the other limits
    limited.register("pause", arguments -> pause());
    fails(DiagnosticCode.TIME_LIMIT, () -> limited.eval("for i in 0..500 { pause() }"));
  }

  private static int pause() throws InterruptedException {
    Thread.sleep(20);
    return 0;
  }

  @Test
  void temporariesAreFreedAtOnce() {
    TensorLogic limited = TensorLogic.builder().limits(Limits.none().tensorBytes(100_000)).build();
    String program =
        """
        let x = f32::ones([1000])
        fn step(a, b) { let c = relu(a * 0.5 + b) - b * 2
            let unused = c * 3
            c + a / 2 }
        for i in 0..1000 {
            let parts = split(x, 100, 0)
            x = step(x, concat(parts, 0)) / 4
            let y = if i > 3 { x.reshape([10, 100]).T @ x.reshape([10, 100]) } else { x }
        }
        sum(x)""";
    assertThat(limited.eval(program).asDouble()).isFinite();
  }

  @Test
  @Timeout(600)
  void cancelStopsARunningProgram() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    session.register("begin", arguments -> released(begun));
    Thread canceller =
        new Thread(
            () -> {
              try {
                begun.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              session.cancel();
            });
    canceller.start();
    fails(DiagnosticCode.CANCELLED, () -> session.eval("begin()\nloop { }"));
    canceller.join();
    assertThat(session.eval("1").asLong()).isOne();
  }

  /** Runs on many threads, with variables that the program does not mention. */
  @Test
  void runsDoNotMeetEachOthersVariables() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 20; round++) {
        Program program = TensorLogic.create().compile("n + 1");
        List<Future<Value>> results = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
          Map<String, Object> variables = new LinkedHashMap<>();
          for (int i = 0; i < 400; i++) {
            variables.put("x" + k + "_" + i, i);
          }
          variables.put("n", k);
          results.add(pool.submit(() -> program.run(variables)));
        }
        for (int k = 0; k < 4; k++) {
          assertThat(results.get(k).get().asLong()).isEqualTo(k + 1);
        }
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  @Timeout(600)
  void cancelStopsALongJoin() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    session.register("begin", arguments -> released(begun));
    Thread canceller =
        new Thread(
            () -> {
              try {
                begun.await();
                Thread.sleep(100);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              session.cancel();
            });
    canceller.start();
    String program =
        """
        for i in 0..100 { N(i) }
        begin()
        Q(a, b, c, d, e, f) <- N(a), N(b), N(c), N(d), N(e), N(f), a + b + c + d + e + f > 600
        Q(X, Y, 1, 2, 3, 4)?""";
    fails(DiagnosticCode.CANCELLED, () -> session.eval(program));
    canceller.join();
    assertThat(session.eval("1").asLong()).isOne();
  }

  @Test
  @Timeout(600)
  void twoThreadsInASessionAtOnceAreNoticed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    session.eval("fn f(x) { x }");
    TensorFunction f = session.function("f");
    session.register("wait", arguments -> waited(begun, asked));
    ExecutorService pool = Executors.newSingleThreadExecutor(work -> new Thread(work, "worker"));
    try {
      Future<Value> first = pool.submit(() -> session.eval("wait()\n1"));
      begun.await();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> session.eval("2"),
              () -> session.set("x", 2),
              () -> session.get("x"),
              () -> session.compile("2"),
              () -> f.call(2),
              session::variables)) {
        assertThatThrownBy(call)
            .isExactlyInstanceOf(IllegalStateException.class)
            .hasMessageContaining("thread 'worker' is using this one")
            .hasMessageContaining("compile a Program");
      }
      asked.countDown();
      assertThat(first.get().asLong()).isOne();
    } finally {
      pool.shutdown();
    }
    assertThat(session.eval("2").asLong()).isEqualTo(2);
  }

  private static int waited(CountDownLatch begun, CountDownLatch asked)
      throws InterruptedException {
    begun.countDown();
    asked.await();
    return 0;
  }

  /** Also where a deep recursion goes on on a thread of its own. */
  @Test
  void javaFunctionsMayUseTheSessionThatCallsThem() {
    session.register("twice", arguments -> session.set("n", arguments.get(0)).eval("n * 2"));
    String program = "fn f(n) { if n == 0 { twice(21) } else { let r = f(n - 1)\nr } }\nf(DEPTH)";
    for (String depth : List.of("0", "450")) {
      assertThat(session.eval(program.replace("DEPTH", depth)).asLong()).isEqualTo(42);
    }
    assertThat(session.eval("1").asLong()).isOne();
  }

  private static int released(CountDownLatch latch) {
    latch.countDown();
    return 0;
  }

  /** Cancelled while the arguments are evaluated: nothing but the function itself can notice. */
  @Test
  void cancelStopsLongBuiltIns() {
    session.register("cancelled", arguments -> cancelled(arguments.get(0)));
    for (String function : List.of("inv", "det")) {
      assertThatThrownBy(() -> session.eval("let y = " + function + "(cancelled(f32::eye(3)))"))
          .isInstanceOfSatisfying(
              TensorLogicException.class,
              e -> {
                assertThat(e.code()).isEqualTo(DiagnosticCode.CANCELLED);
                assertThat(e.getMessage()).contains(":1:9\n");
              });
    }
    assertThat(session.eval("det(2 * f32::eye(3))").asDouble()).isEqualTo(8);
  }

  private Value cancelled(Value value) {
    session.cancel();
    return value;
  }

  @Test
  void textsListsAndArraysCountAsMemory() {
    Limits limits = Limits.none().tensorBytes(1_000_000).steps(1_000_000);
    List<String> programs =
        List.of(
            "let l = []\nlet s = \"s\"\nloop { s = s + s\nl.push(s) }",
            "let l = []\nloop { l.push(\"text\" + str(len(l))) }",
            "let l = [\"s\"]\nlet all = []\nloop { l = [l, l]\nall.push(l[0:1]) }",
            "let l = []\nloop { l.push(true) }",
            "let v = IntVec::new()\nloop { v.push(1) }",
            "let v = StringVec::new()\nloop { v.push(\"x\" * 1000) }",
            "let v = []\nloop { v.push([0; 1000]) }",
            "let a = [1]\nloop { a = append(a, 1)\nlet b = [a, a]\nlet c = b + b }",
            "struct S { a: int }\nlet l = []\nloop { l.push(S { a: 1 }) }",
            "let x = f32::ones([10])\nlet l = []\nloop { l.push(x[2:3]) }",
            "[0; 1000][[0; 60000] - 0]\nlet x = [[0; 2]; 2][[0; 1000], [0; 1000]]",
            "let r = reshape(range(1000), [1000, 1])\nlet c = [0; 1000]\nlet x = vec(0) + c\n"
                + "loop { c = append(c, 1)\nlet m = [c, c, c, c, c, c, c, c, c, c, c, c, c] }",
            "let i = 0\nloop { R(\"x\" * 1000 + str(i))\ni += 1 }",
            "embedding E { entities: auto, dimension: 1, init: zeros }\n"
                + "let i = 0\nloop { let e = E[\"x\" * 1000 + str(i)]\ni += 1 }");
    for (String program : programs) {
      TensorLogic limited = TensorLogic.builder().limits(limits).build();
      fails(DiagnosticCode.MEMORY_LIMIT, () -> limited.eval(program));
      assertThat(limited.eval("1").asLong()).isOne();
    }
  }

  @Test
  void whatNobodyHoldsCountsNoMore() {
    TensorLogic limited = TensorLogic.builder().limits(Limits.none().tensorBytes(60_000)).build();
    limited.register("same", arguments -> arguments.get(0));
    String program =
        """
        struct Named { name: string, values: Tensor }
        fn longer(s) { let twice = s + s
            if len(twice) > 3000 { return s }
            twice }
        let list = []
        let vector = StringVec::new()
        for i in 0..500 {
            let s = longer("text " * 200)
            let array = [0.5; 1000] * 2
            let named = Named { name: s + str(i), values: array }
            named.values = named.values + 1
            named.name = longer(named.name)
            list.push(named)
            list.push(named)
            list[0] = list.pop()
            for item in list { for c in [item.name, s] { let copy = c + "" } }
            let kind = match s + "!" { "a" => "b", other if len(other) > 1 => other, _ => s }
            vector.push(kind)
            vector[0] = s
            let first = vector[0] + same(s)
            let nested = [[array[0:100], array[100:200]], [array[0:100], array[100:200]]]
            let picked = nested[[0, 0]][0] + get(nested, 0)
            if i % 3 == 0 { continue }
            list.clear()
            vector.clear()
            array = append(array, i)
            s += "more"
            let cache = KVCache::new(1)
            cache.append(0, ones([1, 2]), ones([1, 2]))
            let keys = cache.get_k(0)
        }
        len(list) + len(vector)""";
    assertThat(limited.eval(program).asLong()).isLessThan(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zeros([1125899906842624])", "VAST + 1", "Y[i] = VAST[i] VAST[i] + 1"})
  void whereMemoryEndedWithoutALimitIsKnown(String statement) {
    session.set("VAST", Tensor.ones(1).broadcastTo(1L << 50));
    assertThatThrownBy(() -> session.eval("let a = 1\n" + statement))
        .isInstanceOfSatisfying(
            TensorLogicException.class,
            e -> {
              assertThat(e.code()).isEqualTo(DiagnosticCode.MEMORY_LIMIT);
              assertThat(e.diagnostics().get(0).span()).extracting("line").isEqualTo(2);
            });
  }

  @Test
  void deepRecursionWorksOnAnOrdinaryThread() {
    String program = "fn f(n) { if n == 0 { 0 } else { let rest = f(n - 1)\n1 + rest } }\nf(950)";
    assertThat(session.eval(program).asLong()).isEqualTo(950);
  }

  @Test
  void aTokenizerComesFromTheHost(@TempDir Path directory) throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    Tokenizer letters =
        new Tokenizer() {
          @Override
          public int[] encode(String text, boolean special) {
            return text.chars().toArray();
          }

          @Override
          public String decode(int[] ids, boolean skipSpecial) {
            return new String(ids, 0, ids.length);
          }
        };
    TensorLogic tokenizing =
        TensorLogic.builder().allowRead(directory).tokenizers(path -> letters).build();
    tokenizing.eval("let t = load_tokenizer(\"tokenizer.json\")\nlet ids = tokenize(t, \"ab\")");
    assertThat(tokenizing.eval("ids").asIntArray()).containsExactly(97, 98);
    assertThat(tokenizing.eval("t.detokenize(append_token(ids, 99), true)").asString())
        .isEqualTo("abc");
    fails(DiagnosticCode.UNSUPPORTED_FORMAT, () -> session.eval("load_tokenizer(\"x\")"));
  }
}
