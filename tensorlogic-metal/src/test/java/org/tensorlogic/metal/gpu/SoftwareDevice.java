package org.tensorlogic.metal.gpu;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.tensorlogic.metalcpp.presets.MetalCpp;

/**
 * What tests set and ask of the software Metal device; {@code softmetal_control.h} documents it.
 * The build links it into the same library as the presets, with the profile softmetal alone.
 */
@Properties(
    inherit = MetalCpp.class,
    value = @Platform(include = "softmetal_control.h", library = "jnitensorlogic_metal"))
@Namespace
final class SoftwareDevice {
  static {
    Loader.load();
  }

  private SoftwareDevice() {}

  @Name("softmetal_live_objects")
  static native @Cast("long") long liveObjects();

  @Name("softmetal_set_order")
  static native void setReverseOrder(@Cast("int") boolean reverse);

  @Name("softmetal_set_time_limit")
  static native void setTimeLimit(@Cast("long") long milliseconds);

  @Name("softmetal_set_mutant")
  static native void setMutant(int site);

  @Name("softmetal_take_site")
  static native @Cast("int") boolean takeSite(int site);
}
