package org.tensorlogic.lang;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a program may reach outside itself.
 *
 * @param readRoots directories whose files may be read; relative paths are tried below each
 * @param writeRoots directories whose files may be written
 * @param environment whether {@code env} works
 * @param input whether {@code input} works
 * @param exit whether {@code exit} ends the program, with a {@link ProgramExit}
 */
public record Policy(
    List<Path> readRoots, List<Path> writeRoots, boolean environment, boolean input, boolean exit) {

  public Policy {
    readRoots = readRoots.stream().map(p -> p.toAbsolutePath().normalize()).toList();
    writeRoots = writeRoots.stream().map(p -> p.toAbsolutePath().normalize()).toList();
  }

  /** Nothing: the default of an embedded session. */
  public static Policy closed() {
    return new Policy(List.of(), List.of(), false, false, false);
  }

  /** Everything the process itself may: the default of the command line. */
  public static Policy open() {
    List<Path> all = new ArrayList<>();
    Path.of("").toAbsolutePath().getFileSystem().getRootDirectories().forEach(all::add);
    return new Policy(all, all, true, true, true);
  }

  /** And files below {@code root} may be read. */
  public Policy allowRead(Path root) {
    return new Policy(plus(readRoots, root), writeRoots, environment, input, exit);
  }

  /** And files below {@code root} may be read and written. */
  public Policy allowFiles(Path root) {
    return new Policy(plus(readRoots, root), plus(writeRoots, root), environment, input, exit);
  }

  /** And {@code env} works, or not. */
  public Policy environment(boolean allowed) {
    return new Policy(readRoots, writeRoots, allowed, input, exit);
  }

  /** And {@code input} works, or not. */
  public Policy input(boolean allowed) {
    return new Policy(readRoots, writeRoots, environment, allowed, exit);
  }

  /** And {@code exit} ends the program, or is refused. */
  public Policy exit(boolean allowed) {
    return new Policy(readRoots, writeRoots, environment, input, allowed);
  }

  private static List<Path> plus(List<Path> roots, Path root) {
    List<Path> more = new ArrayList<>(roots);
    more.add(root);
    return more;
  }
}
