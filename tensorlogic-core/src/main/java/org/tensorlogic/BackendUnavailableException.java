package org.tensorlogic;

/** No backend fits what was asked for; the message lists every candidate with its reason. */
public final class BackendUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with the list of candidates in its message. */
  public BackendUnavailableException(String message) {
    super(message);
  }
}
