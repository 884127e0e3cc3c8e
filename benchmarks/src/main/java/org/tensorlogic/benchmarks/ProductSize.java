package org.tensorlogic.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The dense products that are measured, ours and the peers'. */
@State(Scope.Benchmark)
public class ProductSize {
  /** rows x inner x columns. */
  @Param({
    "1x1024x1024",
    "8x1024x1024",
    "64x1024x1024",
    "512x1024x1024",
    "1024x1024x1024",
    "1x4096x4096",
    "8x4096x4096",
    "64x4096x4096",
    "512x4096x4096",
    "1x14336x4096",
    "8x14336x4096",
    "64x14336x4096",
    "512x14336x4096"
  })
  public String size = "";

  long rows() {
    return part(0);
  }

  long inner() {
    return part(1);
  }

  long columns() {
    return part(2);
  }

  private long part(int index) {
    return Sizes.parse(size)[index];
  }
}
