package org.tensorlogic.lang.runtime;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Scope;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.syntax.Lexer;
import org.tensorlogic.lang.syntax.SourceFile;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.TensorValue;

/** Compiles and runs programs over one set of globals. */
public final class Session {
  private final Host host;
  private final Execution execution;

  public Session(Host host) {
    this(host, new Globals(new SymbolTable()));
  }

  private Session(Host host, Globals globals) {
    this.host = host;
    this.execution = new Execution(globals, host);
  }

  public Execution execution() {
    return execution;
  }

  public Host host() {
    return host;
  }

  /**
   * Does {@code work} while no other thread uses this session.
   *
   * @throws IllegalStateException if one does
   */
  public <T> T alone(Supplier<T> work) {
    return execution.thread().only(work);
  }

  private Globals globals() {
    return execution.globals();
  }

  /** A session that has what this one has now; afterwards they go separate ways. */
  public Session fork() {
    return alone(
        () -> {
          SymbolTable table = globals().table().copy();
          escapeVariables();
          Session fork = new Session(host, globals().copy(table));
          fork.execution.learnFrom(execution);
          return fork;
        });
  }

  /** Shares this session's names: for a run of a program compiled here, on any thread. */
  public Session run() {
    return run(List.of());
  }

  /** The same for a run that has variables of these names, which the program need not mention. */
  public Session run(Collection<String> names) {
    SymbolTable table = globals().table();
    for (String name : names) {
      if (table.variables().find(name) == null) {
        table = table.copy(); // the shared one is read by other threads: a new name would change it
        break;
      }
    }
    Session run = new Session(host, globals().copy(table));
    run.execution.learnFrom(execution);
    return run;
  }

  private void escapeVariables() {
    for (int i = 0; i < globals().table().variables().size(); i++) {
      Datum value = globals().get(i);
      if (value != null) {
        value.escape();
      }
    }
  }

  /**
   * Binds a global variable.
   *
   * @throws IllegalArgumentException if no program could name it
   */
  public void set(String name, Datum value) {
    requireName("variable", name);
    value.escape();
    alone(
        () -> {
          int index = globals().table().variables().index(name);
          globals().fit();
          globals().set(index, value);
          return value;
        });
  }

  /** Checks that programs can call something by this name. */
  public static void requireName(String what, @Nullable String name) {
    if (name == null || !Lexer.isName(name)) {
      throw new IllegalArgumentException(
          "expected the name of a "
              + what
              + " (a letter or '_', then letters, digits and '_', then primes; no reserved word),"
              + " got "
              + (name == null ? "null" : "'" + name + "'"));
    }
  }

  /** The value of a global variable, or null. */
  public @Nullable Datum get(String name) {
    Optional<Datum> value = alone(() -> Optional.ofNullable(globals().get(name)));
    return value.orElse(null);
  }

  /** Compiles a source, with the files that it imports, against the names of this session. */
  public CompiledUnit compile(Source source, @Nullable Path path) {
    return guarded(() -> compileUnguarded(source, path));
  }

  private CompiledUnit compileUnguarded(Source source, @Nullable Path path) {
    List<SourceFile> files = new Loader(new FileAccess(host.policy())).load(source, path);
    Unit unit =
        new Unit(
            globals().table(),
            new HashSet<>(globals().variableNames()),
            new HashSet<>(globals().functionNames()),
            host.functions(),
            host.warnings());
    CompiledUnit compiled = UnitCompiler.compile(files, unit);
    globals().fit();
    return compiled;
  }

  /** Makes the functions and structs of a unit known. */
  public void define(CompiledUnit unit) {
    guarded(
        () -> {
          unit.define(globals());
          return unit;
        });
  }

  /** Runs a unit's items, then its {@code main}; the value of the last. */
  public Datum run(CompiledUnit unit) {
    return handedOver(
        () -> {
          Datum value = unit.runItems(execution);
          Datum main = unit.runMain(execution);
          return main == null ? value : main;
        });
  }

  /** Runs a unit's items only. */
  public Datum runItems(CompiledUnit unit) {
    return begun(() -> unit.runItems(execution));
  }

  /** Runs a test or bench block. */
  public void run(CompiledUnit.Entry entry) {
    begun(() -> CompiledUnit.run(entry, execution));
  }

  /** Runs the destructors of the globals. */
  public void end() {
    guarded(
        () -> {
          execution.endOfProgram();
          return execution;
        });
  }

  /** Calls a function of the program. */
  public Datum call(String name, List<Datum> arguments) {
    return handedOver(
        () -> {
          Integer index = globals().table().functions().find(name);
          FunctionCode code = index == null ? null : globals().function(index);
          if (code == null) {
            throw Functions.unknown(name, execution);
          }
          return execution.call(code, arguments.toArray(new Datum[0]));
        });
  }

  /** Whether the program has a function of this name. */
  public boolean hasFunction(String name) {
    return globals().functionNames().contains(name);
  }

  /** A result for the host: a tensor that nobody else holds belongs to the host's scope. */
  private Datum handedOver(Supplier<Datum> work) {
    Datum result = begun(work);
    if (result instanceof TensorValue tensor && !tensor.isHeld()) {
      Scope.adopt(tensor.tensor());
    }
    result.escape();
    return result;
  }

  private Datum begun(Supplier<Datum> work) {
    return alone(
        () -> {
          execution.begin();
          return located(work);
        });
  }

  private <T> T guarded(Supplier<T> work) {
    return alone(() -> located(work));
  }

  /** Errors with the places that they have in the program. */
  private <T> T located(Supplier<T> work) {
    try {
      return Scope.outside(() -> execution.budget().bound(work));
    } catch (Fault e) {
      throw e.toException();
    } catch (RuntimeException e) {
      RuntimeException known = Faults.locate(e, null);
      throw known instanceof Fault fault ? fault.toException() : known;
    } catch (StackOverflowError e) {
      throw new Fault(
              DiagnosticCode.CALL_DEPTH,
              "the program is nested too deeply for the stack of this thread",
              "give inner parts names, or run on a thread with a larger stack")
          .toException();
    } catch (OutOfMemoryError e) {
      throw Faults.of(e).toException();
    }
  }
}
