package org.example;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.tensorlogic.ModelMetadata;

/** The byte-pair vocabulary that a GGUF file carries (tokenizer.ggml.model = gpt2), for text and ids. */
final class Vocabulary {
  private static final int CONTROL = 3; // tokenizer.ggml.token_type
  /** How SmolLM splits text before it joins bytes: every digit is a token of its own. */
  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+|\\p{N}|\\s+(?=\\p{N})| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static final int[] INVISIBLE =
      IntStream.range(0, 0x100)
          .filter(c -> c <= ' ' || c >= 0x7f && c <= 0xa0 || c == 0xad)
          .toArray();

  private final List<String> tokens;
  private final Map<String, Integer> control = new HashMap<>();
  private final Encoding encoding;

  Vocabulary(ModelMetadata metadata) {
    if (!metadata.getString("tokenizer.ggml.model").equals("gpt2")) {
      throw new IllegalArgumentException(
          "expected a byte-pair vocabulary (gpt2), got " + metadata.getString("tokenizer.ggml.model"));
    }
    tokens = List.copyOf(metadata.getStrings("tokenizer.ggml.tokens"));
    List<Long> types = metadata.getLongs("tokenizer.ggml.token_type");
    Map<byte[], Integer> ranks = new HashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) == CONTROL) {
        control.put(tokens.get(id), id);
      } else {
        ranks.put(bytes(tokens.get(id)), id);
      }
    }
    var parameters = new GptBytePairEncodingParams("gguf", WORDS, ranks, control);
    encoding =
        Encodings.newLazyEncodingRegistry()
            .registerGptBytePairEncoding(parameters)
            .getEncoding("gguf")
            .orElseThrow();
  }

  /** The ids of plain text: what looks like a control token in it is text. */
  int[] encode(String text) {
    return encoding.encodeOrdinary(text).toArray();
  }

  /** The id of a control token, such as {@code <|im_start|>}. */
  int control(String token) {
    return control.get(token);
  }

  /** The bytes of a token; a character may be spread over several tokens. */
  byte[] decode(int id) {
    return bytes(tokens.get(id));
  }

  /** GPT-2 writes a byte as a character: a visible one as itself, the n-th other as U+0100 + n. */
  private static byte[] bytes(String token) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(token.length());
    token.chars().forEach(c -> out.write(c < 0x100 ? c : INVISIBLE[c - 0x100]));
    return out.toByteArray();
  }
}
