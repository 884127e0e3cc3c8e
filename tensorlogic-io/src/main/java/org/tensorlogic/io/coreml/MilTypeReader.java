package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the types of a MIL program from its protocol buffers. */
final class MilTypeReader {
  static final int MAX_RANK = 64;

  private MilTypeReader() {}

  /** Reads message ValueType. */
  static MilType type(ProtoReader in) throws IOException {
    MilType type = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = in.message(MilTypeReader::tensorType);
        case 2 -> type = new MilType.Sequence(typed(in, 1));
        case 3 -> type = new MilType.Tuple(in.message(MilTypeReader::tupleTypes));
        case 4 -> type = in.message(MilTypeReader::dictionaryType);
        case 5 -> type = new MilType.State(typed(in, 1));
        default -> {}
      }
    }
    if (type == null) {
      throw in.malformed("a type says nothing");
    }
    return type;
  }

  /** A message that has a type in one field. */
  private static MilType typed(ProtoReader reader, int field) throws IOException {
    return reader.message(
        in -> {
          MilType type = null;
          while (in.next()) {
            if (in.field() == field) {
              type = in.message(MilTypeReader::type);
            }
          }
          if (type == null) {
            throw in.malformed("a type is missing");
          }
          return type;
        });
  }

  private static List<MilType> tupleTypes(ProtoReader in) throws IOException {
    List<MilType> types = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        types.add(in.message(MilTypeReader::type));
      }
    }
    return types;
  }

  private static MilType dictionaryType(ProtoReader in) throws IOException {
    MilType key = null;
    MilType value = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.message(MilTypeReader::type);
        case 2 -> value = in.message(MilTypeReader::type);
        default -> {}
      }
    }
    if (key == null || value == null) {
      throw in.malformed("a dictionary's type lacks that of its keys or values");
    }
    return new MilType.Dictionary(key, value);
  }

  private static MilType tensorType(ProtoReader in) throws IOException {
    long code = 0;
    List<Long> shape = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> code = in.int64();
        case 3 -> shape.add(in.message(MilTypeReader::dimension));
        default -> {}
      }
      if (shape.size() > MAX_RANK) {
        throw in.malformed("a tensor has at most " + MAX_RANK + " axes");
      }
    }
    MilDataType dtype = MilDataType.ofCode(code);
    if (dtype == null) {
      throw in.malformed("there is no element type " + code);
    }
    return new MilType.Tensor(dtype, shape);
  }

  private static long dimension(ProtoReader in) throws IOException {
    long extent = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> extent = in.message(MilTypeReader::constantDimension);
        case 2 -> extent = -1;
        default -> {}
      }
    }
    return extent;
  }

  private static long constantDimension(ProtoReader in) throws IOException {
    long size = 0;
    while (in.next()) {
      if (in.field() == 1) {
        size = in.int64();
      }
    }
    if (size < 0) {
      throw in.malformed("an extent is beyond 2^63-1");
    }
    return size;
  }
}
