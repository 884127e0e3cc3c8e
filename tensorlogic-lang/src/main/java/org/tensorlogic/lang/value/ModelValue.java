package org.tensorlogic.lang.value;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorlogic.Model;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Suggestions;

/** A model, or the part of one whose tensor names begin with a path: {@code model.blk.0}. */
public final class ModelValue extends Datum {
  private static final int SHOWN_CHILDREN = 8;

  private final Model model;
  private final String path;

  private ModelValue(Model model, String path) {
    this.model = model;
    this.path = path;
  }

  public static ModelValue of(Model model) {
    return new ModelValue(model, "");
  }

  /** The tensor of this name; below a path, the rest of the name. */
  public TensorValue tensor(String name) {
    String full = path.isEmpty() ? name : path + "." + name;
    if (model.find(full).isEmpty()) {
      throw new Fault(DiagnosticCode.UNKNOWN_TENSOR, "the model has no tensor '" + full + "'")
          .suggesting("tensor", full, model.names());
    }
    return fetch(full);
  }

  private TensorValue fetch(String full) {
    Tensor tensor = model.getTensor(full);
    return TensorValue.shared(tensor);
  }

  /** One step further: a tensor, or a longer path. */
  public Datum child(String name) {
    String full = path.isEmpty() ? name : path + "." + name;
    if (model.find(full).isPresent()) {
      return fetch(full);
    }
    String prefix = full + ".";
    if (model.names().stream().anyMatch(n -> n.startsWith(prefix))) {
      return new ModelValue(model, full);
    }
    Set<String> children = children();
    Fault fault =
        new Fault(DiagnosticCode.UNKNOWN_TENSOR, "the model has no tensor or path '" + full + "'");
    List<String> near = Suggestions.nearest(name, children);
    String here = path.isEmpty() ? "the model" : "'" + path + "'";
    List<String> shown = near.isEmpty() ? children.stream().limit(SHOWN_CHILDREN).toList() : near;
    String more = near.isEmpty() && children.size() > shown.size() ? ", …" : "";
    throw fault.withHelp("below " + here + ": " + String.join(", ", shown) + more);
  }

  /** The next words of the names below this path. */
  private Set<String> children() {
    String prefix = path.isEmpty() ? "" : path + ".";
    Set<String> children = new LinkedHashSet<>();
    for (String name : model.names()) {
      if (name.startsWith(prefix)) {
        int dot = name.indexOf('.', prefix.length());
        children.add(name.substring(prefix.length(), dot < 0 ? name.length() : dot));
      }
    }
    return children;
  }

  public List<String> names() {
    return model.names();
  }

  @Override
  public Model toModel() {
    if (!path.isEmpty()) {
      throw mismatch("a model");
    }
    return model;
  }

  @Override
  public String type() {
    return path.isEmpty() ? "model" : "model path '" + path + "'";
  }

  @Override
  public Object toJava() {
    return path.isEmpty() ? model : this;
  }

  @Override
  public String toString() {
    return path.isEmpty()
        ? "Model(" + model.format() + ", " + model.tensors().size() + " tensors)"
        : "Model path " + path;
  }
}
