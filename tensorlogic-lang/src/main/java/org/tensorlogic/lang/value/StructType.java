package org.tensorlogic.lang.value;

import java.util.List;

/** The name and fields of a struct, in the order of declaration. */
public record StructType(String name, List<String> fields) {

  public int index(String field) {
    return fields.indexOf(field);
  }
}
