/** The processor backend: C++ SIMD kernels, one worker pool, native memory. */
package org.tensorlogic.metal.cpu;
