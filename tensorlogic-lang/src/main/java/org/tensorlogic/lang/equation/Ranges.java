package org.tensorlogic.lang.equation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/** The values that each label takes: from (inclusive) and to (exclusive). */
final class Ranges {
  private static final long UNKNOWN = -1;

  private final String[] names;
  private final long[] from;
  private final long[] to;
  private final @Nullable String[] owners;

  Ranges(String... names) {
    this.names = names;
    this.from = new long[names.length];
    this.to = new long[names.length];
    this.owners = new @Nullable String[names.length];
    Arrays.fill(to, UNKNOWN);
  }

  int count() {
    return names.length;
  }

  String name(int label) {
    return names[label];
  }

  boolean isKnown(int label) {
    return to[label] != UNKNOWN;
  }

  long from(int label) {
    return from[label];
  }

  long to(int label) {
    return to[label];
  }

  long size(int label) {
    return to[label] - from[label];
  }

  /** Notes the size that a label has in {@code owner}. */
  void fix(int label, long size, String owner, Span span) {
    if (to[label] == UNKNOWN) {
      to[label] = size;
      owners[label] = owner;
    } else if (to[label] != size) {
      String where =
          owner.equals(owners[label])
              ? " along one axis of '" + owner + "' but " + size + " along another"
              : " in '" + owners[label] + "' but " + size + " in '" + owner + "'";
      throw new Fault(
              DiagnosticCode.INDEX_CONFLICT,
              "index '" + names[label] + "' has size " + to[label] + where)
          .at(span);
    }
  }

  /** Leaves only values from {@code low} to below {@code high}. */
  void restrict(int label, long low, long high) {
    from[label] = Math.max(from[label], low);
    to[label] = Math.max(from[label], Math.min(to[label], high));
  }
}
