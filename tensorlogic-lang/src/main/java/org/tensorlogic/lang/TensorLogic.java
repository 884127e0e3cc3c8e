package org.tensorlogic.lang;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.runtime.CompiledUnit;
import org.tensorlogic.lang.runtime.Devices;
import org.tensorlogic.lang.runtime.Host;
import org.tensorlogic.lang.runtime.Session;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;

/**
 * Evaluates TensorLogic. A session keeps its variables and functions from one {@link #eval} to the
 * next:
 *
 * <pre>{@code
 * Tensor y = TensorLogic.create().set("x", x).eval("relu(x @ W + b)").asTensor();
 * }</pre>
 *
 * <p>Programs reach nothing outside unless the {@link Policy} allows it, and use no more than the
 * {@link Limits} say. Every error of a program is a {@link TensorLogicException}.
 *
 * <p>A session belongs to one thread at a time; only {@link #cancel} may be called from another.
 * What another thread asks while one is at work fails with an {@link IllegalStateException}. Give
 * each thread its own session, or {@link #compile} a {@link Program}, which many threads may run.
 */
public final class TensorLogic {
  private final Session session;

  private TensorLogic(Session session) {
    this.session = session;
  }

  /** A session with the defaults of {@link #builder}. */
  public static TensorLogic create() {
    return builder().build();
  }

  /** Chooses backend, output, policy and limits. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Binds a variable.
   *
   * @param value anything that {@link Value#of} accepts
   * @return this session
   * @throws IllegalArgumentException if no program could use the name, or for any other value
   */
  public TensorLogic set(String name, @Nullable Object value) {
    session.set(name, Conversions.fromJava(value));
    return this;
  }

  /** The value of a variable, if it has one. */
  public Optional<Value> get(String name) {
    Datum value = session.get(name);
    if (value != null) {
      value.escape();
    }
    return Optional.ofNullable(value);
  }

  /**
   * Makes a Java function callable by programs evaluated from now on.
   *
   * @return this session
   * @throws IllegalArgumentException if no program could use the name
   */
  public TensorLogic register(String name, HostFunction function) {
    Session.requireName("function", name);
    session.host().functions().put(name, function);
    return this;
  }

  /**
   * Evaluates statements or an expression.
   *
   * @return the value of {@code main} if there is one, else of the last statement
   * @throws TensorLogicException if they cannot be parsed or fail
   */
  public Value eval(String program) {
    return eval(Source.of("<eval>", program));
  }

  /** As {@link #eval(String)}, for a source with a name of its own. */
  public Value eval(Source source) {
    return evaluate(source, null);
  }

  /** Runs a file: its imports are relative to it, and its destructors run at the end. */
  public Value run(Path file) throws IOException {
    Value value = evaluate(Source.of(file.toString(), Files.readString(file)), file);
    session.end();
    return value;
  }

  private Value evaluate(Source source, @Nullable Path path) {
    return session.alone(
        () -> {
          CompiledUnit unit = session.compile(source, path);
          session.define(unit);
          return session.run(unit);
        });
  }

  /** Runs the {@code test} and {@code bench} blocks of a file. */
  public List<TestResult> test(Path file) throws IOException {
    return TestRunner.run(session, Source.of(file.toString(), Files.readString(file)), file);
  }

  /** Compiles a program that can be run many times, by many threads. */
  public Program compile(String program) {
    return compile(Source.of("<program>", program));
  }

  /** As {@link #compile(String)}, for a source with a name of its own. */
  public Program compile(Source source) {
    Session fork = session.fork();
    return new Program(fork, fork.compile(source, null));
  }

  /**
   * A function that has been defined by an evaluated program.
   *
   * @throws TensorLogicException if there is none of this name
   */
  public TensorFunction function(String name) {
    return TensorFunction.of(session, name);
  }

  /** Makes the program that is running now fail at its next step; callable from any thread. */
  public void cancel() {
    session.execution().cancel();
  }

  /** The names of the variables that have a value. */
  public List<String> variables() {
    return session.alone(() -> session.execution().globals().variableNames());
  }

  /** The names of the functions that programs have defined. */
  public List<String> functions() {
    return session.alone(() -> session.execution().globals().functionNames());
  }

  /**
   * How a session is made. Defaults: the best backend, standard output, warnings ignored, {@link
   * Policy#closed}, {@link Limits#none}.
   */
  public static final class Builder {
    private @Nullable Backend backend;
    private Appendable output = System.out;
    private Consumer<Diagnostic> warnings = warning -> {};
    private Policy policy = Policy.closed();
    private Limits limits = Limits.none();
    private @Nullable BufferedReader input;
    private Tokenizer.@Nullable Loader tokenizers;
    private final Map<String, HostFunction> functions = new HashMap<>();

    private Builder() {}

    /** Where tensors are made and computed, also those that a program asks on another device. */
    public Builder backend(Backend chosen) {
      backend = chosen;
      return this;
    }

    /** Where {@code print} writes. */
    public Builder output(Appendable target) {
      output = target;
      return this;
    }

    /** Who is told of warnings. */
    public Builder warnings(Consumer<Diagnostic> listener) {
      warnings = listener;
      return this;
    }

    /** What programs may reach outside themselves. */
    public Builder policy(Policy allowed) {
      policy = allowed;
      return this;
    }

    /** Also lets programs read and write files below {@code root}. */
    public Builder allowFiles(Path root) {
      policy = policy.allowFiles(root);
      return this;
    }

    /** Also lets programs read files below {@code root}. */
    public Builder allowRead(Path root) {
      policy = policy.allowRead(root);
      return this;
    }

    /** How much one run may use. */
    public Builder limits(Limits most) {
      limits = most;
      return this;
    }

    /** What {@code input} reads, if the policy allows it. */
    public Builder input(Reader source) {
      input = new BufferedReader(source);
      return this;
    }

    /** What {@code load_tokenizer} opens. */
    public Builder tokenizers(Tokenizer.Loader loader) {
      tokenizers = loader;
      return this;
    }

    /** Makes a Java function callable by programs. */
    public Builder register(String name, HostFunction function) {
      Session.requireName("function", name);
      functions.put(name, function);
      return this;
    }

    /** The session. */
    public TensorLogic build() {
      Backend where = backend == null ? Backends.best() : backend;
      boolean bound = backend != null || System.getProperty("tensorlogic.backend") != null;
      Devices devices = new Devices(where, bound, warnings);
      Map<String, HostFunction> own = new HashMap<>(functions);
      return new TensorLogic(
          new Session(
              new Host(where, devices, output, warnings, policy, limits, own, input, tokenizers)));
    }
  }
}
