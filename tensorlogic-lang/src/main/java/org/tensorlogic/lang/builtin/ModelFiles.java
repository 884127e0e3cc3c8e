package org.tensorlogic.lang.builtin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Faults;
import org.tensorlogic.lang.runtime.FileAccess;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.ModelValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.StructValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 9: model files. */
final class ModelFiles {
  private static final String SINGLE = "tensor";

  private ModelFiles() {}

  static void define(Registry registry) {
    registry.add("load_model(path)", a -> load(a, DType.F16));
    registry.add("load_model_f16(path)", a -> load(a, DType.F16));
    registry.add("load_model_f32(path)", a -> load(a, DType.F32));
    for (String kind : List.of("", "gguf_")) {
      registry.add("load_weight_cache_" + kind + "f16(path, capacity?)", a -> load(a, DType.F16));
      registry.add("load_weight_cache_" + kind + "f32(path, capacity?)", a -> load(a, DType.F32));
    }
    registry.add("get_tensor(model|cache, name)", a -> a.model(0).tensor(a.string(1)));
    registry.alias("get_weight", "get_tensor");
    registry.add("tensor_names(model)", ModelFiles::names);
    registry.add("num_tensors(model)", a -> IntValue.of(a.model(0).names().size()));
    registry.add("save_model(model, path)", ModelFiles::saveModel);
    registry.add("save(tensor, path)", ModelFiles::saveTensor);
    registry.add("load(path)", ModelFiles::loadTensor);
  }

  private static Datum load(Arguments a, DType dtype) {
    return ModelValue.of(open(a, dtype));
  }

  private static Model open(Arguments a, DType dtype) {
    FileAccess files = a.execution().files();
    Path path = files.readable(a.string(0));
    LoadOptions options =
        LoadOptions.defaults()
            .backend(a.execution().backend())
            .dtype(dtype)
            .fileCheck(files::requireReadable);
    try {
      return Models.loadModel(path, options);
    } catch (IOException e) {
      throw Faults.of(e);
    }
  }

  private static Datum names(Arguments a) {
    ModelValue model =
        a.get(0) instanceof StringValue ? ModelValue.of(open(a, DType.F16)) : a.model(0);
    return new ListValue(model.names().stream().map(StringValue::of).toList());
  }

  private static Datum saveModel(Arguments a) {
    Datum what = a.get(0);
    if (what instanceof ModelValue model) {
      write(a, model.toModel(), a.string(1));
      return VoidValue.VOID;
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (what instanceof StructValue struct) {
      collect(struct, "", tensors);
    } else if (what instanceof ListValue list) {
      list.elements().forEach(element -> collectNamed(a, element, tensors));
    } else {
      throw a.wrong(0, "a model, a struct of tensors or a list of structs { name, tensor }");
    }
    if (tensors.isEmpty()) {
      throw a.invalid("there is no tensor to save in " + what.type());
    }
    write(a, Model.of(tensors), a.string(1));
    return VoidValue.VOID;
  }

  /** Fields that are tensors, by their dotted names. */
  private static void collect(StructValue struct, String prefix, Map<String, Tensor> tensors) {
    List<String> fields = struct.structType().fields();
    for (int i = 0; i < fields.size(); i++) {
      if (struct.get(i) instanceof TensorValue tensor) {
        tensors.put(prefix + fields.get(i), tensor.tensor());
      } else if (struct.get(i) instanceof StructValue inner) {
        collect(inner, prefix + fields.get(i) + ".", tensors);
      }
    }
  }

  private static void collectNamed(Arguments a, Datum element, Map<String, Tensor> tensors) {
    String name = null;
    Tensor tensor = null;
    if (element instanceof StructValue struct) {
      for (int i = 0; i < struct.structType().fields().size(); i++) {
        if (struct.get(i) instanceof StringValue text) {
          name = text.value();
        } else if (struct.get(i) instanceof TensorValue value) {
          tensor = value.tensor();
        }
      }
    }
    if (name == null || tensor == null) {
      throw a.wrong(0, "a list of structs with a name and a tensor");
    }
    tensors.put(name, tensor);
  }

  private static void write(Arguments a, Model model, String path) {
    if (!path.endsWith(".safetensors")) {
      throw new Fault(
          DiagnosticCode.UNSUPPORTED_FORMAT,
          a.function() + ": models are written as .safetensors, got '" + path + "'");
    }
    try {
      Models.saveModel(model, a.execution().files().writable(path));
    } catch (IOException e) {
      throw Faults.of(e);
    }
  }

  private static Datum saveTensor(Arguments a) {
    write(a, Model.of(Map.of(SINGLE, a.tensor(0))), a.string(1));
    return VoidValue.VOID;
  }

  private static Datum loadTensor(Arguments a) {
    Model model = open(a, DType.F16);
    String only = model.names().size() == 1 ? model.names().get(0) : null;
    if (only == null) {
      throw a.invalid(
          "the file holds " + model.names().size() + " tensors; use load_model and get_tensor");
    }
    Encoding stored = model.info(only).encoding();
    DType dtype = stored == null ? DType.F16 : stored.dtype();
    return TensorValue.shared(model.getTensor(only, dtype));
  }
}
