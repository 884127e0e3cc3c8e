package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.Parser;
import org.tensorlogic.lang.syntax.Statement;

/** Equations in a world of tensors, numbers, symbols and relations given by name. */
final class Program implements EquationNames, EquationHost {
  final Map<String, Operand> variables = new HashMap<>();
  final Set<String> declared = new HashSet<>();
  final Map<String, Tensor> relations = new HashMap<>();
  final List<String> symbols = new ArrayList<>();
  final Map<String, Written> written = new HashMap<>();
  final Map<String, EquationForm> forms = new HashMap<>();

  Program tensor(String name, Tensor tensor) {
    variables.put(name, new Operand.Array(tensor, symbols::indexOf));
    return this;
  }

  Program tensor(String name, float[] values, long... shape) {
    return tensor(name, Tensor.as(DType.F32).of(values, shape));
  }

  Program declare(String name, DType type, long... shape) {
    declared.add(name);
    return tensor(name, Tensor.as(type).zeros(shape));
  }

  Program number(String name, double value) {
    variables.put(name, new Operand.Numeric(value));
    return this;
  }

  /** Executes the lines as the equations of one block. */
  Tensor run(String... lines) {
    written.clear();
    Tensor last = null;
    for (String line : lines) {
      last = equation(line);
    }
    return java.util.Objects.requireNonNull(last);
  }

  private Tensor equation(String line) {
    EquationForm form = forms.computeIfAbsent(line, text -> EquationForm.read(parse(text), this));
    List<Operand> operands = form.inputs().stream().map(this::evaluate).toList();
    @Nullable Operand before = variables.get(form.name());
    Tensor old = before instanceof Operand.Array array ? array.tensor() : null;
    EquationForm.Result result =
        form.execute(
            operands,
            new EquationForm.Left(old, null, declared.contains(form.name())),
            written.getOrDefault(form.name(), Written.NOTHING),
            this);
    written.put(form.name(), result.written());
    tensor(form.name(), result.tensor());
    return result.tensor();
  }

  static Statement.Assign parse(String line) {
    return (Statement.Assign) Parser.parse(Source.of("test.tl", line)).items().get(0);
  }

  private Operand evaluate(Expression e) {
    if (e instanceof Expression.Name name) {
      return variables.getOrDefault(name.name(), Operand.NONE);
    } else if (e instanceof Expression.IntLiteral number) {
      return new Operand.Numeric((double) number.value());
    } else if (e instanceof Expression.FloatLiteral number) {
      return new Operand.Numeric(number.value());
    } else if (e instanceof Expression.Unary unary) {
      return new Operand.Numeric(-((Operand.Numeric) evaluate(unary.operand())).value());
    } else if (e instanceof Expression.Binary binary) {
      double x = ((Operand.Numeric) evaluate(binary.left())).value();
      double y = ((Operand.Numeric) evaluate(binary.right())).value();
      return new Operand.Numeric(
          switch (binary.operator()) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> x / y;
            case POWER -> Math.pow(x, y);
            default -> throw new IllegalArgumentException(binary.span().text());
          });
    } else if (e instanceof Expression.Call call) {
      Operand argument = evaluate(call.arguments().get(0).value());
      return new Operand.Numeric(
          function(call.function().name(), ((Operand.Numeric) argument).value()));
    }
    throw new IllegalArgumentException(e.span().text());
  }

  private static double function(String name, double x) {
    return switch (name) {
      case "sqrt" -> Math.sqrt(x);
      case "abs" -> Math.abs(x);
      case "relu" -> Math.max(0, x);
      case "tanh" -> Math.tanh(x);
      case "step" -> x > 0 ? 1 : 0;
      case "sig" -> 1 / (1 + Math.exp(-x));
      case "twice" -> 2 * x;
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Override
  public boolean isVariable(String name) {
    return variables.containsKey(name);
  }

  @Override
  public boolean isSymbol(String name) {
    return symbols.contains(name);
  }

  @Override
  public boolean isRelation(String name) {
    return relations.containsKey(name);
  }

  @Override
  public boolean isFunction(String name) {
    return name.equals("twice");
  }

  @Override
  public Tensor relation(String name) {
    return java.util.Objects.requireNonNull(relations.get(name));
  }

  @Override
  public long position(String owner, int axis, String symbol) {
    return symbols.indexOf(symbol);
  }

  @Override
  public Tensor call(String function, Tensor... arguments) {
    return arguments[0].mul(2);
  }

  @Override
  public TensorFactory factory(DType dtype) {
    return Tensor.as(dtype);
  }

  @Override
  public void step() {}
}
