package org.tensorlogic.lang.builtin;

import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.EntityValue;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;

/** Section 14.7: scores of knowledge graph embeddings, their losses and measures, and graphs. */
final class Graphs {
  private static final double NORM_EPSILON = 1e-12;

  private Graphs() {}

  static void define(Registry registry) {
    registry.add("transe_score(h, r, t, norm?)", a -> score(a, transe(a, 0, 1, 2, 3)));
    registry.add("predict_tail_transe(h, r, tails, norm?)", a -> scores(transe(a, 0, 1, 2, 3)));
    registry.add("predict_head_transe(heads, r, t, norm?)", a -> scores(transe(a, 0, 1, 2, 3)));
    registry.add("distmult_score(h, r, t)", a -> score(a, distmult(a)));
    registry.add("predict_tail_distmult(h, r, tails)", a -> scores(distmult(a)));
    registry.add("predict_head_distmult(heads, r, t)", a -> scores(distmult(a)));
    registry.add("complex_score(hr, hi, rr, ri, tr, ti)", a -> score(a, complex(a)));
    registry.add("predict_tail_complex(hr, hi, rr, ri, tails_r, tails_i)", a -> scores(complex(a)));
    registry.add("predict_head_complex(heads_r, heads_i, rr, ri, tr, ti)", a -> scores(complex(a)));
    registry.add("margin_ranking_loss(pos, neg, margin?)", Graphs::marginLoss);
    registry.add("binary_cross_entropy(score, target)", Graphs::crossEntropy);
    registry.add("compute_rank(score, n_higher)", a -> FloatValue.of(a.number(1) + 1));
    registry.add("compute_mrr(rank)", a -> FloatValue.of(1 / rank(a)));
    registry.add("compute_hits_at_k(rank, k)", a -> FloatValue.of(rank(a) <= a.number(1) ? 1 : 0));
    registry.add("compute_mean_rank(sum, n)", Graphs::meanRank);
    registry.add("relational_aggregate(node, rel, neighbor)", Graphs::relational);
    registry.add("aggregate_neighbors(x, n, mode?)", Graphs::aggregate);
    registry.add("graph_attention(q, k, v)", Graphs::attention);
    registry.add("normalize_features(x, mode?)", Graphs::normalize);
    registry.add("entity_dim(type|T)", a -> IntValue.of(entity(a).symbols().size()));
    registry.add("entity_onehot(type|T, symbol)", Graphs::oneHot);
  }

  private static EntityValue entity(Arguments a) {
    if (a.get(0) instanceof EntityValue type) {
      return type;
    }
    throw a.wrong(0, "an entity type");
  }

  /** 1 at the position of a symbol among those of its type, else 0. */
  private static TensorValue oneHot(Arguments a) {
    EntityValue type = entity(a);
    String symbol = a.string(1);
    int position = type.symbols().indexOf(symbol);
    if (position < 0) {
      throw new Fault(
              DiagnosticCode.UNKNOWN_ENTITY,
              "entity_onehot: '" + symbol + "' is no symbol of entity type '" + type.name() + "'")
          .suggesting("symbol", symbol, type.symbols());
    }
    float[] values = new float[type.symbols().size()];
    values[position] = 1;
    return TensorValue.of(a.execution().factory(DType.F16).of(values, values.length));
  }

  /**
   * Checks that vectors along the last dimension are equally long: broadcasting would repeat the
   * elements of a shorter one.
   */
  private static void requireSameLength(Arguments a, int first, int... others) {
    Shape shape = a.tensor(first).shape();
    for (int other : others) {
      Shape against = a.tensor(other).shape();
      if (shape.rank() == 0 || against.rank() == 0 || shape.dim(-1) != against.dim(-1)) {
        throw mismatch(a, first, other, "be vectors of one length");
      }
    }
  }

  /** Checks that the first two arguments have one shape, unless one is a number. */
  private static void requireSameShape(Arguments a) {
    if (a.get(0).isNumber() || a.get(1).isNumber()) {
      return;
    }
    if (!a.tensor(0).shape().equals(a.tensor(1).shape())) {
      throw mismatch(a, 0, 1, "have one shape");
    }
  }

  private static Fault mismatch(Arguments a, int first, int second, String expected) {
    return new Fault(
        DiagnosticCode.SHAPE_MISMATCH,
        String.format(
            "%s: '%s' and '%s' must %s, got %s and %s",
            a.function(),
            a.name(first),
            a.name(second),
            expected,
            a.tensor(first).shape(),
            a.tensor(second).shape()));
  }

  /** -‖h + r - t‖ along the last dimension (TransE, Bordes et al. 2013). */
  private static Tensor transe(Arguments a, int h, int r, int t, int norm) {
    requireSameLength(a, h, r, t);
    String kind = a.string(norm, "L2");
    if (!kind.equals("L1") && !kind.equals("L2")) {
      throw a.invalid("the norm must be \"L1\" or \"L2\", got \"" + kind + "\"");
    }
    try (Tensor moved = a.tensor(h).add(a.tensor(r));
        Tensor difference = moved.sub(a.tensor(t));
        Tensor distance = kind.equals("L1") ? manhattan(difference) : euclidean(difference)) {
      return distance.neg();
    }
  }

  private static Tensor manhattan(Tensor difference) {
    try (Tensor size = difference.abs()) {
      return size.reduce(ReduceOp.SUM, DType.F32, false, -1);
    }
  }

  private static Tensor euclidean(Tensor difference) {
    return difference.reduce(ReduceOp.NORM, DType.F32, false, -1);
  }

  /** Σ h r t along the last dimension (DistMult, Yang et al. 2015). */
  private static Tensor distmult(Arguments a) {
    requireSameLength(a, 0, 1, 2);
    return triple(a.tensor(0), a.tensor(1), a.tensor(2));
  }

  private static Tensor triple(Tensor x, Tensor y, Tensor z) {
    try (Tensor xy = x.mul(y);
        Tensor product = xy.mul(z)) {
      return product.reduce(ReduceOp.SUM, DType.F32, false, -1);
    }
  }

  /** Re⟨h, r, conjugate of t⟩ along the last dimension (ComplEx, Trouillon et al. 2016). */
  private static Tensor complex(Arguments a) {
    requireSameLength(a, 0, 1, 2, 3, 4, 5);
    Tensor hr = a.tensor(0);
    Tensor hi = a.tensor(1);
    Tensor rr = a.tensor(2);
    Tensor ri = a.tensor(3);
    Tensor tr = a.tensor(4);
    Tensor ti = a.tensor(5);
    try (Tensor first = triple(hr, rr, tr);
        Tensor second = triple(hi, rr, ti);
        Tensor third = triple(hr, ri, ti);
        Tensor fourth = triple(hi, ri, tr);
        Tensor sum = first.add(second);
        Tensor more = sum.add(third)) {
      return more.sub(fourth);
    }
  }

  /** A number, or a rank-0 tensor while gradients are tracked; several scores stay a tensor. */
  private static Datum score(Arguments a, Tensor score) {
    return score.size() == 1 && score.rank() == 0 ? Reductions.scalar(a, score) : scores(score);
  }

  private static Datum scores(Tensor scores) {
    return TensorValue.of(scores);
  }

  private static boolean isNumber(Datum value) {
    return value.isNumber() && !(value instanceof TensorValue);
  }

  /** max(0, margin + neg - pos), the mean of several. */
  private static Datum marginLoss(Arguments a) {
    requireSameShape(a);
    double margin = a.number(2, 1);
    if (isNumber(a.get(0)) && isNumber(a.get(1))) {
      return FloatValue.of(Math.max(0, margin + a.number(1) - a.number(0)));
    }
    try (Tensor difference = a.tensor(1).sub(a.tensor(0));
        Tensor shifted = difference.add(margin);
        Tensor loss = shifted.relu()) {
      return Reductions.scalar(a, loss.reduce(ReduceOp.MEAN, DType.F32, false));
    }
  }

  /** max(s, 0) - s t + log(1 + exp(-|s|)): stable from logits; the mean of several. */
  private static Datum crossEntropy(Arguments a) {
    requireSameShape(a);
    if (isNumber(a.get(0)) && isNumber(a.get(1))) {
      double s = a.number(0);
      double loss = Math.max(s, 0) - s * a.number(1) + Math.log1p(Math.exp(-Math.abs(s)));
      return FloatValue.of(loss);
    }
    Tensor s = a.tensor(0);
    try (Tensor positive = s.relu();
        Tensor product = s.mul(a.tensor(1));
        Tensor linear = positive.sub(product);
        Tensor size = s.abs();
        Tensor negative = size.neg();
        Tensor exponential = negative.exp();
        Tensor shifted = exponential.add(1);
        Tensor logarithm = shifted.log();
        Tensor loss = linear.add(logarithm)) {
      return Reductions.scalar(a, loss.reduce(ReduceOp.MEAN, DType.F32, false));
    }
  }

  private static double rank(Arguments a) {
    double rank = a.number(0);
    if (!(rank > 0)) {
      throw a.invalid("a rank is positive, got " + a.get(0));
    }
    return rank;
  }

  private static Datum meanRank(Arguments a) {
    if (!(a.number(1) > 0)) {
      throw a.invalid("the number of ranks must be positive, got " + a.get(1));
    }
    return FloatValue.of(a.number(0) / a.number(1));
  }

  private static Datum relational(Arguments a) {
    if (a.get(1).isNumber()) {
      requireSameLength(a, 0, 2);
    } else {
      requireSameLength(a, 0, 1, 2);
    }
    return a.result(a.tensor(1).mulAdd(a.tensor(2), a.tensor(0)));
  }

  private static Datum aggregate(Arguments a) {
    String mode = a.string(2, "mean");
    double n = a.number(1);
    if (mode.equals("sum")) {
      return a.get(0);
    } else if (!mode.equals("mean")) {
      throw a.invalid("the mode must be \"mean\" or \"sum\", got \"" + mode + "\"");
    } else if (!(n > 0)) {
      throw a.invalid("the number of neighbors must be positive, got " + a.get(1));
    }
    return a.result(a.tensor(0).div(n));
  }

  /** sigmoid(q · k) v. */
  private static Datum attention(Arguments a) {
    requireSameLength(a, 0, 1);
    try (Tensor product = a.tensor(0).mul(a.tensor(1));
        Tensor dot = product.reduce(ReduceOp.SUM, product.dtype(), true, -1);
        Tensor weight = dot.sigmoid()) {
      return TensorValue.of(a.tensor(2).mul(weight));
    }
  }

  private static Datum normalize(Arguments a) {
    String mode = a.string(1, "l2");
    if (!mode.equals("l2")) {
      throw a.invalid("the mode must be \"l2\", got \"" + mode + "\"");
    }
    Tensor x = a.tensor(0);
    try (Tensor norm = x.reduce(ReduceOp.NORM, DType.F32, true, -1);
        Tensor safe = norm.maximum(NORM_EPSILON);
        Tensor narrow = safe.to(x.dtype())) {
      return TensorValue.of(x.div(narrow));
    }
  }
}
