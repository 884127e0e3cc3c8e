package org.tensorlogic.lang.builtin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The built-in functions by name: {@code softmax}, {@code KVCache::new}, … */
public final class Registry {
  private static final Map<String, Builtin> ALL = new TreeMap<>();
  private static final Map<String, Builtin> METHODS = new TreeMap<>();

  static {
    Registry registry = new Registry();
    Elementwise.define(registry);
    Creation.define(registry);
    Shapes.define(registry);
    Reductions.define(registry);
    Networks.define(registry);
    AttentionFunctions.define(registry);
    Sampling.define(registry);
    Tokens.define(registry);
    ModelFiles.define(registry);
    Graphs.define(registry);
    Basics.define(registry);
    HostAccess.define(registry);
    Aliases.define(registry);
  }

  private Registry() {}

  /** The function of this name, or null. */
  public static @Nullable Builtin function(String name) {
    return ALL.get(name);
  }

  /** The method of this name: of vectors, caches and so on first, else any function. */
  public static @Nullable Builtin method(String name) {
    Builtin method = METHODS.get(name);
    return method != null ? method : ALL.get(name);
  }

  /** Every name, methods excluded. */
  public static List<String> names() {
    return new ArrayList<>(ALL.keySet());
  }

  /** Adds a function; the signature as {@code softmax(x, dim?)}. */
  void add(String signature, Builtin.Implementation implementation) {
    Signature parsed = Signature.parse(signature);
    ALL.put(parsed.name(), new Builtin(parsed, implementation));
  }

  /** Adds a method that is not also a function; its first parameter is the receiver. */
  void addMethod(String signature, Builtin.Implementation implementation) {
    Signature parsed = Signature.parse(signature);
    METHODS.put(parsed.name(), new Builtin(parsed, implementation));
  }

  /** A second name for a function. */
  void alias(String name, String original) {
    Builtin builtin = ALL.get(original);
    if (builtin == null) {
      throw new IllegalStateException("no built-in " + original);
    }
    ALL.put(name, new Builtin(builtin.signature().renamed(name), builtin.implementation()));
  }
}
