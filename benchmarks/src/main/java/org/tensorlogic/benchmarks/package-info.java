/**
 * Benchmarks of the library, with peers beside it in the profiles {@code peers} and {@code jlama}.
 */
@NullMarked
package org.tensorlogic.benchmarks;

import org.jspecify.annotations.NullMarked;
