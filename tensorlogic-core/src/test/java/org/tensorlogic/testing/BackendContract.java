package org.tensorlogic.testing;

import org.tensorlogic.backend.Backend;

/**
 * What every backend must do; extend it and return the backend. Each part is an interface of tests:
 * the values of every operation, the whole range of numbers, awkward and large sizes against plain
 * loops, more than fits a GPU at once, views, packed weights, and the life of memory.
 */
public abstract class BackendContract
    implements ValuesContract,
        RangeContract,
        SizesContract,
        BlocksContract,
        GridContract,
        ViewsContract,
        PackedContract,
        ClosingContract,
        MemoryContract {

  /** The backend under test, one for all tests. */
  @Override
  public abstract Backend backend();
}
