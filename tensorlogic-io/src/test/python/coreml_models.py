"""Small Core ML models with weights in every storage that coremltools can write, and their values.

    pip install coremltools scikit-learn safetensors && python coreml_models.py

Run by itself it writes the fixtures in src/test/resources/org/tensorlogic/io/coreml: the models and,
beside each, a .safetensors file with the values of all its tensors.
"""

import logging
import pathlib
import shutil
import sys
import warnings

import numpy as np

logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")

import coremltools as ct  # noqa: E402
from coremltools.converters.mil import Builder as mb  # noqa: E402
from coremltools.converters.mil.frontend.milproto.load import load as load_program  # noqa: E402
from coremltools.converters.mil.mil import types  # noqa: E402
from coremltools.models.neural_network import NeuralNetworkBuilder, quantization_utils  # noqa: E402
from coremltools.optimize import coreml as cto  # noqa: E402

OUTPUT = pathlib.Path(__file__).parents[1] / "resources/org/tensorlogic/io/coreml"
FIXTURES = {"plain-ios15", "each-ios16", "each-ios18", "joint-ios18", "custom-ios18", "network-f16", "network-linear3"}
QUANTIZE, PALETTIZE, PRUNE = (
    (cto.linear_quantize_weights, cto.OpLinearQuantizerConfig),
    (cto.palettize_weights, cto.OpPalettizerConfig),
    (cto.prune_weights, cto.OpMagnitudePrunerConfig),
)
ONE_LEVEL = {
    "quantized": (QUANTIZE, [{"mode": m, "dtype": d, "granularity": "per_channel"} for m in ("linear", "linear_symmetric") for d in (np.int8, np.uint8)] + [{"mode": "linear", "granularity": "per_tensor"}]),
    "palettized": (PALETTIZE, [{"mode": "kmeans", "nbits": n} for n in (1, 2, 4, 6, 8)] + [{"mode": "uniform", "nbits": 4}]),
    "pruned": (PRUNE, [{"target_sparsity": 0.6}, {"n_m_ratio": (2, 4)}, {"target_sparsity": 0.5, "block_size": 2, "dim": 0}]),
}  # fmt: skip
BLOCKS = {
    "quantized": (QUANTIZE, [{"mode": m, "dtype": d, **g} for m, d, g in (
        ("linear", "int4", {"granularity": "per_block", "block_size": 8}),
        ("linear", "uint4", {"granularity": "per_channel"}),
        ("linear_symmetric", "int4", {"granularity": "per_tensor"}),
        ("linear", "int8", {"granularity": "per_block", "block_size": 4}),
        ("linear", "uint8", {"granularity": "per_block", "block_size": (2, 8, 0, 0)}),
        ("linear_symmetric", "uint8", {"granularity": "per_block", "block_size": (0, 8, 0, 0)}),
    )]),
    "palettized": (PALETTIZE, [{"mode": "kmeans", "nbits": n} for n in (1, 2, 3, 4, 6, 8)] + [
        {"mode": "kmeans", "nbits": 3, "granularity": "per_grouped_channel", "group_size": 8},
        {"mode": "kmeans", "nbits": 2, "granularity": "per_grouped_channel", "group_size": 4, "channel_axis": 1},
        {"mode": "kmeans", "nbits": 4, "cluster_dim": 4},
        {"mode": "kmeans", "nbits": 2, "cluster_dim": 2, "granularity": "per_grouped_channel", "group_size": 8},
        {"mode": "kmeans", "nbits": 4, "granularity": "per_grouped_channel", "group_size": 8, "enable_per_channel_scale": True},
    ]),
    "pruned": ONE_LEVEL["pruned"],
}  # fmt: skip
JOINT = {
    "pruned-palettized": (PRUNE, PALETTIZE, [{"nbits": 4, "mode": "kmeans"}, {"nbits": 2, "mode": "kmeans", "granularity": "per_grouped_channel", "group_size": 8}]),
    "pruned-quantized": (PRUNE, QUANTIZE, [{"mode": "linear", "dtype": "int8", "granularity": "per_channel"}, {"mode": "linear_symmetric", "dtype": "int4", "granularity": "per_block", "block_size": 8}]),
    "palettized-quantized": (PALETTIZE, QUANTIZE, [{"mode": "linear_symmetric", "dtype": "int8", "granularity": "per_tensor"}]),
}  # fmt: skip


def program(layers, target, precision=None):
    """A chain of convolutions by one, so that every weight has four axes, and linear layers."""
    random = np.random.default_rng(len(layers))

    def weight(*shape):
        return random.standard_normal(shape).astype(np.float32)

    @mb.program(input_specs=[mb.TensorSpec((1, 16, 1, 1))], opset_version=target)
    def chain(x):
        for name in layers[: len(layers) // 2]:
            x = mb.conv(x=x, weight=weight(16, 16, 1, 1), bias=weight(16), name=name)
        x = mb.reshape(x=x, shape=[1, 16])
        for name in layers[len(layers) // 2 :]:
            x = mb.linear(x=x, weight=weight(16, 16), name=name)
        return x

    return ct.convert(
        chain,
        convert_to="mlprogram",
        minimum_deployment_target=target,
        compute_precision=precision or ct.precision.FLOAT16,
    )


def configured(model, family, layer_configs, joint=False):
    """The model with the named layers compressed in one way each."""
    compress, config_type = family
    configs = {name: config_type(weight_threshold=0, **config) for name, config in layer_configs.items()}
    config = cto.OptimizationConfig(op_name_configs=configs)
    return compress(model, config, joint_compression=True) if joint else compress(model, config)


def each_compressed(target, precision=None, families=None):
    layers, plan = [], []
    for family, (tool, configs) in families.items():
        names = [f"{family}_{i}" for i in range(len(configs))]
        plan.append((tool, dict(zip(names, configs))))
        layers += names
    model = program(layers + ["plain"], target, precision)
    for tool, configs in plan:
        model = configured(model, tool, weights_of(model, configs))
    return model


def weights_of(model, configs):
    """coremltools configures constants by their own name, not by that of the layer they feed."""
    names = [op.outputs[0].name for op in program_of(model).functions["main"].operations if op.op_type == "const"]
    named = {}
    for layer, config in configs.items():
        named.update({name: config for name in names if name.startswith(layer + "_weight")})
    assert len(named) == len(configs), (sorted(named), sorted(configs))
    return named


def jointly_compressed(target):
    layers = [f"{name.replace('-', '_')}_{i}" for name, (_, _, configs) in JOINT.items() for i in range(len(configs))]
    model = program(layers, target)
    first = {(PRUNE, "pruned"): {"target_sparsity": 0.5}, (PALETTIZE, "palettized"): {"mode": "kmeans", "nbits": 4}}
    for (tool, prefix), config in first.items():
        model = configured(model, tool, weights_of(model, {layer: config for layer in layers if layer.startswith(prefix)}))
    for name, (_, tool, configs) in JOINT.items():
        for i, config in enumerate(configs):
            layer = f"{name.replace('-', '_')}_{i}"
            compressed = compressed_inputs(model, layer)
            model = configured(model, tool, {compressed: config}, joint=True)
    return model


def compressed_inputs(model, layer):
    for op in program_of(model).functions["main"].operations:
        if op.name.startswith(layer) and op.op_type in ("conv", "linear"):
            return op.weight.op.name
    raise KeyError(layer)


def specification(path):
    return ct.models.utils.load_spec(str(path))


def opened(path):
    return ct.models.MLModel(str(path), skip_model_load=True)


def program_of(model):
    spec = model.get_spec()
    return load_program(spec, spec.specificationVersion, file_weights_dir=model.weights_dir)


def values(model):
    """The weights: constants and constant expressions of floats, but for those that are only part of others."""
    found = {}
    for function in program_of(model).functions.values():
        outside = {output.name for output in function.outputs}
        inside = set()
        for op in function.operations:
            target = inside if op.op_type.startswith("constexpr_") else outside
            for value in op.inputs.values():
                target.update(var.name for var in (value if isinstance(value, (list, tuple)) else [value]))
        for op in function.operations:
            output = op.outputs[0]
            if op.op_type.startswith("const") and (output.name in outside or output.name not in inside):
                value = np.asarray(materialized(output))
                if value.dtype.kind == "f" and value.ndim > 0:
                    found[output.name] = value
    return found


# In the order that the operations' own functions take them, which do not follow nested expressions.
ARGUMENTS = {
    "constexpr_blockwise_shift_scale": ("data", "scale", "offset"),
    "constexpr_lut_to_dense": ("indices", "lut", "vector_axis"),
    "constexpr_sparse_to_dense": ("nonzero_data", "mask"),
    "constexpr_lut_to_sparse": ("indices_mask", "indices_nonzero_data", "lut", "vector_axis"),
    "constexpr_sparse_blockwise_shift_scale": ("data_mask", "nonzero_data", "scale", "offset"),
}


def materialized(var):
    """The value of a constant, or of an expression of constants."""
    if var is None or var.val is not None:
        return None if var is None else var.val
    op = var.op
    if "shape" in op.inputs or op.op_type not in ARGUMENTS:  # of iOS 16
        return op.materialized_val_inference()
    value = op.decompress(*(materialized(op.inputs.get(name)) for name in ARGUMENTS[op.op_type]))
    return value[op.outputs.index(var)] if isinstance(value, tuple) else value


def from_torch(target):
    """A network of PyTorch's, converted; its linear layers and convolutions palettized."""
    import torch
    from torch import nn

    torch.manual_seed(5)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(128, 16), nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 10), nn.Softmax(-1)).eval()  # fmt: skip
    example = torch.randn(1, 3, 8, 8)
    model = ct.convert(
        torch.jit.trace(network, example), inputs=[ct.TensorType("image", example.shape)],
        convert_to="mlprogram", minimum_deployment_target=target)  # fmt: skip
    config = cto.OpPalettizerConfig(mode="kmeans", nbits=4, weight_threshold=256)
    return cto.palettize_weights(model, cto.OptimizationConfig(global_config=config))


def custom(target):
    """Operations that no converter writes: casts, states of bits, several blocks of vectors."""
    random = np.random.default_rng(3)

    def halves(*shape):
        return random.standard_normal(shape).astype(np.float16)

    @mb.program(input_specs=[mb.TensorSpec((4, 6), dtype=types.fp16)], opset_version=target)
    def chain(x):
        two = random.integers(0, 4, (2, 6)).astype(types.np_uint2_dtype)
        rows = mb.constexpr_lut_to_dense(indices=two, lut=halves(1, 3, 4, 2), vector_axis=np.int32(0), name="vectors_along_rows")
        columns = mb.constexpr_lut_to_dense(indices=random.integers(0, 8, (4, 2)).astype(types.np_uint3_dtype), lut=halves(2, 1, 8, 3), vector_axis=np.int32(-1), name="vectors_along_columns")
        scaled = mb.constexpr_blockwise_shift_scale(
            data=random.integers(-8, 8, (4, 6)).astype(types.np_int4_dtype),
            scale=halves(2, 3), offset=random.integers(-8, 8, (2, 3)).astype(types.np_int4_dtype), name="blocks_with_offset")  # fmt: skip
        mask = random.integers(0, 2, (2, 6)).astype(types.np_uint1_dtype)
        wide, stored = mb.constexpr_lut_to_sparse(
            indices_mask=mask, indices_nonzero_data=random.integers(0, 2, int(mask.sum())).astype(types.np_uint1_dtype),
            lut=halves(2, 2, 2, 2), vector_axis=np.int32(0), name="sparse_vectors_part")  # fmt: skip
        sparse = mb.constexpr_sparse_to_dense(nonzero_data=stored, mask=wide, name="sparse_vectors")
        for weight in (rows, columns, scaled, sparse):
            x = mb.add(x=x, y=weight)
        return x

    return ct.convert(chain, convert_to="mlprogram", minimum_deployment_target=target)


def nearest(nbits, weight):
    """A lookup table of quantiles, and the entry next to each weight."""
    table = np.quantile(weight, np.linspace(0, 1, 1 << nbits)).astype(np.float32)
    return table, np.abs(weight.reshape(-1, 1) - table).argmin(axis=1).reshape(weight.shape)


def network(nbits=32, mode="linear"):
    """A neural network of the first form with a layer of each kind that has weights."""
    random = np.random.default_rng(4)

    def weight(*shape):
        return random.standard_normal(shape).astype(np.float32)

    builder = NeuralNetworkBuilder(
        [("image", ct.models.datatypes.Array(3, 4, 4))], [("out", ct.models.datatypes.Array(5))],
        mode="classifier")  # fmt: skip
    builder.add_convolution("conv", 3, 4, 3, 3, 1, 1, "same", 1, weight(3, 3, 3, 4), weight(4), True, input_name="image", output_name="a")
    builder.add_convolution("up", 4, 6, 2, 2, 2, 2, "valid", 2, weight(2, 2, 4, 3), None, False, is_deconv=True, input_name="a", output_name="b")
    builder.add_activation("relu", "RELU", "b", "r")
    builder.add_batchnorm("norm", 6, *(weight(6) for _ in range(3)), np.abs(weight(6)), input_name="r", output_name="c")
    builder.add_activation("tanh", "TANH", "c", "t")
    builder.add_scale("scale", weight(6, 1, 1), weight(6, 1, 1), True, "t", "d", shape_scale=[6, 1, 1], shape_bias=[6, 1, 1])
    builder.add_activation("prelu", "PRELU", "d", "e", weight(6))
    builder.add_flatten("flatten", 0, "e", "f")
    builder.add_inner_product("dense", weight(7, 384), weight(7), 384, 7, True, "f", "g")
    builder.add_load_constant("bias", "h", weight(7), [7, 1, 1])
    builder.add_elementwise("sum", ["g", "h"], "i", "ADD")
    gates = [[weight(*shape) for _ in range(4)] for shape in ((5, 5), (5, 7), (5,))]
    builder.add_unilstm("lstm", *gates, 5, 7, ["i", "h0", "c0"], ["out", "h1", "c1"])
    builder.set_class_labels([f"class {i}" for i in range(5)])
    spec = builder.spec
    spec.description.metadata.author = "an author"
    spec.description.metadata.license = "a licence"
    spec.description.metadata.userDefined["key"] = "value"
    if nbits < 32:
        model = ct.models.MLModel(spec, skip_model_load=True)
        quantized = quantization_utils.quantize_weights(model, nbits, mode, lut_function=nearest)
        spec = quantized if not hasattr(quantized, "get_spec") else quantized.get_spec()
    return spec


def network_values(spec):
    """The weights by layer and field, in the shapes that the layers' parameters imply."""
    copy = type(spec)()
    copy.CopyFrom(spec)
    network = getattr(copy, copy.WhichOneof("Type"))
    found = {}
    for layer in network.layers:
        find_weights(layer, getattr(layer, layer.WhichOneof("layer")), "", found)
    if any(value.dtype == np.uint8 for value in found.values()):
        quantization_utils._dequantize_nn_spec(network)
        for layer in network.layers:
            find_weights(layer, getattr(layer, layer.WhichOneof("layer")), "", found)
    for layer in network.layers:
        for name, value in found.items():
            if name.startswith(layer.name + "."):
                found[name] = value.reshape(shape_of(layer, name[len(layer.name) + 1 :], value))
    return found


def shape_of(layer, role, value):
    kind = layer.WhichOneof("layer")
    params = getattr(layer, kind)
    if kind == "convolution" and role == "weight":
        inputs, outputs, kernel = params.kernelChannels, params.outputChannels, tuple(params.kernelSize)
        return (inputs, outputs // params.nGroups, *kernel) if params.isDeconvolution else (outputs, inputs, *kernel)
    if kind == "innerProduct" and role == "weight":
        return params.outputChannels, params.inputChannels
    if kind == "scale":
        return tuple(params.shapeScale if role == "scale" else params.shapeBias)
    if kind == "loadConstant":
        return tuple(params.shape)
    if role.endswith("WeightMatrix"):
        return params.outputVectorSize, params.inputVectorSize
    if role.endswith("RecursionMatrix"):
        return params.outputVectorSize, params.outputVectorSize
    return value.shape


def find_weights(layer, message, path, found):
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for i, item in enumerate(value) if field.is_repeated else [("", value)]:
            role = f"{path}{field.name}{'.' if field.is_repeated else ''}{i}"
            if field.message_type.name == "WeightParams":
                found[f"{layer.name}.{'weight' if role == 'weights' else role}"] = stored(item)
            else:
                find_weights(layer, item, role + ".", found)


def stored(weights):
    if weights.float16Value:
        return np.frombuffer(weights.float16Value, np.float16)
    raw = np.frombuffer(weights.rawValue, np.uint8)
    return raw if raw.size else np.array(weights.floatValue, np.float32)


def models(directory, wanted=None):
    """Saves every model, or those wanted, below the directory; yields name, path and values."""
    programs = {
        "plain-ios15": lambda: program(["one", "two"], ct.target.iOS15),
        "plain-f32-ios18": lambda: program(["one", "two"], ct.target.iOS18, ct.precision.FLOAT32),
        "each-ios16": lambda: each_compressed(ct.target.iOS16, families=ONE_LEVEL),
        "each-f32-ios16": lambda: each_compressed(ct.target.iOS16, ct.precision.FLOAT32, ONE_LEVEL),
        "each-ios18": lambda: each_compressed(ct.target.iOS18, families=BLOCKS),
        "each-f32-ios18": lambda: each_compressed(ct.target.iOS18, ct.precision.FLOAT32, BLOCKS),
        "joint-ios18": lambda: jointly_compressed(ct.target.iOS18),
        "custom-ios18": lambda: custom(ct.target.iOS18),
        "torch-ios16": lambda: from_torch(ct.target.iOS16),
        "torch-ios18": lambda: from_torch(ct.target.iOS18),
    }
    for name in programs.keys() & wanted if wanted else programs:
        model = programs[name]()
        path = directory / f"{name}.mlpackage"
        shutil.rmtree(path, ignore_errors=True)
        model.save(str(path))
        yield name, path, values(model)
    networks = {"network-f32": (32, ""), "network-f16": (16, "linear"), "network-table5": (5, "custom_lut")}
    networks |= {f"network-linear{n}": (n, "linear") for n in (1, 3, 8)}
    networks |= {"network-symmetric8": (8, "linear_symmetric"), "network-lut4": (4, "linear_lut")}
    for name in networks.keys() & wanted if wanted else networks:
        spec = network(*networks[name])
        path = directory / f"{name}.mlmodel"
        ct.models.utils.save_spec(spec, str(path))
        yield name, path, network_values(spec)


def main():
    from safetensors.numpy import save_file

    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, path, tensors in models(OUTPUT, FIXTURES):
        save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, OUTPUT / f"{name}.safetensors")
        print(name, len(tensors), file=sys.stderr)


if __name__ == "__main__":
    main()
