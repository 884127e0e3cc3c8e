package org.tensorlogic.io.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The formats whose files can be taken apart, and good files of each to start from. */
final class Structured {
  private static final Map<String, Structure> STRUCTURES = structures();
  private static final int LARGEST = 40_000;

  private final Structure structure;
  private final List<byte[]> seeds;

  private Structured(Structure structure, List<byte[]> seeds) {
    this.structure = structure;
    this.seeds = seeds;
  }

  private static Map<String, Structure> structures() {
    Map<String, Structure> structures = new LinkedHashMap<>();
    structures.put(".gguf", new GgufStructure());
    structures.put(".mlmodel", new ProtoStructure());
    structures.put(".safetensors", new SafeTensorsStructure());
    structures.put(".mil", new TextStructure());
    structures.put(".safetensors.index.json", new JsonStructure());
    return structures;
  }

  /** The endings of the formats' names. */
  static Set<String> kinds() {
    return STRUCTURES.keySet();
  }

  /** A format by the ending of its names. */
  static Structured of(String kind) {
    try {
      List<byte[]> seeds =
          Seeds.all().getOrDefault(kind, List.of()).stream()
              .filter(seed -> seed.length < LARGEST)
              .toList();
      return new Structured(Objects.requireNonNull(STRUCTURES.get(kind)), seeds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<byte[]> seeds() {
    return seeds;
  }

  /** A file taken apart and put together again, unchanged. */
  byte[] unchanged(byte[] seed) {
    return structure.write(structure.read(seed));
  }

  /** A good file, chosen and changed as the choices say. */
  byte[] edited(Choices choices) {
    Node root = structure.read(seeds.get(choices.below(seeds.size())));
    TreeEditor.edit(root, choices);
    return structure.write(root);
  }
}
