package org.tensorlogic.metalcpp.presets;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;

/**
 * The presets over Apple's own headers, file by file: {@code .ci/metalcpp} generates from them and
 * compares with what is generated from our subset.
 */
@Properties(
    value =
        @Platform(
            compiler = "cpp17",
            include = {
              "Foundation/NSTypes.hpp",
              "Foundation/NSObject.hpp",
              "Foundation/NSString.hpp",
              "Foundation/NSError.hpp",
              "Foundation/NSAutoreleasePool.hpp",
              "Foundation/NSDictionary.hpp",
              "Metal/MTLTypes.hpp",
              "Metal/MTLResource.hpp",
              "Metal/MTLBuffer.hpp",
              "Metal/MTLCommandBuffer.hpp",
              "Metal/MTLCommandQueue.hpp",
              "Metal/MTLLibrary.hpp",
              "Metal/MTLCommandEncoder.hpp",
              "Metal/MTLComputeCommandEncoder.hpp",
              "Metal/MTLComputePipeline.hpp",
              "Metal/MTLEvent.hpp",
              "Metal/MTLDevice.hpp",
              "tensorlogic_metal.h"
            },
            library = "jnitensorlogic_metal"),
    target = "org.tensorlogic.metalcpp",
    global = "org.tensorlogic.metalcpp.global.Metal")
public class AppleMetalCpp extends MetalCpp {
  /** For JavaCPP. */
  public AppleMetalCpp() {}

  @Override
  public void map(InfoMap infos) {
    super.map(infos);
    for (String family : new String[] {"_NS", "_MTL"}) {
      infos
          .put(new Info(family + "_EXPORT", family + "_INLINE", family + "_PACKED").cppText(""))
          .put(new Info(family + "_EXTERN").cppText(""))
          .put(define(family + "_ENUM(type, name) enum name : type"))
          .put(define(family + "_OPTIONS(type, name) enum name : type"))
          .put(define(family + "_CONST(type, name)"));
    }
  }

  private static Info define(String macro) {
    return new Info(macro.substring(0, macro.indexOf('('))).cppText("#define " + macro);
  }
}
