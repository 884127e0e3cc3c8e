/** Tensors, the operations on them, and the interfaces that backends and file formats implement. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.core {
  requires com.google.common;
  requires static org.jspecify;

  exports org.tensorlogic;
  exports org.tensorlogic.backend;
  exports org.tensorlogic.model;
  exports org.tensorlogic.optim;

  uses org.tensorlogic.backend.BackendProvider;
  uses org.tensorlogic.model.ModelFormat;

  provides org.tensorlogic.backend.BackendProvider with
      org.tensorlogic.reference.ReferenceBackendProvider;
}
