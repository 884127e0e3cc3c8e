package org.tensorlogic.io.coreml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.TensorData;

/** The tensors of a model as they are found, each under a name of its own. */
final class TensorList {
  private final List<FileModel.Entry> entries = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Map<String, Integer> taken = new HashMap<>();

  /** Adds a tensor; its name is the wanted one, with {@code #1} and so on if that is taken. */
  String add(String wanted, Constant constant) {
    String name = wanted;
    while (!names.add(name)) {
      name = wanted + "#" + taken.merge(wanted, 1, Integer::sum);
    }
    entries.add(entry(name, constant));
    return name;
  }

  List<FileModel.Entry> entries() {
    return entries;
  }

  private static FileModel.Entry entry(String name, Constant constant) {
    PackedNumbers inPlace = inPlace(constant);
    Encoding encoding = inPlace != null ? constant.dtype().encoding() : computed(constant.dtype());
    TensorInfo info =
        new TensorInfo(
            name,
            constant.shape(),
            constant.storedType(),
            FileModel.ifRepresentable(encoding, constant.shape()),
            constant.storedBytes());
    TensorData data =
        inPlace != null
            ? new TensorData.InPlace(inPlace.file(), inPlace.offset())
            : new ComputedTensor(name, constant, encoding == null ? Encoding.F32 : encoding);
    return new FileModel.Entry(info, data);
  }

  /** Where the elements lie in a file as they are needed, or null. */
  private static @Nullable PackedNumbers inPlace(Constant constant) {
    return constant instanceof MilValue.Numeric stored
            && stored.numbers() instanceof PackedNumbers packed
            && packed.dtype() == stored.dtype()
            && packed.dtype().bits() % 8 == 0
        ? packed
        : null;
  }

  /** What elements are computed as. */
  private static @Nullable Encoding computed(MilDataType dtype) {
    if (!dtype.isFloat()) {
      return null;
    }
    return dtype == MilDataType.FLOAT16 ? Encoding.F16 : Encoding.F32;
  }
}
