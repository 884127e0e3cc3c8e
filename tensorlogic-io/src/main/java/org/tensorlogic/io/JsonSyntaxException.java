package org.tensorlogic.io;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;

/** JSON that parses but breaks a rule of ours; knows the place. */
public final class JsonSyntaxException extends JsonParseException {
  private static final long serialVersionUID = 1L;

  /** At the parser's current place. */
  public JsonSyntaxException(JsonParser parser, String message) {
    super(parser, message);
  }
}
