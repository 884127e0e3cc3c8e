package org.tensorlogic.lang.logic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;
import org.tensorlogic.lang.syntax.Parser;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;

class KnowledgeBaseTest {
  private static final String FAMILY =
      """
      relation Parent(parent: Person, child: Person)
      entity Person
      Parent(alice, bob)
      Parent(bob, carol)
      Parent(bob, dave)
      Ancestor(x, y) <- Parent(x, y)
      Ancestor(x, z) <- Ancestor(x, y), Parent(y, z)
      """;

  private KnowledgeBase base = new KnowledgeBase(Products.plain());
  private final Map<String, Object> variables = new HashMap<>();

  @Test
  void printsSolutionsInTheOrderOfDerivation() {
    assertThat(run(FAMILY + "Ancestor(alice, X)?"))
        .isEqualTo(
            """
            Ancestor(alice, X)? 3 solutions
              X = bob
              X = carol
              X = dave
            """);
    assertThat(run("Parent(P, C)?"))
        .isEqualTo(
            """
            Parent(P, C)? 3 solutions
              P = alice, C = bob
              P = bob, C = carol
              P = bob, C = dave
            """);
    assertThat(run("Parent(alice, bob)?\nParent(alice, dave)?\nParent(_, carol)?"))
        .isEqualTo(
            """
            Parent(alice, bob)? true
            Parent(alice, dave)? false
            Parent(_, carol)? true
            """);
    assertThat(run("Parent(carol, X)?")).isEqualTo("Parent(carol, X)? 0 solutions\n");
    assertThat(run("Parent(alice, X)?")).contains("1 solution\n");
  }

  @Test
  void takesParameterNamesAndSingleLettersForVariablesOfAQuery() {
    assertThat(run(FAMILY + "Parent(bob, Child)?")).contains("Child = carol", "Child = dave");
    assertThat(run("Parent(bob, y)?")).contains("y = carol");
    assertThat(run("Edge(a, b)\nEdge(b, c)\nEdge(a, x)?"))
        .isEqualTo("Edge(a, x)? 1 solution\n  x = b\n");
    assertThat(run("Edge(a, b)?")).isEqualTo("Edge(a, b)? true\n");
  }

  @Test
  void letsProgramVariablesStandForTheirValues() {
    variables.put("who", "alice");
    variables.put("age", 42L);
    assertThat(run(FAMILY + "Parent(who, X)?")).startsWith("Parent(alice, X)? 1 solution");
    assertThat(run("Age(who, age)\nAge(alice, N)?")).contains("N = 42");
  }

  @Test
  void filtersByConditions() {
    run("Age(ann, 30)\nAge(bob, 17)\nAge(cid, 65)\nAge(dan, 17.5)");
    assertThat(run("Age(P, N)? where N >= 18, P != cid"))
        .isEqualTo("Age(P, N)? 1 solution\n  P = ann, N = 30\n");
    assertThat(run("Age(P, N)? where N + 1 == 18 or P == \"cid\""))
        .contains("P = bob, N = 17", "P = cid, N = 65")
        .doesNotContain("ann");
    variables.put("limit", 20L);
    assertThat(run("Age(P, N)? where N < limit")).contains("bob", "dan").doesNotContain("ann");
  }

  @Test
  void comparesInTheBodyOfARule() {
    run(
        """
        Age(ann, 30)
        Age(bob, 17)
        Older(x, y) <- Age(x, n), Age(y, m), n > m
        Adult(x) <- Age(x, n), n >= 18
        Minor(x) <- Age(x, n), not Adult(x)
        """);
    assertThat(run("Older(X, Y)?")).isEqualTo("Older(X, Y)? 1 solution\n  X = ann, Y = bob\n");
    assertThat(run("Minor(X)?")).contains("X = bob").doesNotContain("ann");
  }

  @Test
  void answersTheSameInEveryMode() {
    run(FAMILY);
    for (String mode : List.of("forward", "backward", "symbolic")) {
      assertThat(run("infer " + mode + " Ancestor(alice, X)?"))
          .startsWith("Ancestor(alice, X)? 3 solutions")
          .contains("bob", "carol", "dave");
    }
  }

  @Test
  void endsOnLeftRecursionOverCycles() {
    run(
        """
        Edge(a, b)
        Edge(b, a)
        Path(x, z) <- Path(x, y), Path(y, z)
        Path(x, y) <- Edge(x, y)
        """);
    assertThat(run("Path(X, Y)?")).startsWith("Path(X, Y)? 4 solutions");
    assertThat(run("infer backward Path(a, Y)?")).startsWith("Path(a, Y)? 2 solutions");
  }

  @Test
  void collectsTheSymbolsOfOpenTypes() {
    run(FAMILY);
    assertThat(base.symbols("Person")).containsExactly("alice", "bob", "carol", "dave");
    run("entity Color = {red, green}\nrelation Likes(who: entity, what: Color)");
    run("Likes(eve, red)");
    assertThat(base.symbols("Person")).contains("eve");
    assertThat(base.symbols("Color")).containsExactly("red", "green");
  }

  @Test
  void quotesStringsThatAreNoSymbols() {
    assertThat(run("Lives(bob, \"New York\")\nLives(bob, X)?"))
        .isEqualTo("Lives(bob, X)? 1 solution\n  X = \"New York\"\n");
  }

  @Test
  void copiesGoSeparateWays() {
    run(FAMILY);
    KnowledgeBase first = base;
    base = base.copy();
    run("Parent(dave, eve)");
    assertThat(run("Ancestor(alice, X)?")).contains("4 solutions");
    base = first;
    assertThat(run("Ancestor(alice, X)?")).contains("3 solutions");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Parent(alice) | E0901 | relation 'Parent' has 2 arguments, got 1",
        "Parent(alice, X, Y)? | E0901 | relation 'Parent' has 2 arguments, got 3",
        "Parent(x) <- Parent(x, y) | E0901 | relation 'Parent' has 2 arguments, got 1",
        "relation Parent(a: Person) | E0901 | relation 'Parent' has 2 arguments, got 1",
        "Parent(alice, X) | E0902 | a fact must be ground, but 'X' is a variable",
        "Parent(_, bob) | E0902 | a fact must be ground, but '_' is a variable",
        "Odd(x) <- Parent(x, y), not Even(z) | E0903 | variable 'z' of the negated atom of 'Even' occurs in no positive atom of the body",
        "Odd(x) <- Parent(y, y) | E0903 | variable 'x' of the head occurs in no positive atom of the body",
        "Odd(x) <- Parent(x, y), n > 3 | E0903 | variable 'n' of a comparison occurs in no positive atom of the body",
        "Win(x) <- Parent(x, y), not Win(y) | E0904 | 'Win' depends on its own negation: Win <- not Win",
        "Parnet(X, Y)? | E0203 | unknown relation 'Parnet'",
        "Parent(X, Y)? where Z > 1 | E0903 | variable 'Z' of a comparison occurs in no positive atom",
        "Parent(X, Y)? where X > 1 | E0303 | cannot compare string with int",
        "Parent(X, Y)? where X | E0302 | a condition must be a comparison, got string",
        "Hue(violet) | E0213 | 'violet' is no symbol of entity type 'Color'",
        "Odd(x) <- Parent(x, y + 1) | E0905 | an argument in a rule is a variable, a symbol, a string or a number",
      })
  void saysWhatIsWrong(String text, String code, String message) {
    run(FAMILY + "entity Color = {red, green}\nrelation Hue(c: Color)\n");
    assertThatThrownBy(() -> run(text))
        .isInstanceOfSatisfying(
            Fault.class,
            fault -> {
              assertThat(fault.diagnostic().message()).isEqualTo(message);
              assertThat(fault.code().id()).isEqualTo(code);
              assertThat(fault.diagnostic().span()).isNotNull();
            });
    assertThat(run("Ancestor(alice, X)?")).contains("3 solutions");
  }

  private String run(String text) {
    StringBuilder out = new StringBuilder();
    List<Statement> items = Parser.parse(Source.of("test.tl", text)).items();
    for (Statement item : items) {
      if (item instanceof LogicStatement.Relation relation) {
        base.declare(relation);
      } else if (item instanceof LogicStatement.Entity entity) {
        base.declare(entity);
      } else if (item instanceof LogicStatement.Rule rule) {
        base.add(rule);
      } else if (item instanceof LogicStatement.Query query) {
        out.append(ask(query, InferenceMode.SYMBOLIC));
      } else if (item instanceof LogicStatement.Infer infer) {
        infer.inferences().forEach(i -> out.append(ask(i.query(), i.mode())));
      } else if (item instanceof Statement.ExpressionStatement statement) {
        QueryForm form =
            QueryForm.of((Expression.Call) statement.expression(), variables::containsKey);
        base.assertFact(form, values(form));
      }
    }
    return out.toString();
  }

  private String ask(LogicStatement.Query query, InferenceMode mode) {
    QueryForm form = QueryForm.of(query, variables::containsKey);
    StringBuilder text = new StringBuilder();
    base.ask(form, values(form), mode).print(text::append);
    return text.toString();
  }

  private List<@Nullable Object> values(QueryForm form) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Expression input : form.inputs()) {
      values.add(input instanceof Expression.Name name ? variables.get(name.name()) : null);
    }
    return values;
  }
}
