package org.tensorlogic.lang.runtime;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.tensorlogic.BackendUnavailableException;
import org.tensorlogic.Backends;
import org.tensorlogic.Device;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/** Where {@code device: cpu} and {@code device: gpu} of a program are. */
public final class Devices {
  private final Backend session;
  private final boolean bound;
  private final Consumer<Diagnostic> warnings;
  private final AtomicBoolean told = new AtomicBoolean();

  /**
   * The devices of a session.
   *
   * @param session what computes where a program names no device
   * @param bound whether the host chose it, so that programs cannot leave it
   */
  public Devices(Backend session, boolean bound, Consumer<Diagnostic> warnings) {
    this.session = session;
    this.bound = bound;
    this.warnings = warnings;
  }

  /**
   * The backend of a device. Where no GPU can compute, the session's backend does, and says so
   * once.
   *
   * @throws BackendUnavailableException if falling back is refused
   */
  public Backend named(String function, String name) {
    return switch (name) {
      case "cpu" -> on(Device.CPU);
      case "gpu", "metal" -> on(Device.GPU);
      default ->
          throw new Fault(
              DiagnosticCode.INVALID_VALUE,
              function + ": expected device cpu, gpu or metal, got '" + name + "'");
    };
  }

  private Backend on(Device device) {
    if (bound || session.device() == device) {
      return session;
    }
    try {
      return Backends.on(device);
    } catch (BackendUnavailableException e) {
      if (Backends.isStrict()) {
        throw e;
      }
      if (!told.getAndSet(true)) {
        warnings.accept(
            Diagnostic.warning(
                    DiagnosticCode.NO_SUCH_DEVICE,
                    null,
                    "no " + device + " computes here, '" + session.name() + "' does instead")
                .withNote(String.valueOf(e.getMessage())));
      }
      return session;
    }
  }
}
