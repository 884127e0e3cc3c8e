package org.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.Attention;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.KeyValueCache;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Models;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.RotaryEmbedding;
import org.tensorlogic.Scope;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;

/** A Llama-style decoder from a GGUF file; quantized weights stay as they are in the file. */
final class Llama implements AutoCloseable {
  private record Block(
      Tensor attentionNorm,
      Tensor query,
      Tensor key,
      Tensor value,
      Tensor attentionOutput,
      Tensor feedForwardNorm,
      Tensor gate,
      Tensor up,
      Tensor down) {}

  private final Model model;
  private final Tensor embeddings;
  private final Tensor outputNorm;
  private final Tensor output;
  private final List<Block> blocks = new ArrayList<>();
  private final double epsilon;
  private final int heads;
  private final int keyValueHeads;
  private final int headExtent;
  private final RotaryEmbedding rotation;
  private final KeyValueCache cache;

  /** Opens a model for at most {@code positions} tokens. */
  Llama(Path file, int positions) throws IOException {
    this(file, positions, LoadOptions.defaults());
  }

  /** As above; the options say where it computes, and how precisely. */
  Llama(Path file, int positions, LoadOptions options) throws IOException {
    model = Models.loadModel(file, options);
    ModelMetadata metadata = model.metadata();
    if (!metadata.getString("general.architecture").equals("llama")) {
      throw new IllegalArgumentException(
          file + ": expected the architecture llama, got " + metadata.getString("general.architecture"));
    }
    epsilon = metadata.getDouble("llama.attention.layer_norm_rms_epsilon");
    heads = (int) metadata.getLong("llama.attention.head_count");
    keyValueHeads = (int) metadata.getLong("llama.attention.head_count_kv");
    headExtent = (int) metadata.getLong("llama.embedding_length") / heads;
    embeddings = model.getTensor("token_embd.weight");
    outputNorm = model.getTensor("output_norm.weight");
    output = model.names().contains("output.weight") ? model.getTensor("output.weight") : embeddings;
    int layers = (int) metadata.getLong("llama.block_count");
    for (int i = 0; i < layers; i++) {
      blocks.add(block("blk." + i + "."));
    }
    // files for llama.cpp have the rows of query and key so ordered that neighbours rotate together
    rotation =
        RotaryEmbedding.of(
            headExtent, positions, metadata.getDouble("llama.rope.freq_base"), RopeStyle.INTERLEAVED);
    cache = KeyValueCache.of(layers, keyValueHeads, headExtent, positions, DType.F16);
  }

  private Block block(String prefix) {
    return new Block(
        model.getTensor(prefix + "attn_norm.weight"),
        model.getTensor(prefix + "attn_q.weight"),
        model.getTensor(prefix + "attn_k.weight"),
        model.getTensor(prefix + "attn_v.weight"),
        model.getTensor(prefix + "attn_output.weight"),
        model.getTensor(prefix + "ffn_norm.weight"),
        model.getTensor(prefix + "ffn_gate.weight"),
        model.getTensor(prefix + "ffn_up.weight"),
        model.getTensor(prefix + "ffn_down.weight"));
  }

  /** Reads tokens, after those read before; the logits [vocabulary] of what comes next. */
  Tensor read(int... tokens) {
    try (Scope scope = Scope.open()) {
      Tensor x = embeddings.embedding(Indices.of(tokens)).to(DType.F32);
      for (int layer = 0; layer < blocks.size(); layer++) {
        Block block = blocks.get(layer);
        x = x.add(attend(x.rmsNorm(block.attentionNorm, epsilon), layer).linear(block.attentionOutput));
        Tensor h = x.rmsNorm(block.feedForwardNorm, epsilon);
        x = x.add(h.linear(block.gate).siluMul(h.linear(block.up)).linear(block.down));
      }
      Tensor last = x.slice(Slice.of(tokens.length - 1, tokens.length));
      return scope.keep(last.rmsNorm(outputNorm, epsilon).linear(output).flatten());
    }
  }

  /** Reads tokens; the one that most likely comes next. */
  int mostLikely(int... tokens) {
    try (Tensor logits = read(tokens)) {
      return logits.argmax();
    }
  }

  /** Attention of x [n, hidden] to itself and to all before it: [n, heads * extent]. */
  private Tensor attend(Tensor x, int layer) {
    Block block = blocks.get(layer);
    long n = x.dim(0);
    long before = cache.length(layer);
    Tensor query = rotation.rotate(x.linear(block.query).reshape(n, heads, headExtent), before);
    Tensor key = rotation.rotate(x.linear(block.key).reshape(n, keyValueHeads, headExtent), before);
    Tensor value = x.linear(block.value).reshape(n, keyValueHeads, headExtent);
    cache.append(layer, key.permute(1, 0, 2).to(DType.F16), value.permute(1, 0, 2).to(DType.F16));
    Tensor mixed =
        query
            .permute(1, 0, 2)
            .attention(cache.keys(layer), cache.values(layer), Attention.autoregressive());
    return mixed.permute(1, 0, 2).reshape(n, (long) heads * headExtent);
  }

  /** How many tokens have been read. */
  long position() {
    return cache.length(0);
  }

  /** How many tokens can be read. */
  long capacity() {
    return cache.capacity();
  }

  /** What the file says of itself. */
  ModelMetadata metadata() {
    return model.metadata();
  }

  @Override
  public void close() {
    cache.close();
    rotation.close();
    model.close();
  }
}
