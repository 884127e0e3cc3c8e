package org.tensorlogic.lang.syntax;

import java.util.List;
import org.tensorlogic.lang.Source;

/** The parsed items of one source, in textual order. */
public record SourceFile(Source source, List<Statement> items) {}
