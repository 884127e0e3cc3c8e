package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** Functions, types, imports and the entry blocks. */
public sealed interface Declaration extends Statement {
  <R extends @Nullable Object> R accept(Visitor<R> visitor);

  record Import(Span span, String path, Span pathSpan) implements Declaration {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitImport(this);
    }
  }

  /** A function; in an impl whose first parameter is {@code self}, a method. */
  record Function(
      Span span,
      Identifier name,
      List<Identifier> typeParameters,
      List<Parameter> parameters,
      @Nullable TypeReference result,
      Block body)
      implements Declaration {

    public boolean isMethod() {
      return !parameters.isEmpty() && parameters.get(0).name().name().equals("self");
    }

    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitFunction(this);
    }
  }

  record Parameter(Identifier name, @Nullable TypeReference type) {}

  record Struct(Span span, Identifier name, List<Identifier> typeParameters, List<Field> fields)
      implements Declaration {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitStruct(this);
    }
  }

  record Field(Identifier name, TypeReference type) {}

  /** {@code impl Type { … }} or {@code impl Drop for Type { … }}. */
  record Impl(Span span, @Nullable Identifier trait, TypeReference type, List<Function> functions)
      implements Declaration {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitImpl(this);
    }
  }

  record Main(Span span, Block body) implements Declaration {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitMain(this);
    }
  }

  /** {@code test name { … }} or, with {@code timed}, {@code bench name { … }}. */
  record Test(Span span, Identifier name, boolean timed, Block body) implements Declaration {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitTest(this);
    }
  }

  /** One method per kind of declaration. */
  interface Visitor<R extends @Nullable Object> {
    R visitImport(Import d);

    R visitFunction(Function d);

    R visitStruct(Struct d);

    R visitImpl(Impl d);

    R visitMain(Main d);

    R visitTest(Test d);
  }
}
