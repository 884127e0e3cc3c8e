"""Writes src/test/resources/org/tensorlogic/encodings/*.bin: random blocks and what they decode to.

    npm pack @node-llama-cpp/linux-x64 && tar -xf *.tgz
    pip install gguf ml_dtypes && python encodings.py package/bins/linux-x64/libggml-base.so

A file holds some blocks, then their values as floats. The values are those of libggml (and, where it
knows the type, of the gguf package, which must agree), of ml_dtypes for the 8-bit floats, and of
NumPy for the plain ones. Blocks are drawn again until all their values are finite.
"""

import ctypes
import pathlib
import sys

import gguf
import gguf.quants
import ml_dtypes
import numpy as np

OUTPUT = pathlib.Path(__file__).parents[1] / "resources/org/tensorlogic/encodings"
# name: (ggml's name of the function, elements and bytes per block)
GGML = {
    "Q4_0": ("q4_0", 32, 18), "Q4_1": ("q4_1", 32, 20), "Q5_0": ("q5_0", 32, 22),
    "Q5_1": ("q5_1", 32, 24), "Q8_0": ("q8_0", 32, 34), "Q2_K": ("q2_K", 256, 84),
    "Q3_K": ("q3_K", 256, 110), "Q4_K": ("q4_K", 256, 144), "Q5_K": ("q5_K", 256, 176),
    "Q6_K": ("q6_K", 256, 210), "Q8_K": ("q8_K", 256, 292), "IQ4_NL": ("iq4_nl", 32, 18),
    "IQ4_XS": ("iq4_xs", 256, 136), "IQ2_XXS": ("iq2_xxs", 256, 66), "IQ2_XS": ("iq2_xs", 256, 74),
    "IQ2_S": ("iq2_s", 256, 82), "IQ3_XXS": ("iq3_xxs", 256, 98), "IQ3_S": ("iq3_s", 256, 110),
    "IQ1_S": ("iq1_s", 256, 50), "IQ1_M": ("iq1_m", 256, 56), "TQ1_0": ("tq1_0", 256, 54),
    "TQ2_0": ("tq2_0", 256, 66), "MXFP4": ("mxfp4", 32, 17), "NVFP4": ("nvfp4", 64, 36),
    "Q1_0": ("q1_0", 128, 18), "Q2_0": ("q2_0", 64, 18),
}  # fmt: skip
FLOATS = {
    "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "F64": np.dtype("<f8"),
    "BF16": np.dtype(ml_dtypes.bfloat16), "F8_E4M3": np.dtype(ml_dtypes.float8_e4m3fn),
    "F8_E5M2": np.dtype(ml_dtypes.float8_e5m2), "F8_E4M3FNUZ": np.dtype(ml_dtypes.float8_e4m3fnuz),
    "F8_E5M2FNUZ": np.dtype(ml_dtypes.float8_e5m2fnuz), "F8_E8M0": np.dtype(ml_dtypes.float8_e8m0fnu),
}  # fmt: skip


def write(name: str, blocks: np.ndarray, values: np.ndarray) -> None:
    (OUTPUT / f"{name}.bin").write_bytes(blocks.tobytes() + values.astype("<f4").tobytes())


def floats(name: str, dtype: np.dtype, random: np.random.Generator) -> None:
    if dtype.itemsize == 1:
        blocks = np.arange(256, dtype=np.uint8)
    else:
        with np.errstate(over="ignore"):
            wide = random.standard_normal(30) * 10.0 ** random.integers(-9, 9, 30)
            blocks = np.concatenate([wide, [0.0, -0.0]]).astype(dtype)
    with np.errstate(over="ignore"):
        write(name, blocks, blocks.view(dtype).astype(np.float32))


def dequantize(library: ctypes.CDLL, name: str, blocks: np.ndarray) -> np.ndarray:
    function, elements, _ = GGML[name]
    values = np.zeros(blocks.shape[0] * elements, np.float32)
    decode = getattr(library, "dequantize_row_" + function)
    decode(blocks.ctypes.data_as(ctypes.c_void_p), values.ctypes.data_as(ctypes.c_void_p),
           ctypes.c_int64(values.size))  # fmt: skip
    kind = getattr(gguf.GGMLQuantizationType, name, None)
    if kind in gguf.quants._type_traits:
        with np.errstate(all="ignore"):
            other = gguf.quants.dequantize(blocks, kind).ravel()
        same = (values.view(np.uint32) == other.view(np.uint32)) | (values == 0) & (other == 0) | np.isnan(values)
        if not same.all():
            print(name, "differs from the gguf package in", (~same).sum(), "of", same.size)
    return values


def quantized(library: ctypes.CDLL, name: str, random: np.random.Generator) -> None:
    _, elements, size = GGML[name]
    chosen = []
    while len(chosen) < (2 if elements == 256 else 6):
        block = random.integers(0, 256, (1, size), np.uint8)
        if np.isfinite(dequantize(library, name, block)).all():
            chosen.append(block)
    blocks = np.concatenate(chosen)
    write(name, blocks, dequantize(library, name, blocks))


def activations(random: np.random.Generator) -> None:
    """Q8_1 has no decoder in ggml: a scale, a sum that is not needed, 32 signed bytes."""
    blocks = random.integers(0, 256, (6, 36), np.uint8)
    blocks[:, :4] = random.standard_normal((6, 2)).astype("<f2").view(np.uint8)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    write("Q8_1", blocks, blocks[:, 4:].view(np.int8).astype(np.float32) * scale)


def main() -> None:
    random = np.random.default_rng(20260701)
    library = ctypes.CDLL(sys.argv[1])
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, dtype in FLOATS.items():
        floats(name, dtype, random)
    for name in GGML:
        quantized(library, name, random)
    activations(random)


main()
