package org.tensorlogic.lang.syntax;

import java.util.List;
import org.tensorlogic.lang.Span;

/** Statements in braces; its value is the value of the last one. */
public record Block(Span span, List<Statement> statements) {}
