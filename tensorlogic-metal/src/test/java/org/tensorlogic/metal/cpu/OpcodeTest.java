package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Encoding;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.ScatterOp;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/** Java's constants against the headers'. */
class OpcodeTest {
  private static final Path NATIVE = Path.of("src/main/native");

  @Test
  void operationsHaveTheHeadersCodes() throws Exception {
    Map<String, Integer> codes = enumerators("Opcode");
    for (Field field : Opcode.class.getDeclaredFields()) {
      Integer code = codes.get("OP_" + field.getName());
      if (code != null) {
        assertThat(field.getInt(null)).as(field.getName()).isEqualTo(code);
      }
    }
    assertThat(codes).containsEntry("OP_MATMUL", Opcode.MATMUL);
  }

  @Test
  void encodingsHaveTheHeadersCodes() throws IOException {
    Map<String, Integer> codes = enumerators("Encoding");
    for (Encoding encoding : Encoding.values()) {
      assertThat(codes).as("the header").containsEntry(encoding.name(), Opcode.of(encoding));
    }
  }

  @Test
  void errorsHaveTheHeadersCodes() throws IOException {
    assertThat(enumerators("Error"))
        .containsEntry("ERROR_UNSUPPORTED", Opcode.ERROR_UNSUPPORTED)
        .containsEntry("ERROR_MEMORY", Opcode.ERROR_MEMORY);
  }

  @Test
  void membersOfFamiliesAreInTheHeadersOrder() throws IOException {
    assertThat(members("unary_ops.h", "TL_UNARY_OPS")).isEqualTo(plain(UnaryOp.values()));
    assertThat(members("binary_ops.h", "TL_BINARY_OPS"))
        .extracting(OpcodeTest::spelledOut)
        .isEqualTo(plain(BinaryOp.values()));
    assertThat(members("binary_ops.h", "TL_TERNARY_OPS"))
        .startsWith(plain(TernaryOp.values()).toArray(String[]::new));
    assertThat(enumerators("ReduceOp").keySet())
        .containsExactlyElementsOf(prefixed("REDUCE_", ReduceOp.values()));
    assertThat(enumerators("PoolOp").keySet())
        .containsExactlyElementsOf(prefixed("POOL_", PoolOp.values()));
    assertThat(enumerators("ScatterOp").keySet())
        .containsExactlyElementsOf(prefixed("SCATTER_", ScatterOp.values()));
  }

  /** The header spells comparisons out. */
  private static String spelledOut(String name) {
    return switch (name) {
      case "equal" -> "eq";
      case "notequal" -> "ne";
      case "less" -> "lt";
      case "lessequal" -> "le";
      case "greater" -> "gt";
      case "greaterequal" -> "ge";
      default -> name;
    };
  }

  private static List<String> plain(Enum<?>[] members) {
    List<String> names = new ArrayList<>();
    for (Enum<?> member : members) {
      names.add(member.name().replace("_", "").toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private static List<String> prefixed(String prefix, Enum<?>[] members) {
    List<String> names = new ArrayList<>();
    for (Enum<?> member : members) {
      names.add(prefix + member.name());
    }
    return names;
  }

  /** The names in an X-macro of a shared header. */
  private static List<String> members(String header, String macro) throws IOException {
    String text = Files.readString(NATIVE.resolve("shared").resolve(header));
    String body = text.substring(text.indexOf("#define " + macro + "(OP)"));
    List<String> names = new ArrayList<>();
    Matcher member =
        Pattern.compile("OP\\((\\w+)\\)").matcher(body.substring(0, body.indexOf("\n\n")));
    member.find(); // the macro's own parameter
    member.reset(body.substring(body.indexOf('\n'), body.indexOf("\n\n")));
    while (member.find()) {
      names.add(member.group(1).toLowerCase(Locale.ROOT));
    }
    return names;
  }

  /** The enumerators of abi.h with their values, in order. */
  private static Map<String, Integer> enumerators(String name) throws IOException {
    String text = Files.readString(NATIVE.resolve("cpu/abi.h")).replaceAll("//[^\n]*", "");
    int begin = text.indexOf("enum " + name + " ");
    String body = text.substring(text.indexOf('{', begin) + 1, text.indexOf('}', begin));
    Map<String, Integer> values = new LinkedHashMap<>();
    int next = 0;
    for (String enumerator : body.split(",")) {
      if (enumerator.isBlank()) {
        continue;
      }
      String[] parts = enumerator.strip().split("\\s*=\\s*");
      next = parts.length > 1 ? Integer.parseInt(parts[1]) : next;
      values.put(parts[0], next++);
    }
    return values;
  }
}
