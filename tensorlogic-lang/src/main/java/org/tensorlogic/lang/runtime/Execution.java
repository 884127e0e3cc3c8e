package org.tensorlogic.lang.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Limits;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;

/** One run of a program, or one session: its globals, its world, and how much of it is used up. */
public final class Execution {
  private static final int STEPS_BETWEEN_CHECKS = 1024;
  private static final long MAX_VALUE_BYTES = 1L << 30;
  private static final long NEVER = Long.MAX_VALUE;

  private final Globals globals;
  private final Host host;
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final OneThread thread = new OneThread();
  private MemoryBudget budget;
  private SplittableRandom random = new SplittableRandom();
  private int stepsToCheck = STEPS_BETWEEN_CHECKS;
  private long stepsChecked;
  private long deadline = NEVER;
  private int callDepth;
  private long printed;
  private final Set<Diagnostic> warned = new HashSet<>();
  private @Nullable Logic logic;
  private @Nullable Learning learning;
  private @Nullable DType declaredType;
  private long @Nullable [] declaredShape;

  public Execution(Globals globals, Host host) {
    this.globals = globals;
    this.host = host;
    this.budget = new MemoryBudget(host.limits().tensorBytes());
  }

  public MemoryBudget budget() {
    return budget;
  }

  /** Checks that a number array or text of this many bytes is not beyond the limits. */
  public void requireBytes(String what, long bytes) {
    requireAtMost(Math.min(MAX_VALUE_BYTES, host.limits().tensorBytes()), what, bytes);
  }

  /** Checks that a tensor that would have this many bytes is not beyond the host's limit. */
  public void requireTensorBytes(String what, long bytes) {
    requireAtMost(host.limits().tensorBytes(), what, bytes);
  }

  private static void requireAtMost(long most, String what, long bytes) {
    if (bytes > most) {
      throw new Fault(
          DiagnosticCode.MEMORY_LIMIT, what + " of " + bytes + " bytes would be too large");
    }
  }

  /** Who may use this. */
  OneThread thread() {
    return thread;
  }

  public Globals globals() {
    return globals;
  }

  public Host host() {
    return host;
  }

  public Backend backend() {
    return host.backend();
  }

  /** Facts, rules and what follows from them. */
  Logic logic() {
    Logic known = logic;
    if (known == null) {
      known = new Logic(this);
      logic = known;
    }
    return known;
  }

  /** Begins with what another execution knows. */
  void learnFrom(Execution other) {
    if (other.logic != null) {
      logic = other.logic.copy(this);
    }
  }

  /** The learn block that runs, or null. */
  public @Nullable Learning learning() {
    return learning;
  }

  void setLearning(@Nullable Learning block) {
    learning = block;
  }

  /** A value as a tensor, numbers and arrays in float32. */
  Tensor asTensor(Datum value) {
    if (value instanceof TensorValue tensor) {
      return tensor.tensor();
    } else if (value instanceof ArrayValue array) {
      return Conversions.tensor(array, factory(DType.F32));
    }
    return factory(DType.F32).full(value.toDouble());
  }

  public FileAccess files() {
    return new FileAccess(host.policy());
  }

  public TensorFactory factory(DType dtype) {
    return Tensor.on(host.backend(), dtype);
  }

  /** A number array as a tensor. */
  public TensorValue tensor(ArrayValue array, DType dtype) {
    return TensorValue.of(Conversions.tensor(array, factory(dtype)));
  }

  public SplittableRandom random() {
    return random;
  }

  public void seed(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * Says which type and shape initialisers without a shape use: {@code tensor W: float32[2, 3] =
   * random_normal(0, 1)}. Null ends it.
   */
  void declare(@Nullable DType dtype, long @Nullable [] shape) {
    declaredType = dtype;
    declaredShape = shape;
  }

  public @Nullable DType declaredType() {
    return declaredType;
  }

  public long @Nullable [] declaredShape() {
    return declaredShape;
  }

  /** Whether gradients of this tensor are being recorded. */
  public boolean isTracking(Tensor tensor) {
    return learning != null && learning.isTracked(tensor);
  }

  /** Whether gradients of this value are being recorded. */
  public boolean isTracking(Datum value) {
    return value instanceof TensorValue tensor && isTracking(tensor.tensor());
  }

  /** The gradients of a loss, and one step of the optimizer. */
  public void backward(Tensor loss) {
    LearnNodes.backward(this, loss);
  }

  /** Begins a run: limits count from here. */
  public void begin() {
    cancelled.set(false);
    budget = new MemoryBudget(host.limits().tensorBytes());
    stepsToCheck = STEPS_BETWEEN_CHECKS;
    stepsChecked = 0;
    deadline = deadline(host.limits().time());
    callDepth = 0;
    learning = null;
    printed = 0;
    warned.clear();
  }

  /** Asks a run on another thread to stop at its next step. */
  public void cancel() {
    cancelled.set(true);
  }

  private static long deadline(Duration time) {
    return time.equals(Limits.UNLIMITED) ? NEVER : System.nanoTime() + time.toNanos();
  }

  private boolean isLate() {
    return deadline != NEVER && System.nanoTime() - deadline > 0;
  }

  private boolean isCancelled() {
    return cancelled.get() || Thread.currentThread().isInterrupted();
  }

  /** Counts one statement, iteration or call. */
  void step() {
    if (--stepsToCheck == 0 || isCancelled() || isLate()) {
      int taken = STEPS_BETWEEN_CHECKS - stepsToCheck;
      stepsToCheck = STEPS_BETWEEN_CHECKS;
      steps(taken);
    }
  }

  /** Counts many steps at once. */
  void steps(long count) {
    stepsChecked += count;
    check();
  }

  /** Ends a run that is over a limit or cancelled; for built-ins that take long. */
  public void check() {
    if (stepsChecked > host.limits().steps()) {
      throw new Fault(
          DiagnosticCode.STEP_LIMIT,
          "the program took more than " + host.limits().steps() + " steps");
    }
    if (isLate()) {
      throw new Fault(
          DiagnosticCode.TIME_LIMIT,
          "the program ran for more than " + host.limits().time().toMillis() + " ms");
    }
    if (isCancelled()) {
      throw new Fault(DiagnosticCode.CANCELLED, "the program was cancelled");
    }
  }

  void checkIterations(long iterations) {
    if (iterations > host.limits().loopIterations()) {
      throw new Fault(
          DiagnosticCode.LOOP_LIMIT,
          "the loop ran more than " + host.limits().loopIterations() + " times");
    }
  }

  void enterCall() {
    step();
    if (++callDepth > host.limits().callDepth()) {
      throw tooDeep(host.limits());
    }
  }

  /** Whether the calls on this thread's stack are as many as it is trusted with. */
  boolean needsNewStack() {
    return callDepth % DeepStack.CALLS == 0 && learning == null;
  }

  void leaveCall() {
    callDepth--;
  }

  static Fault tooDeep(Limits limits) {
    return new Fault(
        DiagnosticCode.CALL_DEPTH,
        "more than " + limits.callDepth() + " nested calls",
        "check that the recursion ends");
  }

  /** Writes text to the host's output. */
  public void print(CharSequence text) {
    printed += text.length();
    if (printed > host.limits().outputCharacters()) {
      throw new Fault(
          DiagnosticCode.OUTPUT_LIMIT,
          "the program printed more than " + host.limits().outputCharacters() + " characters");
    }
    try {
      host.output().append(text);
    } catch (IOException e) {
      throw new UncheckedIOException("print: the output cannot be written", e);
    }
  }

  /** Tells the host of a finding, unless this run has done so at the same place. */
  public void warnOnce(Diagnostic warning) {
    if (warned.add(warning)) {
      host.warnings().accept(warning);
    }
  }

  /** A variable's scope has ended: destructors run, memory is freed. */
  void endOfVariable(Datum value) {
    if (value instanceof StructValue struct && struct.isDying()) {
      drop(struct);
    }
    value.release();
  }

  private void drop(StructValue struct) {
    StructCode code = globals.struct(struct.structType().name());
    FunctionCode destructor = code == null ? null : code.drop();
    if (destructor != null) {
      struct.markDropped();
      Frame frame = destructor.frame(this);
      frame.set(0, struct);
      destructor.run(frame);
    }
  }

  /** Runs the destructors of the global variables, the last declared first. */
  public void endOfProgram() {
    for (int i = globals.table().variables().size() - 1; i >= 0; i--) {
      @Nullable Datum value = globals.get(i);
      if (value instanceof StructValue struct && struct.isDying()) {
        drop(struct);
      }
    }
  }

  /** Calls a function by code, from the host or a built-in. */
  public Datum call(FunctionCode function, Datum... arguments) {
    if (arguments.length != function.parameterCount()) {
      throw FunctionCode.wrongCount(
          function.name(), function.parameterCount(), arguments.length, function.declaredAt());
    }
    Frame frame = function.frame(this);
    for (int i = 0; i < arguments.length; i++) {
      frame.set(i, arguments[i]);
    }
    return function.run(frame);
  }
}
