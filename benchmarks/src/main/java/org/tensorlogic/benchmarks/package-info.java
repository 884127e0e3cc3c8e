/** Benchmarks of the library, with peers beside it in the {@code peers} profile. */
@NullMarked
package org.tensorlogic.benchmarks;

import org.jspecify.annotations.NullMarked;
