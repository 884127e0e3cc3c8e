package org.tensorlogic.lang.logic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tensorlogic.lang.value.Fault;

class DatalogTest {
  private static final int X = Atom.variable(0);
  private static final int Y = Atom.variable(1);
  private static final int Z = Atom.variable(2);
  private static final List<String> NAMES = List.of("x", "y", "z");

  private final Datalog program = new Datalog(new Constants(Budget.UNLIMITED), Budget.UNLIMITED);
  private final Relation edge = program.relation("edge", 2);
  private final Relation path = program.relation("path", 2);

  @Test
  void agreesWithTheNaiveEvaluationOfRandomPrograms() {
    for (int seed = 0; seed < 600; seed++) {
      RandomPrograms random = new RandomPrograms(seed);
      NaiveDatalog naive = new NaiveDatalog(random.program);
      for (Relation relation : random.relations) {
        random.program.bringUpToDate(relation);
        assertThat(rows(relation))
            .as("relation %s of program %d", relation, seed)
            .isEqualTo(naive.rows(relation));
      }
    }
  }

  @Test
  void infersTheSameByProductsOfTensors() {
    for (int seed = 0; seed < 1000; seed++) {
      Datalog byTuples = new RandomPrograms(seed).program;
      RandomPrograms random = new RandomPrograms(seed);
      for (Relation relation : random.relations) {
        Relation other = Objects.requireNonNull(byTuples.find(relation.name()));
        random.program.bringUpToDate(relation, Products.always());
        byTuples.bringUpToDate(other);
        assertThat(rows(relation))
            .as("relation %s of program %d", relation, seed)
            .isEqualTo(rows(other));
      }
    }
  }

  @Test
  void turnsToAProductWhenMatchingTuplesCostsMore() {
    assertThat(matchesOfACompleteGraph(null)).isGreaterThan(1_000_000);
    assertThat(matchesOfACompleteGraph(Products.plain())).isLessThan(200_000);
  }

  @Test
  void comparesOnlyWhatMatches() {
    Relation left = program.relation("left", 2);
    Relation right = program.relation("right", 2);
    Relation both = program.relation("both", 2);
    program.assertFact(left, 1, 0);
    program.assertFact(left, 2, 1);
    program.assertFact(right, 2, 0);
    program.assertFact(right, 1, 1);
    program.assertFact(right, 2, 1);
    List<Rule.Literal> body = List.of(literal(left, X, Y), literal(right, X, Y));
    program.addRule(new Rule(new Atom(both, X, Y), body, List.of(new NotZero(1)), NAMES));
    program.bringUpToDate(both, Products.always());
    assertThat(rows(both)).containsExactly(List.of(2, 1));
  }

  /** Fails where the constant of a variable is 0, as a division by it does. */
  private record NotZero(int variable) implements Guard {
    @Override
    public int[] variables() {
      return new int[] {variable};
    }

    @Override
    public boolean holds(int[] binding) {
      if (binding[variable] == 0) {
        throw new ArithmeticException("division by zero");
      }
      return true;
    }
  }

  private static long matchesOfACompleteGraph(@Nullable ProductJoins products) {
    Counter counter = new Counter();
    Datalog dense = new Datalog(new Constants(counter), counter);
    Relation link = dense.relation("link", 2);
    Relation two = dense.relation("two", 2);
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j < 100; j++) {
        dense.assertFact(link, i, j);
      }
    }
    dense.addRule(rule(new Atom(two, X, Z), literal(link, X, Y), literal(link, Y, Z)));
    dense.bringUpToDate(two, products);
    assertThat(two.rows().size()).isEqualTo(10_000);
    return counter.steps;
  }

  @Test
  void givesBackTheMemoryOfWhatIsDerivedAgain() {
    Counter counter = new Counter();
    Datalog growing = new Datalog(new Constants(counter), counter);
    Relation next = growing.relation("next", 2);
    Relation reach = growing.relation("reach", 2);
    growing.addRule(rule(new Atom(reach, X, Y), literal(next, X, Y)));
    growing.addRule(rule(new Atom(reach, X, Z), literal(reach, X, Y), literal(next, Y, Z)));
    for (int i = 0; i < 50; i++) {
      growing.assertFact(next, i, i + 1);
    }
    growing.bringUpToDate(reach);
    long once = counter.bytes;
    for (int i = 0; i < 100; i++) {
      growing.assertFact(next, 50 + i % 2, i);
      growing.bringUpToDate(reach);
      Atom goal = new Atom(reach, 0, Y);
      Magic.solve(growing, goal, List.of(), 2, 2, found -> {});
    }
    assertThat(counter.bytes).isLessThan(6 * once);
    growing.release();
    assertThat(counter.bytes).isZero();
  }

  /** Adds up what is used. */
  private static final class Counter implements Budget {
    long steps;
    long bytes;

    @Override
    public void steps(long count) {
      steps += count;
    }

    @Override
    public void memory(long more) {
      bytes += more;
    }
  }

  @Test
  void answersGoalsAsTheFixpointDoes() {
    for (int seed = 0; seed < 600; seed++) {
      RandomPrograms random = new RandomPrograms(seed);
      for (Relation relation : random.relations) {
        Atom goal = random.query(relation);
        Set<List<Integer>> forward = new HashSet<>();
        Set<List<Integer>> backward = new HashSet<>();
        List<Rule.Literal> body = List.of(new Rule.Literal(goal, false));
        random.program.solve(body, List.of(), 3, 3, found -> forward.add(NaiveDatalog.list(found)));
        Magic.solve(
            random.program, goal, List.of(), 3, 3, found -> backward.add(NaiveDatalog.list(found)));
        assertThat(backward).as("%s of program %d", relation, seed).isEqualTo(forward);
      }
    }
  }

  @Test
  void listsFactsBeforeDerivedTuplesInTheOrderOfDerivation() {
    closure(true);
    program.assertFact(edge, constants("a", "b"));
    program.assertFact(edge, constants("b", "c"));
    program.assertFact(path, constants("z", "a"));
    program.bringUpToDate(path);
    assertThat(texts(path)).containsExactly("z a", "a b", "b c", "z b", "a c", "z c");
  }

  @Test
  void derivesAgainAfterNewFactsAndRules() {
    closure(true);
    program.assertFact(edge, constants("a", "b"));
    program.bringUpToDate(path);
    program.assertFact(edge, constants("b", "a"));
    program.bringUpToDate(path);
    assertThat(texts(path)).containsExactly("a b", "b a", "a a", "b b");
    program.addRule(rule(new Atom(path, X, X), literal(edge, X, Y)));
    program.assertFact(edge, constants("c", "d"));
    program.bringUpToDate(path);
    assertThat(texts(path)).contains("c c", "c d");
  }

  @Test
  void ignoresDuplicateFacts() {
    assertThat(program.assertFact(edge, constants("a", "b"))).isTrue();
    assertThat(program.assertFact(edge, constants("a", "b"))).isFalse();
    assertThat(edge.facts().size()).isEqualTo(1);
  }

  @Test
  void rejectsAHeadVariableThatNothingBinds() {
    assertThatThrownBy(() -> program.addRule(rule(new Atom(path, X, Z), literal(edge, X, Y))))
        .isInstanceOf(Fault.class)
        .hasMessage("variable 'z' of the head occurs in no positive atom of the body");
  }

  @Test
  void rejectsANegatedVariableThatNothingBinds() {
    Rule rule =
        rule(
            new Atom(path, X, X),
            literal(edge, X, X),
            new Rule.Literal(new Atom(edge, X, Y), true));
    assertThatThrownBy(() -> program.addRule(rule))
        .hasMessage(
            "variable 'y' of the negated atom of 'edge' occurs in no positive atom of the body");
  }

  @Test
  void namesTheCycleOfAnUnstratifiedNegation() {
    Relation p = program.relation("p", 1);
    Relation q = program.relation("q", 1);
    Relation r = program.relation("r", 1);
    program.addRule(
        rule(new Atom(p, X), literal(edge, X, X), new Rule.Literal(new Atom(q, X), true)));
    program.addRule(rule(new Atom(q, X), literal(r, X)));
    program.addRule(rule(new Atom(r, X), literal(p, X)));
    assertThatThrownBy(program::requireStratified)
        .hasMessage("'p' depends on its own negation: p <- not q <- r <- p");
  }

  @Test
  void rejectsARelationThatNegatesItself() {
    Relation p = program.relation("p", 1);
    program.addRule(
        rule(new Atom(p, X), literal(edge, X, X), new Rule.Literal(new Atom(p, X), true)));
    assertThatThrownBy(program::requireStratified)
        .hasMessage("'p' depends on its own negation: p <- not p");
  }

  @Test
  void handlesRelationsWithoutArguments() {
    Relation raining = program.relation("raining", 0);
    Relation wet = program.relation("wet", 0);
    program.addRule(rule(new Atom(wet), new Rule.Literal(new Atom(raining), false)));
    program.bringUpToDate(wet);
    assertThat(wet.rows().size()).isZero();
    program.assertFact(raining);
    program.bringUpToDate(wet);
    assertThat(wet.rows().size()).isEqualTo(1);
  }

  @Test
  void closesAChainOfAThousandNodes() {
    for (boolean left : new boolean[] {true, false}) {
      Datalog chain = new Datalog(new Constants(Budget.UNLIMITED), Budget.UNLIMITED);
      Relation next = chain.relation("next", 2);
      Relation reach = chain.relation("reach", 2);
      for (int i = 0; i < 999; i++) {
        chain.assertFact(next, i, i + 1);
      }
      chain.addRule(rule(new Atom(reach, X, Y), literal(next, X, Y)));
      chain.addRule(
          left
              ? rule(new Atom(reach, X, Z), literal(reach, X, Y), literal(next, Y, Z))
              : rule(new Atom(reach, X, Z), literal(next, X, Y), literal(reach, Y, Z)));
      chain.bringUpToDate(reach);
      assertThat(reach.rows().size()).isEqualTo(999 * 1000 / 2);
    }
  }

  @Test
  void holdsAHundredThousandFacts() {
    Random random = new Random(1);
    while (edge.facts().size() < 100_000) {
      program.assertFact(edge, random.nextInt(50_000), random.nextInt(50_000));
    }
    Relation two = program.relation("two", 2);
    program.addRule(rule(new Atom(two, X, Z), literal(edge, X, Y), literal(edge, Y, Z)));
    program.bringUpToDate(two);
    assertThat(two.rows().size()).isBetween(150_000, 250_000);
  }

  @Test
  void stopsWhenTheBudgetIsSpent() {
    Budget budget =
        new Budget() {
          private long left = 100_000;

          @Override
          public void steps(long count) {
            left -= count;
            if (left < 0) {
              throw new IllegalStateException("spent");
            }
          }

          @Override
          public void memory(long bytes) {}
        };
    Datalog bounded = new Datalog(new Constants(budget), budget);
    Relation next = bounded.relation("next", 2);
    Relation all = bounded.relation("all", 3);
    for (int i = 0; i < 1000; i++) {
      bounded.assertFact(next, i, i + 1);
    }
    bounded.addRule(
        new Rule(
            new Atom(all, X, Y, Z),
            List.of(
                literal(next, X, Atom.variable(3)),
                literal(next, Y, Atom.variable(4)),
                literal(next, Z, Atom.variable(5))),
            List.of(),
            List.of("x", "y", "z", "u", "v", "w")));
    assertThatThrownBy(() -> bounded.bringUpToDate(all)).hasMessage("spent");
  }

  private void closure(boolean left) {
    program.addRule(rule(new Atom(path, X, Y), literal(edge, X, Y)));
    program.addRule(
        left
            ? rule(new Atom(path, X, Z), literal(path, X, Y), literal(edge, Y, Z))
            : rule(new Atom(path, X, Z), literal(edge, X, Y), literal(path, Y, Z)));
  }

  private static Rule rule(Atom head, Rule.Literal... body) {
    return new Rule(head, List.of(body), List.of(), NAMES);
  }

  private static Rule.Literal literal(Relation relation, int... terms) {
    return new Rule.Literal(new Atom(relation, terms), false);
  }

  private int[] constants(String... names) {
    return java.util.Arrays.stream(names).mapToInt(program.constants()::intern).toArray();
  }

  private List<String> texts(Relation relation) {
    List<String> texts = new ArrayList<>();
    for (int row = 0; row < relation.rows().size(); row++) {
      texts.add(
          program.constants().value(relation.rows().get(row, 0))
              + " "
              + program.constants().value(relation.rows().get(row, 1)));
    }
    return texts;
  }

  private static Set<List<Integer>> rows(Relation relation) {
    Set<List<Integer>> rows = new HashSet<>();
    for (int row = 0; row < relation.rows().size(); row++) {
      rows.add(NaiveDatalog.list(relation.rows().row(row)));
    }
    return rows;
  }
}
