package org.tensorlogic.lang.equation;

import java.util.List;
import org.tensorlogic.Shape;
import org.tensorlogic.lang.Span;

/** A tensor of the right side with its resolved indices. */
record Occurrence(Span span, String name, Shape shape, List<Axis> axes, boolean self) {}
