package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Random safe, stratified Datalog programs over few constants. */
final class RandomPrograms {
  private static final int VARIABLES = 4;

  final Datalog program = new Datalog(new Constants(Budget.UNLIMITED), Budget.UNLIMITED);
  final List<Relation> relations = new ArrayList<>();
  private final Random random;
  private final int constants;

  RandomPrograms(long seed) {
    random = new Random(seed);
    constants = 1 + random.nextInt(5);
    for (int i = 0; i < constants; i++) {
      program.constants().intern("c" + i);
    }
    int count = 2 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      relations.add(program.relation("r" + i, 1 + random.nextInt(3)));
    }
    facts();
    for (int i = random.nextInt(7); i > 0; i--) {
      rule();
    }
  }

  private void facts() {
    for (Relation relation : relations) {
      for (int i = random.nextInt(6); i > 0; i--) {
        int[] tuple = new int[relation.arity()];
        for (int column = 0; column < tuple.length; column++) {
          tuple[column] = random.nextInt(constants);
        }
        program.assertFact(relation, tuple);
      }
    }
  }

  private void rule() {
    int head = random.nextInt(relations.size());
    List<Rule.Literal> body = new ArrayList<>();
    BitSet bound = new BitSet();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      Atom atom = atom(relations.get(random.nextInt(relations.size())), null);
      bound.or(atom.variables());
      body.add(new Rule.Literal(atom, false));
    }
    if (random.nextInt(3) == 0) {
      Relation negated = relations.get(random.nextInt(relations.size()));
      body.add(random.nextInt(body.size() + 1), new Rule.Literal(atom(negated, bound), true));
    }
    List<Guard> guards = new ArrayList<>();
    int[] variables = bound.stream().toArray();
    if (variables.length > 1 && random.nextInt(3) == 0) {
      int a = variables[random.nextInt(variables.length)];
      int b = variables[random.nextInt(variables.length)];
      guards.add(new Different(a, b));
    }
    List<String> names = List.of("x", "y", "z", "w");
    program.addRule(new Rule(atom(relations.get(head), bound), body, guards, names));
    try {
      program.requireStratified();
    } catch (org.tensorlogic.lang.value.Fault e) {
      program.removeLastRule();
    }
  }

  /** Terms are constants now and then, else variables; only those of {@code bound} if given. */
  private Atom atom(Relation relation, @org.jspecify.annotations.Nullable BitSet bound) {
    int[] terms = new int[relation.arity()];
    for (int column = 0; column < terms.length; column++) {
      int variable = random.nextInt(VARIABLES);
      boolean constant = random.nextInt(5) == 0;
      if (bound != null && !bound.get(variable)) {
        variable = bound.isEmpty() ? 0 : bound.nextSetBit(0);
        constant |= bound.isEmpty();
      }
      terms[column] = constant ? random.nextInt(constants) : Atom.variable(variable);
    }
    return new Atom(relation, terms);
  }

  /** x != y. */
  record Different(int a, int b) implements Guard {
    @Override
    public int[] variables() {
      return new int[] {a, b};
    }

    @Override
    public boolean holds(int[] binding) {
      return binding[a] != binding[b];
    }
  }

  /** An atom over all columns with a constant here and there. */
  Atom query(Relation relation) {
    int[] terms = new int[relation.arity()];
    for (int column = 0; column < terms.length; column++) {
      terms[column] = random.nextInt(2) == 0 ? random.nextInt(constants) : Atom.variable(column);
    }
    return new Atom(relation, terms);
  }
}
