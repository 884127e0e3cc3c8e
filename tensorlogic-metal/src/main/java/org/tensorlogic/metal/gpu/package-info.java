/** The Metal backend: kernels on Apple GPUs. */
package org.tensorlogic.metal.gpu;
