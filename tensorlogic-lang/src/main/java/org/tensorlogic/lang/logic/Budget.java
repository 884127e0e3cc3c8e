package org.tensorlogic.lang.logic;

/** What an inference may use; both methods end it by an exception of the caller's choice. */
public interface Budget {
  Budget UNLIMITED =
      new Budget() {
        @Override
        public void steps(long count) {}

        @Override
        public void memory(long bytes) {}
      };

  /** Called while tuples are matched, with the number matched since the last call. */
  void steps(long count);

  /** Called before this many more bytes are kept for tuples; negative when they are given back. */
  void memory(long bytes);
}
