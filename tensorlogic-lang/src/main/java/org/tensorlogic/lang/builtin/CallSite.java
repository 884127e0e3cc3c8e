package org.tensorlogic.lang.builtin;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.lang.Span;

/**
 * Where and how a built-in is called.
 *
 * @param type the element type of {@code f32::zeros(…)}; null without one
 * @param statement whether the call is a statement of its own, whose value nobody gets
 */
public record CallSite(Span span, @Nullable DType type, boolean statement) {}
