"""Writes gradients computed by PyTorch in double precision, in the format of generate_contract.py.

    python generate_gradients.py       # needs numpy and torch

The loss of a case is the sum over its result of y[i] * ((7 i) % 11 - 5) / 8, i counting row-major. The "out" lines are
the gradients of the loss by each input, in order.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from generate_contract import Family, t


def weights(y: torch.Tensor) -> torch.Tensor:
    i = torch.arange(y.numel())
    return (((7 * i) % 11 - 5).double() / 8).reshape(y.shape)


def main():
    f = Family("gradient")

    def case(name, op, inputs, function, ids=None, **attributes):
        variables = [t(x).requires_grad_() for x in inputs]
        y = function(*variables)
        (y * weights(y)).sum().backward()
        grads = [v.grad if v.grad is not None else torch.zeros_like(v) for v in variables]
        f.case(name, op, inputs, grads, ids=ids, **attributes)

    x, positive = f.halves(3, 5), f.halves(3, 5, low=0.25, high=3)
    unary = {
        "neg": lambda v: -v, "abs": torch.abs, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt,
        "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "square": torch.square, "sin": torch.sin,
        "cos": torch.cos, "tan": torch.tan, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu,
        "erf": torch.erf, "silu": F.silu, "gelu_erf": F.gelu,
        "gelu": lambda v: 0.5 * v * (1 + torch.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))),
    }
    for op, function in unary.items():
        case(op, op, [positive if op in ("log", "sqrt", "rsqrt", "tan") else x], function)
    y = f.halves(5, low=0.25, high=2)
    binary = {
        "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
        "maximum": torch.maximum, "minimum": torch.minimum, "silu_mul": lambda a, b: F.silu(a) * b,
    }
    for op, function in binary.items():
        case(op, op, [positive, y], function)
    case("maximum of equals", "maximum", [[1.0, 2, 3], [1.0, 2, 4]], torch.maximum)
    case("pow of zero", "pow", [[0.0, 0, 2], [2.0, 1, 0]], torch.pow)
    case("clamp", "clamp", [x], lambda v: v.clamp(-1, 0.5), min=-1.0, max=0.5)
    case("mul_add", "mul_add", [x, y, f.halves(3, 1)], lambda a, b, c: a * b + c)

    cube = f.halves(2, 3, 4)
    case("reshape", "reshape", [cube], lambda v: v.reshape(4, 6), shape=[4, 6])
    case("permute", "permute", [cube], lambda v: v.permute(2, 0, 1), axes=[2, 0, 1])
    case("slice", "slice", [cube], lambda v: v[:, 0:3:2, 1:3], ranges="0:2:1,0:3:2,1:3:1")
    case("select", "select", [cube], lambda v: v.select(1, -1), axis=1, index=-1)
    case("broadcastTo", "broadcastTo", [f.halves(1, 3, 1)], lambda v: v.expand(2, 3, 5), shape=[2, 3, 5])
    case("concat", "concat", [f.halves(2, 1), f.halves(2, 3)], lambda a, b: torch.cat([a, b], 1), axis=1)
    case("stack", "stack", [f.halves(2, 3), f.halves(2, 3)], lambda a, b: torch.stack([a, b], 1), axis=1)
    case("repeat", "repeat", [cube], lambda v: v.repeat(1, 2, 3), times=[1, 2, 3])
    ids = [2, 0, 2]
    case("indexSelect", "indexSelect", [cube], lambda v: v.index_select(1, torch.tensor(ids)), ids=ids, axis=1)
    grid = np.array([[0, 2, 2], [1, 0, 1]])
    case("gather", "gather", [f.halves(3, 3)], lambda v: v.gather(0, torch.tensor(grid)), ids=grid, axis=0)
    source = f.halves(2, 2, 4)
    where = torch.tensor([2, 0])
    case("scatter", "scatter", [cube, source], lambda v, s: v.index_copy(1, where, s), ids=[2, 0], axis=1)
    case("scatterAdd", "scatterAdd", [cube, source], lambda v, s: v.index_add(1, where, s), ids=[2, 0], axis=1)
    case("embedding", "embedding", [f.halves(4, 3)], lambda w: F.embedding(torch.tensor([1, 3, 1]), w), ids=[1, 3, 1])

    for axes in ([0, 1, 2], [1], [2, 0]):
        reduce = {
            "sum": lambda v: v.sum(axes), "mean": lambda v: v.mean(axes), "max": lambda v: v.amax(axes),
            "min": lambda v: v.amin(axes), "norm": lambda v: torch.linalg.vector_norm(v, dim=axes),
        }
        for op, function in reduce.items():
            case(f"{op} over {axes}", op, [cube], function, axes=axes, keepDims=False)
        for correction in (0, 1):
            case(f"variance over {axes}, correction {correction}", "variance", [cube],
                 lambda v: v.var(axes, correction=correction), axes=axes, keepDims=False, correction=correction)
    case("max of equals", "max", [[[1.0, 3, 3], [2, 2, 2]]], lambda v: v.amax(1), axes=[1], keepDims=False)
    case("prod", "prod", [f.halves(2, 4)], lambda v: v.prod(1), axes=[1], keepDims=False)
    case("prod with zeros", "prod", [[[0.0, 2, 3], [0, 0, 1]]], lambda v: v.prod(1), axes=[1], keepDims=False)
    for axis in (0, 1, -1):
        case(f"softmax along {axis}", "softmax", [cube], lambda v: v.softmax(axis), axis=axis)
        case(f"logSoftmax along {axis}", "logSoftmax", [cube], lambda v: v.log_softmax(axis), axis=axis)
        case(f"cumsum along {axis}", "cumsum", [cube], lambda v: v.cumsum(axis), axis=axis)

    for a, b in [([7], [7]), ([3, 7], [7]), ([7], [7, 5]), ([3, 7], [7, 5]), ([2, 3, 7], [7, 5]), ([2, 1, 3, 4], [5, 4, 2])]:
        case(f"matmul {a} {b}", "matmul", [f.halves(*a), f.halves(*b)], torch.matmul)
    case("linear", "linear", [f.halves(2, 3, 7), f.halves(5, 7), f.halves(5)], F.linear)
    for spec, shapes in {
        "ij,jk->ki": [(2, 3), (3, 4)], "bij,jk,kl->lb": [(2, 3, 4), (4, 2), (2, 3)], "ii->i": [(3, 3)],
        "ij,ij->i": [(2, 3), (2, 3)], "i,j->ij": [(2,), (3,)], "bii->b": [(2, 3, 3)],
    }.items():
        operands = [f.halves(*s) for s in shapes]
        case(f"einsum {spec}", "einsum", operands, lambda *v: torch.einsum(spec, *v), spec=spec)

    w, b = f.halves(4), f.halves(4)
    case("layerNorm", "layerNorm", [cube, w, b], lambda v, g, h: F.layer_norm(v, (4,), g, h, 0.01), eps=0.01)
    rms = lambda v, g: v / torch.sqrt((v * v).mean(-1, keepdim=True) + 0.01) * g
    case("rmsNorm", "rmsNorm", [cube, w], rms, eps=0.01)
    stats = [f.halves(3), f.halves(3, low=0.5, high=2), f.halves(3), f.halves(3)]
    norm = lambda v, m, s, g, h: (v - m[:, None]) / torch.sqrt(s[:, None] + 0.01) * g[:, None] + h[:, None]
    case("batchNorm", "batchNorm", [cube] + stats, norm, eps=0.01)
    case("conv2d", "conv2d", [f.halves(2, 4, 5, 6), f.halves(6, 2, 3, 2), f.halves(6)],
         lambda v, k, h: F.conv2d(v, k, h, (2, 1), (1, 2), (1, 2), 2),
         stride=[2, 1], padding=[1, 2], dilation=[1, 2], groups=2)
    case("conv1d", "conv1d", [f.halves(2, 3, 8), f.halves(4, 3, 3)],
         lambda v, k: F.conv1d(v, k, None, 2, 1), stride=2, padding=1, dilation=1, groups=1)
    image = f.random.permutation(2 * 3 * 5 * 6).reshape(2, 3, 5, 6) / 64
    pool = dict(kernel=[3, 2], stride=[2, 1], padding=[1, 1])
    case("maxPool", "maxPool", [image], lambda v: F.max_pool2d(v, (3, 2), (2, 1), (1, 1)), **pool)
    for count in (True, False):
        case(f"avgPool counting padding {count}", "avgPool", [image],
             lambda v: F.avg_pool2d(v, (3, 2), (2, 1), (1, 1), count_include_pad=count), countPadding=count, **pool)
    q, k, v = f.halves(4, 3, 5), f.halves(2, 6, 5), f.halves(2, 6, 3)

    def attention(q, k, v, mask, causal):
        k, v = k.repeat_interleave(2, 0), v.repeat_interleave(2, 0)
        scores = q @ k.transpose(-1, -2) / math.sqrt(5)
        scores = scores if mask is None else scores + mask
        if causal:
            scores = scores.masked_fill(torch.ones(3, 6).triu(4).bool(), -math.inf)
        return scores.softmax(-1) @ v

    case("attention", "attention", [q, k, v], lambda a, b, c: attention(a, b, c, None, False), causal=False)
    case("attention with a mask, causal", "attention", [q, k, v, f.halves(3, 6)],
         lambda a, b, c, m: attention(a, b, c, m, True), causal=True)
    f.write()


if __name__ == "__main__":
    main()
