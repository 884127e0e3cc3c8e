/** Native kernels: SIMD on every processor, Metal on Apple GPUs. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.metal {
  requires org.tensorlogic.core;
  requires org.bytedeco.javacpp;
  requires static org.jspecify;

  exports org.tensorlogic.metal.cpu;

  provides org.tensorlogic.backend.BackendProvider with
      org.tensorlogic.metal.cpu.CpuBackendProvider,
      org.tensorlogic.metal.gpu.MetalBackendProvider;
}
