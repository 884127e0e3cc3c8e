package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Identifier;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;
import org.tensorlogic.lang.syntax.LogicStatement.RelationParameter;
import org.tensorlogic.lang.syntax.TypeReference;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.ScalarType;

/**
 * The relations, facts, rules and entity types of one session or run. Confined to one thread at a
 * time.
 */
public final class KnowledgeBase {
  private static final int SOLUTION_BYTES = 40;
  private static final int REFERENCE_BYTES = 8;

  private final Datalog program;
  private final Entities entities = new Entities();
  private final Map<String, LogicStatement.Relation> declarations = new HashMap<>();
  private final Set<LogicStatement.Rule> rules = new LinkedHashSet<>();
  private final ProductJoins products;
  private Budget budget = Budget.UNLIMITED;
  private long version;

  /** An empty one that infers by these products where they cost less than matching tuples. */
  public KnowledgeBase(ProductJoins products) {
    this.products = products;
    Budget current =
        new Budget() {
          @Override
          public void steps(long count) {
            budget.steps(count);
          }

          @Override
          public void memory(long bytes) {
            budget.memory(bytes);
          }
        };
    program = new Datalog(new Constants(current), current);
  }

  /** From now on inference is bounded by {@code next}. */
  public void setBudget(Budget next) {
    budget = next;
  }

  /** A knowledge base that has what this one has; afterwards they go separate ways. */
  public KnowledgeBase copy() {
    KnowledgeBase copy = new KnowledgeBase(products);
    entities.copyTo(copy.entities);
    copy.declarations.putAll(declarations);
    for (int id = 0; id < program.constants().size(); id++) {
      copy.program.constants().intern(program.constants().value(id));
    }
    for (String name : program.relationNames()) {
      Relation relation = require(name);
      Relation other = copy.program.relation(name, relation.arity());
      for (int row = 0; row < relation.facts().size(); row++) {
        copy.program.assertFact(other, relation.facts().row(row));
      }
    }
    rules.forEach(copy::add);
    return copy;
  }

  private Relation require(String name) {
    Relation relation = program.find(name);
    if (relation == null) {
      throw new IllegalStateException("no relation " + name);
    }
    return relation;
  }

  Datalog program() {
    return program;
  }

  Entities entities() {
    return entities;
  }

  /** Declares a relation; declaring it again as before is harmless. */
  public void declare(LogicStatement.Relation statement) {
    String name = statement.name().name();
    Relation known = program.find(name);
    int arity = statement.parameters().size();
    if (known != null && known.arity() != arity) {
      throw arity(known, arity, statement.name().span());
    }
    program.relation(name, arity);
    declarations.put(name, statement);
    version++;
  }

  /** Declares an entity type. */
  public void declare(LogicStatement.Entity statement) {
    entities.declare(statement);
    version++;
  }

  /**
   * Adds a rule, once.
   *
   * @throws Fault if it is unsafe or makes a relation depend on its own negation
   */
  public void add(LogicStatement.Rule rule) {
    if (rules.contains(rule)) {
      return;
    }
    List<String> created = new ArrayList<>();
    try {
      program.addRule(
          RuleTranslator.translate(rule, atom -> declared(atom, created), program.constants()));
      boolean negates =
          rule.body().stream()
              .anyMatch(t -> t instanceof LogicStatement.BodyTerm.Literal l && l.negated());
      if (negates || program.hasNegation()) {
        requireStratified();
      }
    } catch (Fault e) {
      created.forEach(program::forget);
      throw e.at(rule.span());
    }
    rules.add(rule);
    version++;
  }

  private void requireStratified() {
    try {
      program.requireStratified();
    } catch (Fault e) {
      program.removeLastRule();
      throw e;
    }
  }

  /** The relation of an atom; a new one is noted, to be forgotten if its rule is refused. */
  private Relation declared(LogicStatement.Atom atom, List<String> created) {
    String name = atom.relation().name();
    if (program.find(name) == null) {
      created.add(name);
    }
    Relation relation = program.relation(name, atom.arguments().size());
    if (relation.arity() != atom.arguments().size()) {
      throw arity(relation, atom.arguments().size(), atom.span());
    }
    return relation;
  }

  private static Fault arity(Relation relation, int got, Span span) {
    int expected = relation.arity();
    return new Fault(
            DiagnosticCode.RELATION_ARITY,
            "relation '"
                + relation.name()
                + "' has "
                + expected
                + (expected == 1 ? " argument" : " arguments")
                + ", got "
                + got)
        .at(span);
  }

  /** The names of the relations, in the order of their declaration or first use. */
  public Set<String> relationNames() {
    return program.relationNames();
  }

  /** Whether a relation of this name exists. */
  public boolean isRelation(String name) {
    return program.find(name) != null;
  }

  /** Whether a name is a symbol of a fact or entity type. */
  public boolean isSymbol(String name) {
    return entities.isSymbol(name);
  }

  /** The symbols of an entity type in their order, or null if there is no such type. */
  public @Nullable List<String> symbols(String entityType) {
    EntityType type = entities.find(entityType);
    return type == null ? null : List.copyOf(type.symbols());
  }

  /** Inside {@code with T}: {@code entity} positions are of this type. Returns the outer one. */
  public @Nullable String enterType(@Nullable String type, Span span) {
    if (type != null && entities.find(type) == null) {
      throw new Fault(DiagnosticCode.UNKNOWN_ENTITY, "unknown entity type '" + type + "'")
          .suggesting("entity type", type, entities.names())
          .at(span);
    }
    return entities.enter(type);
  }

  /**
   * Asserts a fact.
   *
   * @param values of the form's inputs: String, Long or Double; null is no value
   */
  public void assertFact(QueryForm form, List<@Nullable Object> values) {
    String name = form.relation().name();
    Relation known = program.find(name);
    if (known != null) {
      checkArity(known, form);
    }
    int[] tuple = new int[form.arguments().size()];
    for (int column = 0; column < tuple.length; column++) {
      QueryForm.Part part = form.arguments().get(column);
      Object value = constant(part, values);
      if (value == null) {
        value = ground(part);
      }
      RelationParameter parameter = parameter(name, column);
      if (parameter != null) {
        requireType(name, parameter, value, part.span());
      }
      entities.collect(value, typeOf(name, column), part.span());
      tuple[column] = program.constants().intern(value);
    }
    if (program.assertFact(program.relation(name, tuple.length), tuple)) {
      version++;
    }
  }

  private static Object ground(QueryForm.Part part) {
    String name = String.valueOf(part.name());
    if (name.equals(Names.ANONYMOUS) || Names.isVariable(name)) {
      throw new Fault(
              DiagnosticCode.NOT_GROUND,
              "a fact must be ground, but '" + name + "' is a variable",
              "write a symbol, a string or a number; '?' after the atom asks")
          .at(part.span());
    }
    return name;
  }

  /** An argument declared with a type of the language must be of it. */
  private static void requireType(
      String relation, RelationParameter parameter, Object value, Span span) {
    TypeReference type = parameter.type();
    ScalarType scalar = type == null ? null : ScalarType.named(type.name().name());
    boolean fits =
        scalar == null
            || switch (scalar) {
              case INT -> value instanceof Long;
              case FLOAT -> value instanceof Number;
              case STRING -> value instanceof String;
              case BOOL, SYMBOL -> true;
            };
    if (!fits) {
      throw new Fault(
              DiagnosticCode.ARGUMENT_TYPE,
              String.format(
                  "'%s' of relation '%s' must be %s, got %s",
                  parameter.name().name(), relation, type, Texts.constant(value)))
          .at(span);
    }
  }

  private @Nullable RelationParameter parameter(String relation, int column) {
    LogicStatement.Relation declaration = declarations.get(relation);
    return declaration == null ? null : declaration.parameters().get(column);
  }

  private @Nullable String typeOf(String relation, int column) {
    RelationParameter parameter = parameter(relation, column);
    return parameter == null || parameter.type() == null ? null : parameter.type().name().name();
  }

  private static @Nullable Object constant(QueryForm.Part part, List<@Nullable Object> values) {
    if (part.constant() != null) {
      return Constants.canonical(part.constant());
    }
    Object value = part.input() < 0 ? null : values.get(part.input());
    if (value == null && part.name() == null) {
      throw new Fault(
              DiagnosticCode.ARGUMENT_TYPE,
              "an argument of a relation is a symbol, a string or a number")
          .at(part.span());
    }
    return value == null ? null : Constants.canonical(value);
  }

  private static void checkArity(Relation relation, QueryForm form) {
    if (relation.arity() != form.arguments().size()) {
      throw arity(relation, form.arguments().size(), form.span());
    }
  }

  private Relation known(Identifier name) {
    Relation relation = program.find(name.name());
    if (relation == null) {
      throw new Fault(DiagnosticCode.UNKNOWN_RELATION, "unknown relation '" + name.name() + "'")
          .suggesting("relation", name.name(), program.relationNames())
          .at(name.span());
    }
    return relation;
  }

  /** Answers a query; the mode chooses how, not what. */
  public Answer ask(QueryForm form, List<@Nullable Object> values, InferenceMode mode) {
    Question question = question(form, values);
    List<List<Object>> solutions = new ArrayList<>();
    if (question.isPossible()) {
      Collecting collecting = new Collecting(solutions);
      try {
        question.solve(program, mode, products, collecting);
      } finally {
        collecting.release();
      }
    }
    return new Answer(question.text(), question.variables(), solutions);
  }

  /** Collects solutions as values; their memory is counted until all are found. */
  private final class Collecting implements Consumer<int[]> {
    private final List<List<Object>> solutions;
    private long kept;

    Collecting(List<List<Object>> solutions) {
      this.solutions = solutions;
    }

    @Override
    public void accept(int[] found) {
      long bytes = SOLUTION_BYTES + (long) REFERENCE_BYTES * found.length;
      budget.memory(bytes);
      kept += bytes;
      Object[] solution = new Object[found.length];
      Arrays.setAll(solution, i -> program.constants().value(found[i]));
      solutions.add(List.of(solution));
    }

    void release() {
      budget.memory(-kept);
    }
  }

  /** The tuples of a relation, asserted and derived, in that order. */
  public List<List<Object>> tuples(String relation) {
    Relation known = require(relation);
    int[] variables = new int[known.arity()];
    for (int i = 0; i < variables.length; i++) {
      variables[i] = Atom.variable(i);
    }
    program.bringUpToDate(known, products);
    List<List<Object>> tuples = new ArrayList<>();
    List<Rule.Literal> body = List.of(new Rule.Literal(new Atom(known, variables), false));
    Collecting collecting = new Collecting(tuples);
    try {
      program.solve(body, List.of(), variables.length, variables.length, collecting);
    } finally {
      collecting.release();
    }
    return tuples;
  }

  /** Changes whenever facts, rules, relations or entity types do. */
  public long version() {
    return version;
  }

  /**
   * The symbols of the entity type of an argument of a relation: as declared, else as the rules
   * that derive it imply; none if it has no type.
   */
  public List<String> typedConstants(String relation, int column) {
    String name = new ColumnTypes(program, this::typeOf).of(require(relation), column);
    EntityType type = name == null ? null : entities.find(name);
    return type == null ? List.of() : List.copyOf(type.symbols());
  }

  /** The number of arguments of a relation. */
  public int arity(String relation) {
    return require(relation).arity();
  }

  /** All constants: symbols of closed entity types first, then by first appearance. */
  public List<Object> constants() {
    return entities.constants();
  }

  /**
   * What a query's variables could be, whether or not it then holds.
   *
   * @param query the query as printed
   * @param bindings by the text of each binding, the arguments that it gives
   */
  public record Candidates(String query, Map<String, List<Object>> bindings) {}

  /** Every way to fill one variable, or the one way if there is none. */
  public Candidates candidates(QueryForm form, List<@Nullable Object> values) {
    Question question = question(form, values);
    Map<String, List<Object>> bindings = new LinkedHashMap<>();
    if (question.variables().size() > 1) {
      throw new Fault(DiagnosticCode.INVALID_LOGIC, "scores need a query with at most one variable")
          .at(form.span());
    }
    for (Object candidate : candidates(form, question)) {
      List<Object> arguments = new ArrayList<>();
      for (QueryForm.Part part : form.arguments()) {
        Object value = constant(part, values);
        boolean variable =
            value == null && question.variables().contains(String.valueOf(part.name()));
        arguments.add(value != null ? value : variable ? candidate : String.valueOf(part.name()));
      }
      String name =
          question.variables().isEmpty()
              ? "score"
              : question.variables().get(0) + " = " + Texts.constant(candidate);
      bindings.put(name, arguments);
    }
    return new Candidates(question.text(), bindings);
  }

  /** What the one variable of a question could be: symbols of its type, else all constants. */
  private List<?> candidates(QueryForm form, Question question) {
    if (question.variables().isEmpty()) {
      return List.of("");
    }
    String variable = question.variables().get(0);
    for (int column = 0; column < form.arguments().size(); column++) {
      List<String> typed = typedConstants(form.relation().name(), column);
      if (variable.equals(form.arguments().get(column).name()) && !typed.isEmpty()) {
        return typed;
      }
    }
    return entities.constants();
  }

  /** Whether an atom has a solution. */
  public boolean holds(QueryForm form, List<@Nullable Object> values) {
    return ask(form, values, InferenceMode.SYMBOLIC).holds();
  }

  private Question question(QueryForm form, List<@Nullable Object> values) {
    Relation relation = known(form.relation());
    checkArity(relation, form);
    Question question = new Question(relation, program.constants());
    LogicStatement.Relation declaration = declarations.get(relation.name());
    for (int column = 0; column < relation.arity(); column++) {
      QueryForm.Part part = form.arguments().get(column);
      Object value = constant(part, values);
      String name = part.name();
      if (value != null || name == null) {
        question.addConstant(value == null ? "" : value);
      } else if (isQueryVariable(name, declaration)) {
        question.addVariable(name);
      } else {
        question.addConstant(name);
      }
    }
    form.conditions().forEach(condition -> question.addCondition(condition, values));
    return question;
  }

  private boolean isQueryVariable(String name, LogicStatement.@Nullable Relation declaration) {
    if (Names.isVariable(name) || name.equals(Names.ANONYMOUS)) {
      return true;
    }
    if (declaration != null
        && declaration.parameters().stream()
            .anyMatch(parameter -> parameter.name().name().equalsIgnoreCase(name))) {
      return true;
    }
    return Names.isSingleLowerCase(name) && !entities.isSymbol(name);
  }
}
