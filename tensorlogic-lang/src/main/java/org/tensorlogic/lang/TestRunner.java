package org.tensorlogic.lang;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.runtime.CompiledUnit;
import org.tensorlogic.lang.runtime.Session;

/** Runs the test blocks of a file, each in a fresh child of the global scope. */
final class TestRunner {
  private TestRunner() {}

  static List<TestResult> run(Session session, Source source, Path file) {
    CompiledUnit unit = session.compile(source, file);
    session.define(unit);
    session.runItems(unit);
    List<TestResult> results = new ArrayList<>();
    for (CompiledUnit.Entry entry : unit.tests()) {
      results.add(run(session, entry));
    }
    return results;
  }

  private static TestResult run(Session session, CompiledUnit.Entry entry) {
    long start = System.nanoTime();
    TensorLogicException failure = null;
    try {
      session.run(entry);
    } catch (TensorLogicException e) {
      failure = e;
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    return new TestResult(entry.name(), entry.timed(), elapsed, failure);
  }
}
