package org.tensorlogic.io.gguf;

import org.tensorlogic.ProgressListener;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.io.MappedFile;
import org.tensorlogic.io.TensorData;

/** The data of a tensor in a big-endian file, turned round when first asked for. */
final class SwappedBytes implements TensorData.Produced {
  private static final int BLOCKS = 4096;

  private final MappedFile file;
  private final GgufHeader.Tensor tensor;
  private final int[] words;

  SwappedBytes(MappedFile file, GgufHeader.Tensor tensor) {
    this.file = file;
    this.tensor = tensor;
    this.words = tensor.type().words();
  }

  @Override
  public void writeTo(Memory target, ProgressListener progress) {
    int blockBytes = tensor.type().blockBytes();
    for (long at = 0; at < tensor.bytes(); ) {
      int n = (int) Math.min((long) BLOCKS * blockBytes, tensor.bytes() - at);
      byte[] bytes = file.getBytes(tensor.offset() + at, n);
      for (int block = 0; block < n; block += blockBytes) {
        swap(bytes, block);
      }
      target.put(at, bytes, 0, n);
      at += n;
      progress.progress("read " + tensor.name(), at, tensor.bytes());
    }
  }

  private void swap(byte[] bytes, int at) {
    for (int i = 0; i < words.length; i += 2) {
      int width = words[i];
      for (int word = 0; word < words[i + 1]; word++) {
        for (int left = at, right = at + width - 1; left < right; left++, right--) {
          byte kept = bytes[left];
          bytes[left] = bytes[right];
          bytes[right] = kept;
        }
        at += width;
      }
    }
  }
}
