"""Writes src/main/resources/org/tensorlogic/codebooks.bin from the tables of the gguf package.

    pip install gguf && python codebooks.py
"""

import hashlib
import pathlib

import gguf.quants
import numpy as np

OUTPUT = pathlib.Path(__file__).parents[2] / "main/resources/org/tensorlogic/codebooks.bin"
BOOKS = ["IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S"]


def pack(codes: np.ndarray, bits: int) -> bytes:
    """Codes of the given width, lowest bits first."""
    planes = codes.reshape(-1, 1) >> np.arange(bits) & 1
    return np.packbits(planes.astype(np.uint8).ravel(), bitorder="little").tobytes()


def main() -> None:
    packed = b""
    for name in BOOKS:
        quant = getattr(gguf.quants, name)
        quant.init_grid()
        rows = quant.grid.reshape(quant.grid_shape).astype(np.int8)
        print(name, rows.shape, hashlib.sha256(rows.tobytes()).hexdigest())
        codes = np.searchsorted(quant.grid_map, rows)
        packed += pack(codes, 2 if len(quant.grid_map) <= 4 else 3)
    OUTPUT.write_bytes(packed)
    print(OUTPUT, len(packed), "bytes")


main()
