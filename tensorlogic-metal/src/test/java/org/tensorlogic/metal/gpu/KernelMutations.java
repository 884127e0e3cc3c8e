package org.tensorlogic.metal.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites kernels so that they can be wrong in one place at a time, while they run: a barrier left
 * out, two buffers exchanged, a bound, an index, a step or an integer off by one. One compilation
 * thus serves all mutants; the software device knows which of them is on.
 */
final class KernelMutations {
  /** What the rewritten text calls; the software device defines the variables. */
  private static final String PROLOGUE =
      """
      #pragma clang diagnostic ignored "-Weverything"
      extern "C" int softmetal_mutant;
      extern "C" unsigned char softmetal_sites[8192];
      static inline int off(int site) {
        softmetal_sites[site] = 1;
        return softmetal_mutant == site;
      }
      """;

  private static final Pattern TOKEN =
      Pattern.compile(
          "#[^\\n]*|//[^\\n]*|\\[\\[[^\\]]*\\]\\]|[A-Za-z_]\\w*|\\d[\\w.]*|<<|>>|[<>=!]=|&&|\\|\\|"
              + "|\\+\\+|--|[-+*/%&|^]=|\\S");
  private static final Pattern BUFFER = Pattern.compile("\\[\\[buffer\\((\\d+)\\)\\]\\]");
  private static final Pattern INTEGER = Pattern.compile("\\d+u?");
  private static final Set<String> RELATIONS = Set.of("<", "<=", ">", ">=");
  private static final Set<String> STEPS = Set.of("+=", "*=", "/=");
  private static final Set<String> TEMPLATES =
      Set.of("static_cast", "reinterpret_cast", "as_type", "make_filled_simdgroup_matrix");
  private static final Set<String> TYPES =
      Set.of("float", "long", "half", "uint", "int", "TYPE", "MATRIX", "simdgroup_float8x8");

  /** Functions that take a position, and which argument it is. */
  private static final Map<String, Integer> POSITIONS =
      Map.of("load", 2, "store", 2, "decode_32", 2, "position_of", -1, "trailing", -1);

  /**
   * One way to be wrong.
   *
   * @param name file, function, line and kind; unique, and stable while the line stays
   */
  record Mutant(int site, String name) {}

  private static final class Token {
    final String text;
    final int from;
    String before = "";
    String after = "";
    boolean settled; // no more mutants of it

    Token(String text, int from) {
      this.text = text;
      this.from = from;
    }
  }

  private final List<Mutant> mutants = new ArrayList<>();
  private final Map<String, Integer> seen = new HashMap<>();

  List<Mutant> mutants() {
    return mutants;
  }

  /** The source of a kernel file or header, instrumented; the formulas stay as they are. */
  String instrument(String file, String source) {
    boolean kernels = file.endsWith(".metal");
    if (!kernels && !file.equals("views.h") && !file.equals("blocks.h")) {
      return source;
    }
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(source);
    while (matcher.find()) {
      tokens.add(new Token(matcher.group(), matcher.start()));
    }
    new Pass(file, source, tokens).run();
    StringBuilder text = new StringBuilder(kernels ? PROLOGUE : "");
    int at = 0;
    for (Token token : tokens) {
      text.append(source, at, token.from).append(token.before);
      text.append(token.text).append(token.after);
      at = token.from + token.text.length();
    }
    return text.append(source, at, source.length()).toString();
  }

  /** Over the tokens of one file. */
  private final class Pass {
    private final String file;
    private final String source;
    private final List<Token> tokens;
    private final Deque<Integer> buffers = new ArrayDeque<>();
    private String function = "";
    private int depth; // of braces

    Pass(String file, String source, List<Token> tokens) {
      this.file = file;
      this.source = source;
      this.tokens = tokens;
    }

    void run() {
      for (int i = 0; i < tokens.size(); i++) {
        String text = text(i);
        switch (text) {
          case "{" -> {
            if (depth++ == 0) {
              exchanges();
            }
          }
          case "}" -> depth--;
          default -> {
            if (depth > 0) {
              inBody(i, text);
            } else if (BUFFER.matcher(text).matches()) {
              buffers.add(i);
            } else if (text(i + 1).equals("(") && Character.isLetter(text.charAt(0))) {
              function = text;
            }
          }
        }
      }
    }

    private String text(int i) {
      return i >= 0 && i < tokens.size() ? tokens.get(i).text : "";
    }

    private int site(int i, String kind) {
      int from = source.lastIndexOf('\n', tokens.get(i).from) + 1;
      int to = source.indexOf('\n', from);
      String line = source.substring(from, to).replaceAll("\\s+\\\\?$", "").strip();
      String name = file + " " + function + " | " + line + " | " + kind;
      int count = seen.merge(name, 1, Integer::sum);
      mutants.add(new Mutant(mutants.size() + 1, count == 1 ? name : name + " #" + count));
      return mutants.size();
    }

    /** Every pair of a kernel's buffers. */
    private void exchanges() {
      List<Integer> all = List.copyOf(buffers);
      buffers.clear();
      for (int first : all) {
        for (int second : all.subList(all.indexOf(first) + 1, all.size())) {
          String a = index(first);
          String b = index(second);
          int site = site(first, "buffers " + a + " and " + b + " exchanged");
          tokens.get(first).before += "off(" + site + ") ? " + b + " : ";
          tokens.get(second).before += "off(" + site + ") ? " + a + " : ";
        }
      }
      for (int place : all) { // the choice goes into the attribute
        Token token = tokens.get(place);
        String chosen = "[[buffer(" + token.before + index(place) + ")]]";
        token.before = "";
        tokens.set(place, replaced(token, chosen));
      }
    }

    private Token replaced(Token token, String with) {
      Token other = new Token(token.text, token.from);
      other.before = with + "/*";
      other.after = "*/";
      return other;
    }

    private String index(int i) {
      return BUFFER.matcher(text(i)).replaceAll("$1");
    }

    private void inBody(int i, String text) {
      Token token = tokens.get(i);
      if (token.settled) {
        return;
      }
      if (TEMPLATES.contains(text)) {
        settle(i + 1, closing(i + 1, "<", ">"));
      } else if (text.equals("case")) {
        tokens.get(i + 1).settled = true;
      } else if (text.equals("threadgroup_barrier")) {
        token.before = "if (!off(" + site(i, "no barrier") + ")) ";
      } else if (text.equals("for")) {
        loop(i + 1);
      } else if (RELATIONS.contains(text)) {
        int more = site(i, "bound of " + text + " + 1");
        token.after = " off(" + more + ") - off(" + site(i, "bound of " + text + " - 1") + ") +";
        settleNumber(i + 1);
      } else if (text.equals("[")) {
        subscript(i);
      } else if (POSITIONS.containsKey(text) && text(i + 1).equals("(")) {
        position(i + 1, POSITIONS.get(text));
      } else if (INTEGER.matcher(text).matches() || text.equals("kTile")) {
        token.before = "(";
        token.after = " + off(" + site(i, text + " + 1") + "))";
      }
    }

    private void subscript(int i) {
      int end = closing(i, "[", "]");
      boolean declares =
          TYPES.contains(text(i - 2)) || (text(i - 2).equals(",") && text(end + 1).equals(";"));
      if (declares) {
        settle(i, end);
      } else {
        tokens.get(i).after = "off(" + site(i, "index of " + text(i - 1) + " + 1") + ") + (";
        tokens.get(end).before = ")";
        if (end == i + 2) {
          settleNumber(i + 1);
        }
      }
    }

    /** Where a loop begins, and its step. */
    private void loop(int open) {
      int close = closing(open, "(", ")");
      boolean first = true;
      for (int i = open + 1; i < close; i++) {
        Token token = tokens.get(i);
        if (first && token.text.equals("=")) {
          token.after = " off(" + site(i, "start + 1") + ") +";
          settleNumber(i + 1);
        } else if (!first && STEPS.contains(token.text)) {
          token.after = " off(" + site(i, "step + 1") + ") +";
          settleNumber(i + 1);
        }
        first &= !token.text.equals(";");
      }
    }

    private void position(int open, int which) {
      int close = closing(open, "(", ")");
      int from = open + 1;
      int argument = 0;
      int nested = 0;
      for (int i = open + 1; i <= close; i++) {
        boolean ends = nested == 0 && (text(i).equals(",") || i == close);
        if (ends && (argument == which || (which < 0 && i == close))) {
          String called = text(open - 1);
          tokens.get(from).before =
              "off("
                  + site(from, "position of " + called + " + 1")
                  + ") + ("
                  + tokens.get(from).before;
          tokens.get(i).before += ")";
        }
        if (ends) {
          argument++;
          from = i + 1;
        }
        nested += "([".contains(text(i)) ? 1 : ")]".contains(text(i)) ? -1 : 0;
      }
    }

    private int closing(int open, String opens, String closes) {
      int level = 0;
      for (int i = open; ; i++) {
        level += text(i).equals(opens) ? 1 : text(i).equals(closes) ? -1 : 0;
        if (level == 0) {
          return i;
        }
      }
    }

    private void settle(int from, int to) {
      for (int i = from; i <= to; i++) {
        tokens.get(i).settled = true;
      }
    }

    private void settleNumber(int i) {
      tokens.get(i).settled |= INTEGER.matcher(text(i)).matches();
    }
  }
}
