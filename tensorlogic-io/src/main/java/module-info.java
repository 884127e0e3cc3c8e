/** Model files: SafeTensors, GGUF and Core ML. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.io {
  requires com.fasterxml.jackson.core;
  requires com.google.common;
  requires com.google.protobuf;
  requires org.tensorlogic.core;
  requires static org.jspecify;

  provides org.tensorlogic.model.ModelFormat with
      org.tensorlogic.io.coreml.CoreMlFormat,
      org.tensorlogic.io.gguf.GgufFormat,
      org.tensorlogic.io.safetensors.SafeTensorsFormat;
}
