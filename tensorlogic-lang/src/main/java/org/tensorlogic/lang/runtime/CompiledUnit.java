package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;

/** A program ready to run, without any state: many threads may run it. */
public final class CompiledUnit {
  private final List<Definition> definitions;
  private final Node[] items;
  private final int slots;
  private final @Nullable Entry main;
  private final List<Entry> tests;

  /** Puts a function or struct into globals. */
  interface Definition {
    void define(Globals globals);
  }

  /** A {@code main}, {@code test} or {@code bench} block. */
  public record Entry(String name, boolean timed, Node body, int slots) {}

  CompiledUnit(
      List<Definition> definitions,
      Node[] items,
      int slots,
      @Nullable Entry main,
      List<Entry> tests) {
    this.definitions = List.copyOf(definitions);
    this.items = items;
    this.slots = slots;
    this.main = main;
    this.tests = List.copyOf(tests);
  }

  public List<Entry> tests() {
    return tests;
  }

  public boolean hasMain() {
    return main != null;
  }

  /** Makes the functions and structs known. */
  public void define(Globals globals) {
    globals.fit();
    for (Definition definition : definitions) {
      definition.define(globals);
    }
  }

  /** Runs the top-level items; the value of the last one. */
  public Datum runItems(Execution execution) {
    execution.globals().fit();
    Frame frame = new Frame(execution, slots);
    try {
      for (int i = 0; i < items.length; i++) {
        execution.step();
        Completion completion =
            i == items.length - 1 ? items[i].executeLast(frame) : items[i].execute(frame);
        if (completion == Completion.RETURN) {
          break;
        }
      }
    } catch (Departure e) {
      return frame.result();
    }
    return frame.result();
  }

  /** Runs {@code main} if there is one. */
  public @Nullable Datum runMain(Execution execution) {
    return main == null ? null : run(main, execution);
  }

  /** Runs one block; errors note its name. */
  public static Datum run(Entry entry, Execution execution) {
    Frame frame = new Frame(execution, entry.slots());
    try {
      entry.body().executeLast(frame);
      return frame.result();
    } catch (Fault e) {
      throw e.leaving(entry.name());
    }
  }
}
