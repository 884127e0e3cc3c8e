package org.tensorlogic.metalcpp.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * JavaCPP's presets for the part of Apple's metal-cpp that the Metal backend uses. Classes are
 * named as in Objective-C: {@code MTL::Device} is {@code MTLDevice}.
 */
@Properties(
    value =
        @Platform(
            compiler = "cpp17",
            include = {"Foundation/Foundation.hpp", "Metal/Metal.hpp", "tensorlogic_metal.h"},
            library = "jnitensorlogic_metal"),
    target = "org.tensorlogic.metalcpp",
    global = "org.tensorlogic.metalcpp.global.Metal")
public class MetalCpp implements InfoMapper {
  private static final String[] FOUNDATION = {
    "Object", "String", "Error", "AutoreleasePool", "Dictionary"
  };
  private static final String[] METAL = {
    "Buffer",
    "CommandBuffer",
    "CommandEncoder",
    "CommandQueue",
    "CompileOptions",
    "ComputeCommandEncoder",
    "ComputePipelineState",
    "Device",
    "Event",
    "Function",
    "Library",
    "SharedEvent"
  };

  /** For JavaCPP. */
  public MetalCpp() {}

  @Override
  public void map(InfoMap infos) {
    infos
        .put(new Info("_NS_ENUM").cppText("#define _NS_ENUM(type, name) enum name : type"))
        .put(new Info("_NS_OPTIONS").cppText("#define _NS_OPTIONS(type, name) enum name : type"))
        .put(new Info("NS::UInteger").cast().valueTypes("long").pointerTypes("CLongPointer"))
        .put(new Info("NS::Integer").cast().valueTypes("long").pointerTypes("CLongPointer"))
        .put(new Info("uint64_t").cast().valueTypes("long").pointerTypes("LongPointer"))
        // tensorlogic_metal.h calls these: their last parameters are a block and pointers to
        // pointers
        .put(new Info("MTL::Size", "MTL::ComputeCommandEncoder::dispatchThreadgroups").skip())
        .put(new Info("MTL::Device::newLibrary", "MTL::Device::newComputePipelineState").skip())
        .put(
            new Info(
                    "MTL::Device::newBuffer(const void*, NS::UInteger, MTL::ResourceOptions,"
                        + " std::nullptr_t)")
                .skip());
    for (String name : FOUNDATION) {
      infos.put(new Info("NS::" + name).pointerTypes("NS" + name).purify());
    }
    for (String name : METAL) {
      infos.put(new Info("MTL::" + name).pointerTypes("MTL" + name).purify());
    }
  }
}
