package org.tensorlogic.metal.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.metalcpp.Compilation;
import org.tensorlogic.metalcpp.MTLComputePipelineState;
import org.tensorlogic.metalcpp.MTLFunction;
import org.tensorlogic.metalcpp.MTLLibrary;
import org.tensorlogic.metalcpp.NSString;
import org.tensorlogic.metalcpp.global.Metal;

/**
 * Pipelines by kernel name. The kernels are in a library that the build compiled, where it had
 * Apple's compiler; else a source file is compiled when the first of its kernels is used.
 */
final class ShaderLibrary {
  private static final Pattern INCLUDE =
      Pattern.compile("^#include \"([^\"]+)\"$", Pattern.MULTILINE);
  private static final Pattern ONCE = Pattern.compile("^#pragma once$", Pattern.MULTILINE);
  private static final Pattern KERNEL = Pattern.compile("\\bkernel void (\\w+)\\(");
  private static final Pattern GENERATED =
      Pattern.compile("^TL_MATMUL\\((\\w+),", Pattern.MULTILINE);
  private static final String[] FILES = {"elementwise", "rows", "matmul", "network"};
  private static final String COMPILED = "kernels.metallib";

  private final MetalDevice device;
  private final UnaryOperator<String> sources;
  private final @Nullable MTLLibrary compiled;
  private final Map<String, String> fileOf = new HashMap<>();
  private final Map<String, MTLLibrary> libraries = new HashMap<>();
  private final Map<String, MTLComputePipelineState> pipelines = new HashMap<>();

  ShaderLibrary(MetalDevice device) {
    this(device, bytes(COMPILED), ShaderLibrary::resource);
  }

  /**
   * Kernels from elsewhere.
   *
   * @param compiled a library's bytes, or null; what the device does not take is not used
   * @param sources the text of a file by its name
   */
  ShaderLibrary(MetalDevice device, byte @Nullable [] compiled, UnaryOperator<String> sources) {
    this.device = device;
    this.sources = sources;
    this.compiled = compiled == null ? null : load(compiled);
    if (this.compiled == null) {
      for (String file : FILES) {
        String source = sources.apply(file + ".metal");
        for (Pattern pattern : new Pattern[] {KERNEL, GENERATED}) {
          Matcher matcher = pattern.matcher(source);
          while (matcher.find()) {
            fileOf.put(matcher.group(1), file);
          }
        }
      }
    }
  }

  @SuppressWarnings("try") // the pool frees
  private @Nullable MTLLibrary load(byte[] bytes) {
    try (AutoreleasePool pool = AutoreleasePool.open();
        BytePointer data = new BytePointer(bytes)) {
      MTLLibrary library = Metal.new_library(device.handle(), data.address(), bytes.length);
      return library == null || library.isNull() ? null : library;
    }
  }

  /**
   * The pipeline of a kernel.
   *
   * @throws IllegalStateException if there is no such kernel, or it does not compile here, with the
   *     compiler's message
   */
  @SuppressWarnings("try") // the pool frees
  synchronized MTLComputePipelineState pipeline(String kernel) {
    MTLComputePipelineState known = pipelines.get(kernel);
    if (known != null) {
      return known;
    }
    try (AutoreleasePool pool = AutoreleasePool.open();
        BytePointer name = new BytePointer(kernel)) {
      MTLFunction function =
          library(kernel).newFunction(NSString.string(name, Metal.UTF8StringEncoding));
      if (function == null || function.isNull()) {
        throw noKernel(kernel);
      }
      MTLComputePipelineState pipeline = Metal.new_pipeline(device.handle(), function);
      function.release();
      if (pipeline == null || pipeline.isNull()) {
        throw new IllegalStateException("metal: the device refuses the kernel '" + kernel + "'");
      }
      pipelines.put(kernel, pipeline);
      return pipeline;
    }
  }

  private MTLLibrary library(String kernel) {
    if (compiled != null) {
      return compiled;
    }
    String file = fileOf.get(kernel);
    if (file == null) {
      throw noKernel(kernel);
    }
    return libraries.computeIfAbsent(file, this::compile);
  }

  private static IllegalStateException noKernel(String kernel) {
    return new IllegalStateException("metal: there is no kernel '" + kernel + "'");
  }

  private MTLLibrary compile(String file) {
    try (BytePointer text = new BytePointer(source(file + ".metal"), StandardCharsets.UTF_8);
        Compilation compilation = new Compilation(device.handle(), text)) {
      MTLLibrary library = compilation.library();
      if (library == null || library.isNull()) {
        throw new IllegalStateException(
            "metal: " + file + ".metal does not compile: " + compilation.message().getString());
      }
      return library;
    }
  }

  /** A file with the included ones in it, each once: Metal compiles one string. */
  String source(String file) {
    return expand(sources.apply(file), new HashSet<>());
  }

  private String expand(String source, Set<String> included) {
    Matcher matcher = INCLUDE.matcher(ONCE.matcher(source).replaceAll(""));
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      String content = included.add(name) ? expand(sources.apply(name), included) : "";
      matcher.appendReplacement(text, Matcher.quoteReplacement(content));
    }
    matcher.appendTail(text);
    return text.toString();
  }

  static String resource(String name) {
    byte[] bytes = bytes(name);
    if (bytes == null) {
      throw new IllegalStateException("metal: the build lacks " + name);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] bytes(String name) {
    try (InputStream in = ShaderLibrary.class.getResourceAsStream(name)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
