package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.optim.Adam;
import org.tensorlogic.optim.Optimizer;
import org.tensorlogic.optim.Parameter;
import org.tensorlogic.optim.Schedule;
import org.tensorlogic.optim.Sgd;

/** An optimizer or scheduler with its settings, as written: {@code adam(lr: 0.01)}. */
record OptimizerChoice(String name, Map<String, Double> settings) {
  static final List<String> OPTIMIZERS = List.of("sgd", "adam", "adamw");
  static final List<String> SCHEDULERS = List.of("step", "exponential", "cosine");

  private static final Map<String, List<String>> PARAMETERS =
      Map.of(
          "sgd", List.of("lr", "momentum", "dampening", "nesterov", "weight_decay"),
          "adam", List.of("lr", "beta1", "beta2", "epsilon", "weight_decay", "amsgrad"),
          "adamw", List.of("lr", "beta1", "beta2", "epsilon", "weight_decay", "amsgrad"),
          "step", List.of("step_size", "gamma"),
          "exponential", List.of("gamma"),
          "cosine", List.of("t_max", "eta_min"));

  /** Gradient descent with its defaults: a learn block that names no optimizer. */
  static OptimizerChoice standard() {
    return new OptimizerChoice("sgd", Map.of());
  }

  /** The settings in order, positional ones by the order of the parameters. */
  static OptimizerChoice of(String name, List<String> names, List<Double> values) {
    List<String> known = PARAMETERS.getOrDefault(name, List.of());
    Map<String, Double> settings = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      String parameter = names.get(i);
      if (parameter.isEmpty()) {
        if (i >= known.size()) {
          throw new Fault(
              DiagnosticCode.ARGUMENT_COUNT,
              "'" + name + "' has " + known.size() + " parameters, got " + values.size());
        }
        parameter = known.get(i);
      } else if (!known.contains(parameter)) {
        throw CallNodes.unknownParameter(name, parameter, known);
      }
      if (settings.put(parameter, values.get(i)) != null) {
        throw new Fault(
            DiagnosticCode.ARGUMENT_COUNT,
            "'" + name + "': argument '" + parameter + "' is given twice");
      }
    }
    return new OptimizerChoice(name, settings);
  }

  static Fault unknown(String kind, String name, List<String> known) {
    return new Fault(DiagnosticCode.UNKNOWN_FUNCTION, "unknown " + kind + " '" + name + "'")
        .suggesting(kind, name, new ArrayList<>(known))
        .withNote("known: " + String.join(", ", known));
  }

  private long integer(String parameter, long otherwise) {
    double value = setting(parameter, (double) otherwise);
    if (value != Math.rint(value)) {
      throw new Fault(
          DiagnosticCode.INVALID_VALUE,
          name + ": " + parameter + " must be an int, got " + FloatValue.of(value));
    }
    return (long) value;
  }

  private double setting(String parameter, double otherwise) {
    return settings.getOrDefault(parameter, otherwise);
  }

  /** The optimizer; its complaints about settings by the names that programs give them. */
  Optimizer create(List<Parameter> parameters) {
    try {
      return made(parameters);
    } catch (IllegalArgumentException e) {
      String message =
          String.valueOf(e.getMessage())
              .replace("optimizer: ", name + ": ")
              .replace("learningRate", "lr")
              .replace("weightDecay", "weight_decay");
      throw new Fault(Diagnostic.error(DiagnosticCode.INVALID_VALUE, null, message), e);
    }
  }

  private Optimizer made(List<Parameter> parameters) {
    if (name.equals("sgd")) {
      return Sgd.of(parameters)
          .momentum(setting("momentum", 0))
          .dampening(setting("dampening", 0))
          .nesterov(setting("nesterov", 0) != 0)
          .learningRate(setting("lr", 0.01))
          .weightDecay(setting("weight_decay", 0));
    }
    boolean decoupled = name.equals("adamw");
    Adam adam = decoupled ? Adam.decoupled(parameters) : Adam.of(parameters);
    return adam.betas(setting("beta1", 0.9), setting("beta2", 0.999))
        .epsilon(setting("epsilon", 1e-8))
        .amsgrad(setting("amsgrad", 0) != 0)
        .learningRate(setting("lr", 0.001))
        .weightDecay(setting("weight_decay", decoupled ? 0.01 : 0));
  }

  Schedule schedule(long epochs) {
    return switch (name) {
      case "step" -> Schedule.step(integer("step_size", 10), setting("gamma", 0.1));
      case "exponential" -> Schedule.exponential(setting("gamma", 0.95));
      case "cosine" -> Schedule.cosine(integer("t_max", epochs), setting("eta_min", 0));
      default -> Schedule.constant();
    };
  }
}
