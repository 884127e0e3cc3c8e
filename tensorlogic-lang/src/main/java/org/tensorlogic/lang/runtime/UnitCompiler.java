package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.Block;
import org.tensorlogic.lang.syntax.Declaration;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.SourceFile;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StructType;

/** A file with its imports to an executable unit. */
final class UnitCompiler {
  private final Unit unit;
  private final List<Node> items = new ArrayList<>();
  private final List<CompiledUnit.Definition> definitions = new ArrayList<>();
  private final List<CompiledUnit.Entry> tests = new ArrayList<>();
  private CompiledUnit.@Nullable Entry main;

  private UnitCompiler(Unit unit) {
    this.unit = unit;
  }

  /** The files in the order of execution; of all but the last only declarations take effect. */
  static CompiledUnit compile(List<SourceFile> files, Unit unit) {
    UnitCompiler compiler = new UnitCompiler(unit);
    files.forEach(unit::hoist);
    FactSymbols facts = new FactSymbols(unit);
    files.forEach(file -> file.items().forEach(facts::collect));
    for (SourceFile file : files) {
      file.items().forEach(compiler::defineStruct);
    }
    compiler.defineFunctions();
    for (SourceFile file : files) {
      file.items().forEach(compiler::defineImpl);
    }
    Scopes scopes = new Scopes(unit.table(), unit.globalsBefore());
    StatementCompiler statements = new StatementCompiler(scopes, unit);
    compiler.hoistLogic(files, statements);
    for (SourceFile file : files) {
      boolean imported = !file.equals(files.get(files.size() - 1));
      for (Statement item : file.items()) {
        compiler.item(item, imported, statements);
      }
    }
    return new CompiledUnit(
        compiler.definitions,
        compiler.items.toArray(new Node[0]),
        scopes.slots(),
        compiler.main,
        compiler.tests);
  }

  private void defineStruct(Statement item) {
    if (!(item instanceof Declaration.Struct struct)) {
      return;
    }
    List<String> fields = struct.fields().stream().map(f -> f.name().name()).toList();
    List<TypeCheck> checks =
        struct.fields().stream().map(f -> TypeCheck.of(f.type(), null)).toList();
    StructType type = new StructType(struct.name().name(), fields);
    int index = unit.table().structs().index(type.name());
    int parameters = struct.typeParameters().size();
    definitions.add(globals -> globals.define(index, new StructCode(type, parameters, checks)));
  }

  private void defineFunctions() {
    for (Declaration.Function function : unit.declaredFunctions()) {
      FunctionCode code = shell(function);
      complete(code, function);
      int index = unit.table().functions().index(function.name().name());
      definitions.add(globals -> globals.define(index, code));
    }
  }

  private void defineImpl(Statement item) {
    if (!(item instanceof Declaration.Impl impl)) {
      return;
    }
    String struct = impl.type().name().name();
    int index = unit.table().structs().index(struct);
    for (Declaration.Function function : impl.functions()) {
      FunctionCode code = shell(function);
      complete(code, function);
      boolean drop = impl.trait() != null;
      definitions.add(globals -> addTo(globals.struct(index), impl, code, drop));
    }
  }

  private static void addTo(
      @Nullable StructCode struct, Declaration.Impl impl, FunctionCode code, boolean drop) {
    if (struct == null) {
      throw new Fault(DiagnosticCode.UNKNOWN_STRUCT, "unknown struct '" + impl.type().name() + "'")
          .at(impl.type().span());
    }
    if (drop) {
      struct.defineDrop(code);
    } else {
      struct.define(code);
    }
  }

  private static FunctionCode shell(Declaration.Function function) {
    Dimensions dimensions = new Dimensions();
    List<FunctionCode.Parameter> parameters = new ArrayList<>();
    for (Declaration.Parameter parameter : function.parameters()) {
      TypeCheck check =
          parameter.type() == null ? null : TypeCheck.of(parameter.type(), dimensions);
      parameters.add(new FunctionCode.Parameter(parameter.name().name(), check));
    }
    TypeCheck result =
        function.result() == null ? null : TypeCheck.of(function.result(), dimensions);
    return new FunctionCode(
        function.name().name(), function.name().span(), parameters, dimensions, result);
  }

  private void complete(FunctionCode code, Declaration.Function function) {
    Scopes scopes = new Scopes(unit.table(), unit.allGlobals());
    scopes.push();
    for (Declaration.Parameter parameter : function.parameters()) {
      scopes.declare(parameter.name().name());
    }
    for (String dimension : code.dimensionNames()) {
      if (scopes.declaresHere(dimension)) {
        scopes.reserve();
      } else {
        scopes.declare(dimension);
      }
    }
    Node body = new StatementCompiler(scopes, unit).block(function.body());
    scopes.pop();
    code.complete(body, scopes.slots());
  }

  /** Relations, entity types, then rules: known before anything runs. */
  private void hoistLogic(List<SourceFile> files, StatementCompiler statements) {
    List<Node> rules = new ArrayList<>();
    for (SourceFile file : files) {
      for (Statement item : file.items()) {
        if (item instanceof LogicStatement.Rule) {
          rules.add(statements.compile(item));
        } else if (isHoisted(item)) {
          items.add(statements.compile(item));
        }
      }
    }
    items.addAll(rules);
  }

  private static boolean isHoisted(Statement item) {
    return item instanceof LogicStatement.Relation
        || item instanceof LogicStatement.Entity
        || item instanceof LogicStatement.Rule;
  }

  private void item(Statement item, boolean imported, StatementCompiler statements) {
    if (item instanceof Declaration.Main block) {
      if (!imported) {
        main(block);
      }
    } else if (item instanceof Declaration.Test test) {
      if (!imported) {
        tests.add(entry(test.name().name(), test.timed(), test.body()));
      }
    } else if (item instanceof Declaration || isHoisted(item)) {
      return; // compiled before, as imports, functions, structs and impls were
    } else if (!imported || takesEffect(item)) {
      items.add(statements.compile(item));
    }
  }

  /** Which statements of an imported file run. */
  private static boolean takesEffect(Statement item) {
    return item instanceof Statement.Let
        || item instanceof Statement.Assign
        || item instanceof Statement.TensorDeclaration
        || item instanceof LogicStatement.Embedding;
  }

  private void main(Declaration.Main block) {
    if (main != null) {
      throw new Fault(DiagnosticCode.DEFINED_TWICE, "a file has at most one 'main'")
          .at(block.span());
    }
    main = entry("main", false, block.body());
  }

  private CompiledUnit.Entry entry(String name, boolean timed, Block body) {
    Scopes scopes = new Scopes(unit.table(), Set.copyOf(unit.allGlobals()));
    Node node = new StatementCompiler(scopes, unit).block(body);
    return new CompiledUnit.Entry(name, timed, node, scopes.slots());
  }
}
