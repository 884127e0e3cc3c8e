package org.tensorlogic.lang.builtin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Tokenizer;
import org.tensorlogic.lang.runtime.Faults;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TokenizerValue;

/** Section 14.5: text and token ids, which are integer arrays. */
final class Tokens {
  private Tokens() {}

  static void define(Registry registry) {
    registry.add("load_tokenizer(path)", Tokens::load);
    registry.add("tokenize(tokenizer|tok, text|s, special?)", Tokens::tokenize);
    registry.add("detokenize(tokenizer|tok, ids, skip_special|skip?)", Tokens::detokenize);
    registry.add("detokenize_single(tokenizer|tok, id, skip_special|skip?)", Tokens::detokenize);
    registry.add("detokenize_incremental(tokenizer|tok, ids)", Tokens::detokenize);
    registry.add("int_to_tokenids(i)", a -> ArrayValue.ofLongs(new long[] {a.integer(0)}));
    registry.add("append_token(ids, id)", Tokens::append);
  }

  private static Datum load(Arguments a) {
    Tokenizer.Loader loader = a.execution().host().tokenizers();
    if (loader == null) {
      throw new Fault(
          DiagnosticCode.UNSUPPORTED_FORMAT,
          a.function() + ": the host has no tokenizers",
          "give one with TensorLogic.builder().tokenizers(path -> …)");
    }
    Path path = a.execution().files().readable(a.string(0));
    try {
      return new TokenizerValue(loader.load(path));
    } catch (IOException e) {
      throw Faults.of(e);
    }
  }

  private static Tokenizer tokenizer(Arguments a) {
    if (!(a.get(0) instanceof TokenizerValue value)) {
      throw a.wrong(0, "a tokenizer");
    }
    return value.tokenizer();
  }

  private static Datum tokenize(Arguments a) {
    int[] ids = tokenizer(a).encode(a.string(1), a.bool(2, true));
    return ArrayValue.ofLongs(Arrays.stream(ids).asLongStream().toArray());
  }

  private static Datum detokenize(Arguments a) {
    int[] ids = a.indices(1).toArray();
    return StringValue.of(tokenizer(a).decode(ids, a.bool(2, true)));
  }

  private static Datum append(Arguments a) {
    long[] ids = a.integers(0);
    long[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = a.integer(1);
    return ArrayValue.ofLongs(longer);
  }
}
