/** The TensorLogic language. */
@org.jspecify.annotations.NullMarked
module org.tensorlogic.lang {
  requires org.tensorlogic.core;
  requires static org.jspecify;
}
