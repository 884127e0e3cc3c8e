package org.tensorlogic.lang.runtime;

import java.io.BufferedReader;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.HostFunction;
import org.tensorlogic.lang.Limits;
import org.tensorlogic.lang.Policy;
import org.tensorlogic.lang.Tokenizer;

/** The world of a session: where it computes, prints and reads, and what it may use. */
public record Host(
    Backend backend,
    Devices devices,
    Appendable output,
    Consumer<Diagnostic> warnings,
    Policy policy,
    Limits limits,
    Map<String, HostFunction> functions,
    @Nullable BufferedReader input,
    Tokenizer.@Nullable Loader tokenizers) {}
