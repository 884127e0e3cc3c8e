/** The TensorLogic language: parse and run programs over the tensors of the core module. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.lang {
  requires info.picocli;
  requires org.jline;
  requires org.tensorlogic.core;
  requires static org.jspecify;

  exports org.tensorlogic.lang;

  opens org.tensorlogic.lang.cli to
      info.picocli;
}
