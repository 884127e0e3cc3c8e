package org.tensorlogic.metal.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.tensorlogic.metalcpp.Compilation;
import org.tensorlogic.metalcpp.MTLComputePipelineState;
import org.tensorlogic.metalcpp.MTLFunction;
import org.tensorlogic.metalcpp.MTLLibrary;
import org.tensorlogic.metalcpp.NSAutoreleasePool;
import org.tensorlogic.metalcpp.NSString;
import org.tensorlogic.metalcpp.global.Metal;

/** Pipelines by kernel name; a source file is compiled when the first of its kernels is used. */
final class ShaderLibrary {
  private static final Pattern INCLUDE =
      Pattern.compile("^#include \"([^\"]+)\"$", Pattern.MULTILINE);
  private static final Pattern ONCE = Pattern.compile("^#pragma once$", Pattern.MULTILINE);
  private static final Pattern KERNEL = Pattern.compile("\\bkernel void (\\w+)\\(");
  private static final Pattern GENERATED =
      Pattern.compile("^TL_MATMUL\\((\\w+),", Pattern.MULTILINE);
  private static final String[] FILES = {"elementwise", "rows", "matmul", "network"};

  private final MetalDevice device;
  private final Map<String, String> fileOf = new HashMap<>();
  private final Map<String, MTLLibrary> libraries = new HashMap<>();
  private final Map<String, MTLComputePipelineState> pipelines = new HashMap<>();

  ShaderLibrary(MetalDevice device) {
    this.device = device;
    for (String file : FILES) {
      String source = resource(file + ".metal");
      for (Pattern pattern : new Pattern[] {KERNEL, GENERATED}) {
        Matcher matcher = pattern.matcher(source);
        while (matcher.find()) {
          fileOf.put(matcher.group(1), file);
        }
      }
    }
  }

  /**
   * The pipeline of a kernel.
   *
   * @throws IllegalStateException if its source does not compile here, with the compiler's message
   */
  synchronized MTLComputePipelineState pipeline(String kernel) {
    MTLComputePipelineState known = pipelines.get(kernel);
    if (known != null) {
      return known;
    }
    String file = fileOf.get(kernel);
    if (file == null) {
      throw new IllegalStateException("metal: there is no kernel '" + kernel + "'");
    }
    NSAutoreleasePool pool = NSAutoreleasePool.alloc().init();
    try {
      MTLLibrary library = libraries.computeIfAbsent(file, this::compile);
      try (BytePointer name = new BytePointer(kernel)) {
        MTLFunction function = library.newFunction(NSString.string(name, Metal.UTF8StringEncoding));
        MTLComputePipelineState pipeline = Metal.new_pipeline(device.handle(), function);
        function.release();
        pipelines.put(kernel, pipeline);
        return pipeline;
      }
    } finally {
      pool.release();
    }
  }

  private MTLLibrary compile(String file) {
    String source = expand(resource(file + ".metal"), new HashSet<>());
    try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
        Compilation compilation = new Compilation(device.handle(), text)) {
      MTLLibrary library = compilation.library();
      if (library == null || library.isNull()) {
        throw new IllegalStateException(
            "metal: " + file + ".metal does not compile: " + compilation.message().getString());
      }
      return library;
    }
  }

  /** The source with the included files in it, each once: Metal compiles one string. */
  static String expand(String source, Set<String> included) {
    Matcher matcher = INCLUDE.matcher(ONCE.matcher(source).replaceAll(""));
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      String content = included.add(name) ? expand(resource(name), included) : "";
      matcher.appendReplacement(text, Matcher.quoteReplacement(content));
    }
    matcher.appendTail(text);
    return text.toString();
  }

  static String resource(String name) {
    try (InputStream in = ShaderLibrary.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("metal: the build lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
