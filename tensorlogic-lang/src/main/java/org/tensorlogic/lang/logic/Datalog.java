package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.logic.Step.Rows;
import org.tensorlogic.lang.value.Fault;

/**
 * A Datalog program: facts, rules with stratified negation and guards, and queries. What a query
 * needs is derived when it is asked, bottom-up to the least fixpoint, and kept until facts or rules
 * below it change.
 */
public final class Datalog {
  private final Constants constants;
  private final Budget budget;
  private final Meter meter;
  private final Map<String, Relation> relations = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();
  private @Nullable List<Component> components;
  private long clock;

  /** A component with its rules, and when it was evaluated. */
  private static final class Component {
    final Set<Relation> members;
    final List<Rule> rules;
    final Set<Relation> inputs = new LinkedHashSet<>();
    long evaluated = -1;

    Component(Set<Relation> members, List<Rule> rules) {
      this.members = members;
      this.rules = rules;
      for (Rule rule : rules) {
        rule.body().forEach(literal -> inputs.add(literal.atom().relation()));
      }
      inputs.addAll(members);
    }

    boolean isStale() {
      return inputs.stream().anyMatch(input -> input.changed() > evaluated);
    }
  }

  public Datalog(Constants constants, Budget budget) {
    this.constants = constants;
    this.budget = budget;
    this.meter = new Meter(budget);
  }

  public Constants constants() {
    return constants;
  }

  Budget budget() {
    return budget;
  }

  /** The relation of this name, or null. */
  public @Nullable Relation find(String name) {
    return relations.get(name);
  }

  public Set<String> relationNames() {
    return relations.keySet();
  }

  /** The relation of this name, new if there is none. */
  public Relation relation(String name, int arity) {
    return relations.computeIfAbsent(name, key -> new Relation(key, arity, budget));
  }

  /** Removes a relation that no fact and no rule has. */
  void forget(String name) {
    Relation relation = relations.remove(name);
    if (relation != null) {
      relation.release();
    }
  }

  boolean hasNegation() {
    return rules.stream().anyMatch(rule -> rule.body().stream().anyMatch(Rule.Literal::negated));
  }

  List<Rule> rules() {
    return rules;
  }

  /** Asserts a fact; false if it was asserted before. */
  public boolean assertFact(Relation relation, int... tuple) {
    boolean added = relation.facts().add(tuple);
    if (added) {
      relation.touch(++clock);
    }
    return added;
  }

  /**
   * Adds a rule.
   *
   * @throws Fault E0903 if a variable of the head, of a negated atom or of a guard occurs in no
   *     positive atom of the body
   */
  public void addRule(Rule rule) {
    requireSafe(rule);
    rule.head().relation().markDerived();
    rule.head().relation().touch(++clock);
    rules.add(rule);
    components = null;
  }

  /** Takes back the last rule added. */
  void removeLastRule() {
    Relation head = rules.remove(rules.size() - 1).head().relation();
    if (rules.stream().noneMatch(rule -> rule.head().relation() == head)) {
      head.markBase();
    }
    head.touch(++clock);
    components = null;
  }

  private static void requireSafe(Rule rule) {
    requireBound(rule, rule.head().variables(), "the head");
    for (Rule.Literal literal : rule.body()) {
      if (literal.negated()) {
        String name = "the negated atom of '" + literal.atom().relation().name() + "'";
        requireBound(rule, literal.atom().variables(), name);
      }
    }
    for (Guard guard : rule.guards()) {
      BitSet variables = new BitSet();
      for (int variable : guard.variables()) {
        variables.set(variable);
      }
      String name = unbound(rule, variables);
      if (name != null) {
        throw unsafe(name, "a comparison")
            .withHelp(
                "a symbol in a comparison is a string, \""
                    + name
                    + "\"; rules see no variables of the program");
      }
    }
  }

  private static void requireBound(Rule rule, BitSet variables, String place) {
    String name = unbound(rule, variables);
    if (name != null) {
      throw name.startsWith(Names.ANONYMOUS_IN_RULE) ? anonymous(place) : unsafe(name, place);
    }
  }

  /** A variable that no positive atom of the body binds, or null if there is none. */
  private static @Nullable String unbound(Rule rule, BitSet variables) {
    variables.andNot(rule.bound());
    return variables.isEmpty() ? null : rule.variables().get(variables.nextSetBit(0));
  }

  private static Fault anonymous(String place) {
    return new Fault(
        DiagnosticCode.UNSAFE_RULE,
        "'_' cannot stand in " + place,
        "derive what is negated first: Has(x) <- R(x, y), then not Has(x)");
  }

  private static Fault unsafe(String name, String place) {
    return new Fault(
        DiagnosticCode.UNSAFE_RULE,
        "variable '" + name + "' of " + place + " occurs in no positive atom of the body",
        "every variable must be bound by an atom such as R(" + name + ") that is not negated");
  }

  /** Gives all memory back to the budget; the program must not be used any more. */
  void release() {
    relations.values().forEach(Relation::release);
  }

  /** Derives what {@code goal} needs and is not up to date. */
  public void bringUpToDate(Relation goal) {
    bringUpToDate(goal, null);
  }

  /** As {@link #bringUpToDate(Relation)}, by products of tensors where that costs less. */
  public void bringUpToDate(Relation goal, @Nullable ProductJoins products) {
    if (!goal.isDerived()) {
      goal.settle(Set.of());
      return;
    }
    Set<Relation> needed = neededBy(goal);
    for (Component component : components()) {
      boolean concerned = component.members.stream().anyMatch(needed::contains);
      if (concerned && component.isStale()) {
        new Fixpoint(component.members, component.rules, meter, products).run();
        component.evaluated = ++clock;
        component.members.forEach(member -> member.touch(clock));
      }
    }
  }

  private Set<Relation> neededBy(Relation goal) {
    Map<Relation, List<Rule>> byHead = new HashMap<>();
    for (Rule rule : rules) {
      byHead.computeIfAbsent(rule.head().relation(), r -> new ArrayList<>()).add(rule);
    }
    Set<Relation> needed = new HashSet<>(Set.of(goal));
    List<Relation> open = new ArrayList<>(needed);
    while (!open.isEmpty()) {
      for (Rule rule : byHead.getOrDefault(open.remove(open.size() - 1), List.of())) {
        for (Rule.Literal literal : rule.body()) {
          if (needed.add(literal.atom().relation())) {
            open.add(literal.atom().relation());
          }
        }
      }
    }
    return needed;
  }

  private List<Component> components() {
    List<Component> known = components;
    if (known != null) {
      return known;
    }
    List<Component> made = new ArrayList<>();
    for (List<Relation> component : Components.of(rules)) {
      Set<Relation> members = new LinkedHashSet<>(component);
      List<Rule> own = new ArrayList<>();
      for (Rule rule : rules) {
        if (members.contains(rule.head().relation())) {
          own.add(rule);
        }
      }
      made.add(new Component(members, own));
    }
    components = made;
    return made;
  }

  /**
   * Checks that no relation depends on its own negation.
   *
   * @throws Fault E0904 naming the cycle
   */
  public void requireStratified() {
    for (Component component : components()) {
      for (Rule rule : component.rules) {
        for (Rule.Literal literal : rule.body()) {
          if (literal.negated() && component.members.contains(literal.atom().relation())) {
            throw Cycles.unstratified(component.rules, rule, literal.atom().relation());
          }
        }
      }
    }
  }

  /**
   * Passes every distinct solution of a conjunction to {@code solution}, in the order of
   * derivation; the array is reused.
   *
   * @param named how many of the variables, the first ones, make a solution
   */
  public void solve(
      List<Rule.Literal> body,
      List<Guard> guards,
      int variables,
      int named,
      Consumer<int[]> solution) {
    for (Rule.Literal literal : body) {
      bringUpToDate(literal.atom().relation());
    }
    Tuples seen = new Tuples(named, budget);
    try {
      match(body, guards, variables, seen, solution);
    } finally {
      seen.release();
    }
  }

  private void match(
      List<Rule.Literal> body,
      List<Guard> guards,
      int variables,
      Tuples seen,
      Consumer<int[]> solution) {
    int named = seen.arity();
    int[] found = new int[named];
    List<Rows> rows = new ArrayList<>();
    body.forEach(literal -> rows.add(Rows.ALL));
    BodyPlan.of(
            body,
            guards,
            rows,
            meter,
            binding -> {
              System.arraycopy(binding, 0, found, 0, named);
              if (seen.add(found)) {
                solution.accept(found);
              }
            })
        .run(new int[variables]);
  }
}
