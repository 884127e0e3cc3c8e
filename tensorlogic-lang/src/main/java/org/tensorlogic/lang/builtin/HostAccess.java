package org.tensorlogic.lang.builtin;

import java.io.BufferedReader;
import java.io.IOException;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.ProgramExit;
import org.tensorlogic.lang.runtime.Execution;
import org.tensorlogic.lang.runtime.Faults;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.DeviceValue;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.6: what reaches the process, as far as the policy allows. */
final class HostAccess {
  private HostAccess() {}

  static void define(Registry registry) {
    registry.add("env(name)", HostAccess::environment);
    registry.add("input(prompt?)", HostAccess::input);
    registry.add("exit(code?)", HostAccess::exit);
    registry.add("device()", a -> new DeviceValue(a.execution().backend()));
    registry.add("get_metal_device()", a -> new DeviceValue(a.device("metal")));
    registry.add("new_tensor_buffer(n)", a -> new DeviceValue(a.execution().backend()));
    registry.add("cleanup(items…)", a -> VoidValue.VOID);
    registry.alias("alloc", "zeros");
  }

  private static Datum environment(Arguments a) {
    if (!a.execution().host().policy().environment()) {
      throw new Fault(
          DiagnosticCode.ACCESS_DENIED,
          "env: reading the environment is not allowed here",
          "the host allows it with Policy.environment(true)");
    }
    String value = System.getenv(a.string(0));
    if (value == null) {
      throw new Fault(
          DiagnosticCode.MISSING_INPUT, "env: the variable '" + a.string(0) + "' is not set");
    }
    return StringValue.of(value);
  }

  private static Datum input(Arguments a) {
    Execution execution = a.execution();
    BufferedReader reader = execution.host().input();
    if (!execution.host().policy().input() || reader == null) {
      throw new Fault(
          DiagnosticCode.ACCESS_DENIED,
          "input: reading input is not allowed here",
          "the host allows it with Policy.input(true)");
    }
    if (a.has(0)) {
      execution.print(a.string(0));
    }
    try {
      String line = reader.readLine();
      if (line == null) {
        throw new Fault(DiagnosticCode.MISSING_INPUT, "input: the input has ended");
      }
      return StringValue.of(line);
    } catch (IOException e) {
      throw Faults.of(e);
    }
  }

  private static Datum exit(Arguments a) {
    int status = a.intValue(0, 0);
    if (!a.execution().host().policy().exit()) {
      throw new Fault(
          DiagnosticCode.ACCESS_DENIED,
          "exit: ending the process is not allowed here",
          "the host allows it with Policy.exit(true)");
    }
    throw new ProgramExit(status);
  }
}
