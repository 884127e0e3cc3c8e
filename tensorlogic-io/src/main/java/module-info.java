/** Model files: SafeTensors, GGUF and Core ML. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.io {
  requires org.tensorlogic.core;
  requires static org.jspecify;
}
