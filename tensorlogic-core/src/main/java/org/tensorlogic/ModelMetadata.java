package org.tensorlogic;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * What a model file says of itself: values by key, in the order of the file. A value is a String,
 * Long, Double, Boolean, a List or a Map of such. Numbers convert where nothing is lost.
 *
 * <p>Every getter of a type throws {@link NoSuchElementException}, with the nearest keys, if there
 * is no such value, and {@link IllegalArgumentException} if it is of another type. {@link #find}
 * does neither. Lists may be read from the file as they are touched: they end with the model.
 */
public final class ModelMetadata {
  private static final ModelMetadata EMPTY = new ModelMetadata(Map.of());

  private final Map<String, Object> values;

  private ModelMetadata(Map<String, Object> values) {
    this.values = values;
  }

  /** Nothing. */
  public static ModelMetadata empty() {
    return EMPTY;
  }

  /** These values; the map is copied, lists in it are not and may be lazy. */
  public static ModelMetadata of(Map<String, ?> values) {
    return new ModelMetadata(Collections.unmodifiableMap(new LinkedHashMap<>(values)));
  }

  /** The keys, in the order of the file. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** Whether there is a value. */
  public boolean contains(String key) {
    return values.containsKey(key);
  }

  /** All values. */
  public Map<String, Object> asMap() {
    return values;
  }

  /** The value, if there is one. */
  public Optional<Object> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** A string. */
  public String getString(String key) {
    return get(key, String.class);
  }

  /** An integer; a list of one element or of equal elements counts as that element. */
  public long getLong(String key) {
    Object value = scalar(required(key));
    if (value instanceof Long number) {
      return number;
    }
    if (value instanceof Double number && isInteger(number)) {
      return number.longValue();
    }
    throw wrongType(key, "an integer of 64 bits", value);
  }

  private static boolean isInteger(double number) {
    return number == Math.rint(number) && number >= -0x1p63 && number < 0x1p63;
  }

  /** A number; a list of one element or of equal elements counts as that element. */
  public double getDouble(String key) {
    Object value = scalar(required(key));
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw wrongType(key, "a number", value);
  }

  /** A truth value. */
  public boolean getBoolean(String key) {
    return get(key, Boolean.class);
  }

  /** A list of strings. */
  public List<String> getStrings(String key) {
    return list(key, String.class);
  }

  /** A list of integers. */
  public List<Long> getLongs(String key) {
    return list(key, Long.class);
  }

  /** A list of numbers; integers among them are given as the nearest double. */
  public List<Double> getDoubles(String key) {
    if (required(key) instanceof List<?> list
        && !list.stream().allMatch(Double.class::isInstance)
        && list.stream().allMatch(Number.class::isInstance)) {
      return list.stream().map(number -> ((Number) number).doubleValue()).toList();
    }
    return list(key, Double.class);
  }

  private static Object scalar(Object value) {
    return value instanceof List<?> list
            && !list.isEmpty()
            && list.stream().allMatch(list.get(0)::equals)
        ? list.get(0)
        : value;
  }

  private Object required(String key) {
    Object value = values.get(key);
    if (value == null) {
      throw new NoSuchElementException(
          "metadata: there is no '" + key + "'" + Suggestions.of(key, values.keySet()));
    }
    return value;
  }

  private <T> T get(String key, Class<T> type) {
    Object value = required(key);
    if (!type.isInstance(value)) {
      throw wrongType(key, "a " + type.getSimpleName(), value);
    }
    return type.cast(value);
  }

  @SuppressWarnings("unchecked") // every element is checked
  private <T> List<T> list(String key, Class<T> type) {
    Object value = required(key);
    if (value instanceof List<?> list && list.stream().allMatch(type::isInstance)) {
      return (List<T>) Collections.unmodifiableList(list);
    }
    throw wrongType(key, "a list of " + type.getSimpleName(), value);
  }

  private static IllegalArgumentException wrongType(String key, String expected, Object value) {
    return new IllegalArgumentException(
        "metadata: '"
            + key
            + "' must be "
            + expected
            + ", is a "
            + value.getClass().getSimpleName());
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
