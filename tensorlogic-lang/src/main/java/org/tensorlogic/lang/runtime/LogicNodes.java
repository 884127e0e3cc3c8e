package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.logic.Answer;
import org.tensorlogic.lang.logic.KnowledgeBase;
import org.tensorlogic.lang.logic.QueryForm;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;
import org.tensorlogic.lang.syntax.TypeReference;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.VoidValue;

/** Declarations, facts, rules and queries. */
final class LogicNodes {
  private LogicNodes() {}

  /** What a logic node does; errors get its place. */
  interface Action {
    Datum run(Frame frame, Logic logic);
  }

  static final class Statement extends Node {
    private final Action action;

    Statement(Span span, Action action) {
      super(span);
      this.action = action;
    }

    @Override
    public Datum evaluate(Frame frame) {
      try {
        return action.run(frame, frame.execution().logic());
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }
  }

  static Action declare(LogicStatement.Relation relation) {
    return (frame, logic) -> {
      logic.knowledge().declare(relation);
      TypeReference type = relation.embedding();
      if (type != null) {
        DType dtype = DTypes.named(type.name().name());
        logic.embed(
            relation.name().name(),
            dtype == null ? DType.F16 : dtype,
            dimension(type),
            relation.learnable());
      }
      return VoidValue.VOID;
    };
  }

  private static long dimension(TypeReference type) {
    List<TypeReference.Dimension> dimensions = type.dimensions();
    if (dimensions != null
        && dimensions.size() == 1
        && dimensions.get(0) instanceof TypeReference.Dimension.Fixed fixed) {
      return fixed.size();
    }
    throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH, "the embedding of a relation is a vector, got " + type)
        .withHelp("write, for example, embed float16[64]")
        .at(type.span());
  }

  static Action declare(LogicStatement.Entity entity) {
    return (frame, logic) -> {
      logic.knowledge().declare(entity);
      return VoidValue.VOID;
    };
  }

  static Action add(LogicStatement.Rule rule) {
    return (frame, logic) -> {
      logic.knowledge().add(rule);
      return VoidValue.VOID;
    };
  }

  static Action fact(QueryForm form, List<Node> inputs) {
    return (frame, logic) -> {
      logic.knowledge().assertFact(form, values(inputs, frame));
      return VoidValue.VOID;
    };
  }

  static Action holds(QueryForm form, List<Node> inputs) {
    return (frame, logic) -> BoolValue.of(logic.knowledge().holds(form, values(inputs, frame)));
  }

  static Action query(QueryForm form, List<Node> inputs, InferenceMode mode) {
    return (frame, logic) -> {
      List<@Nullable Object> values = values(inputs, frame);
      Answer answer = logic.knowledge().ask(form, values, mode);
      answer.print(frame.execution()::print);
      return VoidValue.VOID;
    };
  }

  /** {@code infer gradient}: the score of every candidate. */
  static Action scores(QueryForm form, List<Node> inputs) {
    return (frame, logic) -> {
      String relation = form.relation().name();
      KnowledgeBase.Candidates candidates =
          logic.knowledge().candidates(form, values(inputs, frame));
      RelationEmbedding embedding = logic.embedding(relation);
      if (embedding == null) {
        frame
            .execution()
            .print(
                candidates.query()
                    + " nothing to differentiate: relation '"
                    + relation
                    + "' has no embedding\n");
        return VoidValue.VOID;
      }
      candidates.bindings().values().forEach(embedding::table);
      StringBuilder text = new StringBuilder(candidates.query());
      text.append(' ')
          .append(candidates.bindings().size())
          .append(candidates.bindings().size() == 1 ? " candidate\n" : " candidates\n");
      for (Map.Entry<String, List<Object>> entry : candidates.bindings().entrySet()) {
        List<Object> pair = entry.getValue();
        double score = embedding.score(pair.get(0), pair.get(pair.size() - 1));
        text.append("  ").append(entry.getKey()).append(": ");
        text.append(FloatValue.of(score)).append('\n');
      }
      frame.execution().print(text);
      return VoidValue.VOID;
    };
  }

  static Action within(String type, Span span, Node body) {
    return (frame, logic) -> {
      String outer = logic.knowledge().enterType(type, span);
      try {
        return body.evaluate(frame);
      } finally {
        logic.knowledge().enterType(outer, span);
      }
    };
  }

  /** Strings and numbers as the engine's constants; other values stand for no value. */
  private static List<@Nullable Object> values(List<Node> inputs, Frame frame) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Node input : inputs) {
      values.add(constant(input, frame));
    }
    return values;
  }

  private static @Nullable Object constant(Node input, Frame frame) {
    Datum value =
        input instanceof Variables.Reading reading
            ? reading.valueOrNull(frame)
            : input.evaluate(frame);
    if (value instanceof StringValue text) {
      return text.value();
    } else if (value instanceof IntValue number) {
      return number.value();
    } else if (value instanceof FloatValue number) {
      return number.value();
    }
    if (value == null || input instanceof Variables.Reading || !value.isNumber()) {
      return null;
    }
    return value.toDouble();
  }
}
