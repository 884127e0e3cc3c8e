package org.tensorlogic.metal.gpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.metalcpp.MTLCommandBuffer;
import org.tensorlogic.metalcpp.MTLComputeCommandEncoder;
import org.tensorlogic.metalcpp.MTLComputePipelineState;
import org.tensorlogic.metalcpp.global.Metal;

/**
 * Commands in the order of their calls, batched: a batch goes to the GPU when it is full or when
 * somebody waits for a result of it. Any thread may encode; one at a time does.
 */
final class CommandStream {
  private static final int BATCH = 64;
  private static final int MOST_IN_FLIGHT = 16; // what a batch uses is free when it is done

  private static final class Batch {
    final long serial;
    final MTLCommandBuffer commands;
    final MTLComputeCommandEncoder encoder;
    final List<String> operations = new ArrayList<>();

    Batch(long serial, MTLCommandBuffer commands, MTLComputeCommandEncoder encoder) {
      this.serial = serial;
      this.commands = commands;
      this.encoder = encoder;
    }
  }

  private final MetalDevice device;
  private final ByteBuffer argumentRoom = room(2 * Dispatch.MOST_OPERANDS);
  private final ByteBuffer wordRoom = room(Dispatch.MOST_WORDS);
  private final long argumentAddress = new Pointer(argumentRoom).address();
  private final long wordAddress = new Pointer(wordRoom).address();
  private final Deque<Batch> committed = new ArrayDeque<>();
  private final Map<Long, String> failures = new HashMap<>();
  private @Nullable Batch open;
  private long batches;

  CommandStream(MetalDevice device) {
    this.device = device;
  }

  /**
   * Adds a command.
   *
   * @param arguments pairs of buffer and byte offset
   * @param groups threadgroups per axis
   * @return the number of its batch, to wait for
   */
  @SuppressWarnings("try") // the pool frees
  synchronized long encode(
      String operation,
      MTLComputePipelineState pipeline,
      long[] arguments,
      long[] words,
      long[] groups,
      int threads) {
    try (AutoreleasePool pool = AutoreleasePool.open()) {
      Batch batch = open == null ? begin() : open;
      argumentRoom.asLongBuffer().put(arguments);
      wordRoom.asLongBuffer().put(words);
      Metal.dispatch(
          batch.encoder,
          pipeline,
          argumentAddress,
          arguments.length / 2,
          wordAddress,
          8L * words.length,
          groups[0],
          groups[1],
          groups[2],
          threads,
          1);
      batch.operations.add(operation);
      if (batch.operations.size() == BATCH) {
        commit(batch);
      }
      return batch.serial;
    }
  }

  private static ByteBuffer room(int words) {
    return ByteBuffer.allocateDirect(8 * words).order(ByteOrder.nativeOrder());
  }

  private Batch begin() {
    MTLCommandBuffer commands = device.queue().commandBuffer();
    MTLComputeCommandEncoder encoder = commands.computeCommandEncoder();
    commands.retain();
    encoder.retain();
    open = new Batch(++batches, commands, encoder);
    return open;
  }

  @SuppressWarnings("try") // the pool frees
  private void commit(Batch batch) {
    try (AutoreleasePool pool = AutoreleasePool.open()) {
      batch.encoder.endEncoding();
      batch.commands.commit();
      batch.encoder.release();
    }
    committed.add(batch);
    open = null;
    if (committed.size() > MOST_IN_FLIGHT) {
      finish(committed.remove());
    }
  }

  /** Waits for all commands, so that what they use is free; keeps errors for who reads a result. */
  synchronized void finish() {
    if (open != null) {
      commit(open);
    }
    while (!committed.isEmpty()) {
      finish(committed.remove());
    }
  }

  /**
   * Waits until a batch has been computed.
   *
   * @throws IllegalStateException if one of its commands failed, with its operations
   */
  synchronized void await(long serial) {
    Batch last = open;
    if (last != null && last.serial <= serial) {
      commit(last);
    }
    while (!committed.isEmpty() && committed.peek().serial <= serial) {
      finish(committed.remove());
    }
    String failure = failures.get(serial);
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  @SuppressWarnings("try") // the pool frees
  private void finish(Batch batch) {
    try (AutoreleasePool pool = AutoreleasePool.open()) {
      batch.commands.waitUntilCompleted();
      if (batch.commands.status() == Metal.CommandBufferStatusError) {
        String reason = batch.commands.error().localizedDescription().utf8String().getString();
        failures.put(
            batch.serial, "metal: a command among " + batch.operations + " failed: " + reason);
      }
      batch.commands.release();
    }
  }
}
