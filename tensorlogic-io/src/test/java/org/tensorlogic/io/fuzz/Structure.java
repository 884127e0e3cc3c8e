package org.tensorlogic.io.fuzz;

/** Takes the files of a format apart and puts them together again. */
interface Structure {
  /** The parts of a good file. */
  Node read(byte[] file);

  /** The file of these parts, lengths and counts made to fit; any parts make some file. */
  byte[] write(Node root);
}
