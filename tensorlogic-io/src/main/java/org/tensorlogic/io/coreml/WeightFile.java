package org.tensorlogic.io.coreml;

import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/**
 * A weight file, "blob storage" version 2, little endian.
 *
 * <ol>
 *   <li>Header of 64 bytes: u32 number of blobs, u32 version, the rest reserved.
 *   <li>Each blob has 64 bytes of metadata at a multiple of 64: u32 0xDEADBEEF, u32 element type,
 *       u64 size in bytes, u64 absolute offset of the data, u64 bits of padding at the end of the
 *       data, the rest reserved. Programs refer to a blob by the offset of its metadata.
 *   <li>The bits of padding count only for elements of less than a byte; writers before iOS 18 left
 *       that field to chance for the others.
 * </ol>
 *
 * Source: coremltools, mlmodel/src/MILBlob/Blob/StorageFormat.hpp.
 */
record WeightFile(MappedFile file) {
  private static final int RECORD = 64;
  private static final int VERSION = 2;
  private static final int SENTINEL = 0xDEADBEEF;

  /** Checks the header. */
  static WeightFile check(MappedFile file) throws MalformedModelException {
    if (file.size() < RECORD) {
      throw new MalformedModelException(
          file.path(), 0, "a weight file begins with 64 bytes, has " + file.size());
    }
    int version = file.getInt(4);
    if (version != VERSION) {
      throw new MalformedModelException(
          file.path(), 4, "the version of the weight file must be 2, is " + version);
    }
    long blobs = file.getInt(0) & 0xFFFFFFFFL;
    if (blobs > (file.size() - RECORD) / RECORD) {
      throw new MalformedModelException(
          file.path(), 0, blobs + " blobs do not fit into " + file.size() + " bytes");
    }
    return new WeightFile(file);
  }

  /** The elements of a blob, by the offset of its metadata. */
  PackedNumbers read(long offset, MilType.Tensor type) throws MalformedModelException {
    if (offset < RECORD || offset % RECORD != 0 || offset > file.size() - RECORD) {
      throw malformed(
          offset,
          "a blob's metadata must be at a multiple of 64 inside the file, after the header");
    }
    if (file.getInt(offset) != SENTINEL) {
      throw malformed(offset, "there is no blob's metadata here: 0xDEADBEEF is missing");
    }
    int code = file.getInt(offset + 4);
    if (code != type.dtype().blobCode()) {
      throw malformed(
          offset + 4,
          "the element type must be "
              + type.dtype().blobCode()
              + " for "
              + type.dtype()
              + ", is "
              + code);
    }
    long bytes = file.getLong(offset + 8);
    long data = file.getLong(offset + 16);
    long size = type.size();
    if (size < 0 || bytes != type.dtype().bytes(size)) {
      throw malformed(
          offset + 8, type + " takes " + expected(type) + " bytes, the blob has " + bytes);
    }
    if (data < RECORD || data > file.size() - bytes) {
      throw malformed(
          offset + 16, bytes + " bytes at " + data + " are not inside the file's " + file.size());
    }
    long padding = file.getLong(offset + 24);
    if (type.dtype().bits() < 8 && padding != bytes * 8 - size * type.dtype().bits()) {
      throw malformed(
          offset + 24,
          "bits of padding must be "
              + (bytes * 8 - size * type.dtype().bits())
              + ", are "
              + padding);
    }
    return new PackedNumbers(file, data, type.dtype(), size);
  }

  private static String expected(MilType.Tensor type) {
    return type.size() < 0 ? "uncountable" : Long.toString(type.dtype().bytes(type.size()));
  }

  private MalformedModelException malformed(long offset, String reason) {
    return new MalformedModelException(file.path(), offset, reason);
  }
}
