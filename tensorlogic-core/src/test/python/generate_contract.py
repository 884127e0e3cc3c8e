"""Writes the expected values of every operation, computed by PyTorch and NumPy in double precision.

    python generate_contract.py        # needs numpy and torch (a CPU build from 1.13 on)

Each family is one text file under src/test/resources/org/tensorlogic/testing/contract. A case is a block of lines:

    case NAME
    op OPERATION KEY=VALUE ...         integers, decimals, true/false, or lists like 0,2
    in [SHAPE] VALUE ...               one line for each tensor operand, in order
    ids [SHAPE] INT ...                integer operands
    out [SHAPE] VALUE ...              one line for each result

Inputs are exact in halves. Results are the exact value rounded to float32, in its shortest decimal.
"""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

TARGET = Path(__file__).parents[1] / "resources/org/tensorlogic/testing/contract"
INF, NAN = math.inf, math.nan
TINY = 2.0**-24  # the smallest half


class Family:
    """One file of cases."""

    def __init__(self, name: str):
        self.name = name
        self.lines = []
        self.count = 0
        self.random = np.random.RandomState(sum(name.encode()))

    def halves(self, *shape: int, low=-2.0, high=2.0) -> np.ndarray:
        """Values with few bits, so that neither sums nor halves round them much."""
        return np.round(self.random.uniform(low, high, shape) * 64) / 64

    def case(self, name: str, op: str, inputs, expected, ids=None, **attributes):
        self.lines.append(f"case {name}")
        self.lines.append(" ".join(["op", op] + [f"{k}={text(v)}" for k, v in attributes.items()]))
        for x in inputs:
            x = np.asarray(x, dtype=np.float64)
            with np.errstate(over="ignore"):
                exact = x.astype(np.float16).astype(np.float64)
            np.testing.assert_array_equal(exact, x, f"{name}: an input is not exact in halves")
            self.lines.append(tensor("in", x))
        if ids is not None:
            ids = np.asarray(ids)
            self.lines.append(f"ids {list(ids.shape)} " + " ".join(str(i) for i in ids.flatten()))
        parts = isinstance(expected, list) and isinstance(expected[0], torch.Tensor)
        for out in expected if parts else [expected]:
            self.lines.append(tensor("out", np.asarray(out, dtype=np.float64)))
        self.lines.append("")
        self.count += 1

    def write(self):
        TARGET.mkdir(parents=True, exist_ok=True)
        file = TARGET / f"{self.name}.txt"
        file.write_text("\n".join(self.lines))
        print(f"{self.name:12} {self.count:4} cases {file.stat().st_size:7,} bytes")


def text(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return str(value).replace(" ", "")


def tensor(kind: str, x: np.ndarray) -> str:
    with np.errstate(over="ignore"):
        values = [decimal(v) for v in x.astype(np.float32).flatten()]
    return " ".join([kind, str(list(x.shape))] + values)


def decimal(v: np.float32) -> str:
    s = str(v)
    return s[:-2] if s.endswith(".0") and s != "-0.0" else s


def t(x) -> torch.Tensor:
    return torch.tensor(np.asarray(x, dtype=np.float64))


SPECIAL = np.array(
    [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.140625, -3.140625, 7, -7, 10, -10, 16.640625, 100, -100, 1000.5]
    + [65504, -65504, INF, -INF, NAN, TINY, -TINY, 1023 * TINY, 2.0**-14, -(2.0**-14), 0.99951171875]
)


def elementwise():
    f = Family("elementwise")
    finite = SPECIAL[np.isfinite(SPECIAL)]
    unary = {
        "neg": lambda x: -x,
        "abs": torch.abs,
        "exp": torch.exp,
        "log": torch.log,
        "sqrt": torch.sqrt,
        "rsqrt": torch.rsqrt,
        "sin": torch.sin,
        "cos": torch.cos,
        "tan": torch.tan,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "reciprocal": torch.reciprocal,
        "square": torch.square,
        "sign": lambda x: torch.where(x.isnan(), x, torch.sign(x)),
        "step": lambda x: (x > 0).double(),
        "erf": torch.erf,
        "floor": torch.floor,
        "ceil": torch.ceil,
        "round": torch.round,
    }
    for op, function in unary.items():
        f.case(f"{op} of special values", op, [SPECIAL], function(t(SPECIAL)))
        x = f.halves(3, 7, low=-6, high=6)
        f.case(f"{op} of a matrix", op, [x], function(t(x)))
    for op, function in {
        "gelu": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        "gelu_erf": lambda x: 0.5 * x * torch.erfc(-x / math.sqrt(2)),  # exact in the far tail too
        "silu": F.silu,
    }.items():
        for name, x in {"special values": finite, "a matrix": f.halves(3, 7, low=-6, high=6), "NaN": [NAN]}.items():
            f.case(f"{op} of {name}", op, [x], function(t(x)))
    for low, high in [(-1.0, 2.5), (0.0, 0.0), (-INF, 1.0)]:
        f.case(f"clamp to [{low}, {high}]", "clamp", [SPECIAL], t(SPECIAL).clamp(low, high), min=low, max=high)

    binary = {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "div": torch.div,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "eq": torch.eq,
        "ne": torch.ne,
        "lt": torch.lt,
        "le": torch.le,
        "gt": torch.gt,
        "ge": torch.ge,
    }
    some = np.array([0.0, -0.0, 1, -1.5, 65504, -65504, INF, -INF, NAN, TINY, 2.0**-14])
    left, right = np.repeat(some, len(some)), np.tile(some, len(some))
    shapes = [([2, 3], [2, 3]), ([2, 3], [3]), ([2, 1], [1, 3]), ([4, 1, 3], [2, 1]), ([], [2, 3]), ([5], [1])]
    shapes += [([2, 0, 3], [1, 3]), ([1], [0]), ([], []), ([2, 1, 2, 1], [3, 1, 4])]
    for op, function in binary.items():
        f.case(f"{op} of special values", op, [left, right], function(t(left), t(right)))
        for a, b in shapes:
            x, y = f.halves(*a), f.halves(*b)
            if op == "div":
                y = np.where(y == 0, 0.5, y)
            f.case(f"{op} of {a} and {b}", op, [x, y], function(t(x), t(y)))
    bases = [0, 0, 0, 2, 2, 2, -2, -2, -2, -2, 0.5, 10, 1, INF, INF, -INF, -INF, NAN, 9, 9, 1.5, 0, -0.0]
    exponents = [0, 2, -1, 0, 10, -3, 0, 2, 3, 0.5, 2, 4, 5, 2, -1, 3, 2, 0, 0.5, -0.5, 2.5, INF, 3]
    f.case("pow of special values", "pow", [bases, exponents], t(bases) ** t(exponents))
    x, y = f.halves(4, 3, low=0.25, high=4), f.halves(3, low=-3, high=3)
    f.case("pow with broadcasting", "pow", [x, y], t(x) ** t(y))
    x, y = f.halves(3, 5, low=-6, high=6), f.halves(5)
    f.case("silu_mul with broadcasting", "silu_mul", [x, y], F.silu(t(x)) * t(y))
    number = np.float32(0.3)
    for op, function in binary.items():
        f.case(f"{op} with a number on the right", f"{op}_right", [SPECIAL], function(t(SPECIAL), t(number)), number=0.3)
        f.case(f"{op} with a number on the left", f"{op}_left", [SPECIAL], function(t(number), t(SPECIAL)), number=0.3)
    for c, a, b in [([2, 3], [2, 3], [2, 3]), ([2, 1], [3], [1]), ([3], [2, 1], [4, 1, 1]), ([0], [1], [1])]:
        condition = (f.halves(*c) > 0).astype(float)
        x, y = f.halves(*a), f.halves(*b)
        f.case(f"where {c} {a} {b}", "where", [condition, x, y], np.where(condition != 0, x, y))
        f.case(f"mul_add {c} {a} {b}", "mul_add", [condition * 2, x, y], condition * 2 * x + y)
    f.case("where does not mix NaN in", "where", [[1.0, 0.0], [1.0, NAN], [NAN, 2.0]], [1.0, 2.0])
    f.case("where takes NaN and -0 for what they are", "where", [[NAN, -0.0], [1.0, 3], [2.0, 4]], [1.0, 4.0])
    f.write()


def shape():
    f = Family("shape")
    x = f.halves(2, 3, 4)
    for to in ([6, 4], [-1], [4, -1, 2], [1, 24, 1], [2, 3, 4]):
        f.case(f"reshape to {to}", "reshape", [x], x.reshape(to), shape=to)
    f.case("reshape of nothing", "reshape", [np.zeros((2, 0))], np.zeros((0, 3)), shape=[0, 3])
    f.case("reshape to a scalar", "reshape", [[[1.5]]], 1.5, shape=[])
    for a, b in [(0, 1), (0, 2), (-1, -2), (1, 1)]:
        f.case(f"transpose {a} and {b}", "transpose", [x], np.swapaxes(x, a, b), axes=[a, b])
    for axes in ([2, 0, 1], [0, 1, 2], [-1, 1, 0]):
        f.case(f"permute {axes}", "permute", [x], x.transpose(axes), axes=axes)
    f.case("flatten", "flatten", [x], x.flatten(), axes=[0, -1])
    f.case("flatten the first axes", "flatten", [x], x.reshape(6, 4), axes=[0, 1])
    y = f.halves(1, 3, 1)
    f.case("squeeze every axis", "squeeze", [y], y.squeeze())
    f.case("squeeze one axis", "squeeze", [y], y.squeeze(-1), axis=-1)
    for axis in (0, 2, -1):
        f.case(f"unsqueeze {axis}", "unsqueeze", [y[0]], np.expand_dims(y[0], axis), axis=axis)
    for to in ([2, 3, 5], [1, 3, 1], [4, 2, 3, 2]):
        f.case(f"broadcastTo {to}", "broadcastTo", [y], np.broadcast_to(y, to), shape=to)
    for ranges in ("0:1:1", "0:9:1,1:3:1", "0:2:1,0:3:2,1:4:2", "-1:9:1,0:-1:1", "0:2:1,2:2:1", "0:2:1,0:3:1,-3:-1:1"):
        part = x[tuple(slice(*map(int, r.split(":"))) for r in ranges.split(","))]
        f.case(f"slice {ranges}", "slice", [x], part, ranges=ranges)
    for axis, index in [(0, 1), (1, -1), (2, 0), (-1, 2)]:
        f.case(f"select {index} of axis {axis}", "select", [x], t(x).select(axis, index), axis=axis, index=index)
    for axis, sizes in [(0, (2, 1, 3)), (1, (1, 1)), (-1, (2, 0, 2)), (2, (4,))]:
        parts = [f.halves(*[size if i == axis % 3 else n for i, n in enumerate((2, 3, 4))]) for size in sizes]
        f.case(f"concat of {sizes} along {axis}", "concat", parts, np.concatenate(parts, axis), axis=axis)
    for axis in (0, 1, 2, -1):
        parts = [f.halves(2, 3) for _ in range(3)]
        f.case(f"stack along {axis}", "stack", parts, np.stack(parts, axis), axis=axis)
    z = f.halves(7, 3)
    f.case("split by size", "split", [z], list(t(z).split(3)), size=3, axis=0)
    f.case("split by sizes", "split", [z], list(t(z).split([2, 0, 5])), sizes=[2, 0, 5], axis=0)
    f.case("split along the last axis", "split", [z], list(t(z).split(2, 1)), size=2, axis=-1)
    f.case("chunk", "chunk", [z], list(t(z).chunk(3)), chunks=3, axis=0)
    f.case("chunk into fewer than asked", "chunk", [z], list(t(z).chunk(5)), chunks=5, axis=0)
    for axis, ids in [(0, [1, 1, 0]), (1, [2, 0]), (-1, [3, 0, 1, 3]), (2, [])]:
        out = t(x).index_select(axis, torch.tensor(ids, dtype=torch.long))
        f.case(f"indexSelect {ids} of axis {axis}", "indexSelect", [x], out, ids=np.array(ids, dtype=int), axis=axis)
    for axis, ids in [(0, [[1, 0], [0, 1], [1, 1]]), (1, [[2, 1]]), (-1, [[[3]], [[0]]])]:
        name = f"indexSelect {list(np.shape(ids))} of axis {axis}"
        f.case(name, "indexSelect", [x], np.take(x, ids, axis), ids=ids, axis=axis)
    for axis, rows in [(0, 3), (1, 2), (-1, 5)]:
        size = list(x.shape)
        size[axis] = rows
        ids = f.random.randint(0, x.shape[axis], size)
        f.case(f"gather along {axis}", "gather", [x], t(x).gather(axis, torch.tensor(ids)), ids=ids, axis=axis)
    for axis, ids in [(0, [1]), (1, [2, 0]), (-1, [3, 1, 0])]:
        source = f.halves(*[len(ids) if i == axis % 3 else n for i, n in enumerate(x.shape)])
        out = t(x).index_copy(axis, torch.tensor(ids), t(source))
        f.case(f"scatter along {axis}", "scatter", [x, source], out, ids=ids, axis=axis)
    for axis, ids in [(0, [1, 1, 0]), (1, [2, 0]), (-1, [3, 3, 3, 0])]:
        source = f.halves(*[len(ids) if i == axis % 3 else n for i, n in enumerate(x.shape)])
        out = t(x).index_add(axis, torch.tensor(ids), t(source))
        f.case(f"scatterAdd along {axis}", "scatterAdd", [x, source], out, ids=ids, axis=axis)
    f.case("scatter: of equal indices the last wins", "scatter", [[1.0, 2], [5.0, 6, 7]], [7.0, 6], ids=[0, 1, 0], axis=0)
    for times in ([2, 1, 1], [1, 2, 3], [2, 1, 1, 2]):
        f.case(f"repeat {times}", "repeat", [x], t(x).repeat(*times), times=times)
    f.write()


def reduction():
    f = Family("reduction")
    x = f.halves(2, 3, 5)
    holes = x.copy()
    holes[0, 1, 2], holes[1, 0, 0], holes[1, 2, 4] = NAN, INF, -INF
    ties = np.array([[1.0, 3, 3, 1, 1], [-0.0, 0.0, -1, 0, -1]])
    axes_list = [[0, 1, 2], [0], [1], [2], [-1], [0, 2], [1, 2], [-3, -2]]
    reduce = {
        "sum": np.sum,
        "mean": np.mean,
        "max": np.max,
        "min": np.min,
        "prod": np.prod,
        "norm": lambda v, axis, keepdims: np.sqrt(np.sum(v * v, axis=axis, keepdims=keepdims)),
    }
    for op, function in reduce.items():
        for axes in axes_list:
            for keep in (False, True):
                out = function(x, axis=tuple(axes), keepdims=keep)
                f.case(f"{op} over {axes}, keepDims {keep}", op, [x], out, axes=axes, keepDims=keep)
        with np.errstate(invalid="ignore"):
            out = function(holes, axis=(2,), keepdims=False)
        f.case(f"{op} with NaN and infinities", op, [holes], out, axes=[2], keepDims=False)
        f.case(f"{op} of one value", op, [[3.5]], function(np.array([3.5]), axis=(0,), keepdims=False), axes=[0], keepDims=False)
        f.case(f"{op} of a scalar", op, [-2.0], 2.0 if op == "norm" else -2.0, axes=[], keepDims=False)
    for op, value in {"sum": 0.0, "prod": 1.0, "mean": NAN, "norm": 0.0, "max": -INF, "min": INF}.items():
        f.case(f"{op} over an empty axis", op, [np.zeros((2, 0))], np.full(2, value), axes=[1], keepDims=False)
        f.case(f"{op} of no rows", op, [np.zeros((0, 3))], np.zeros(0), axes=[1], keepDims=False)
    for correction in (0, 1):
        for axes in axes_list:
            out = np.var(x, axis=tuple(axes), ddof=correction, keepdims=True)
            f.case(f"variance over {axes}, correction {correction}", "variance", [x], out, axes=axes, keepDims=True, correction=correction)
    far = 1000 + f.halves(4, 9).round()
    f.case("variance far from zero", "variance", [far], np.var(far, axis=1), axes=[1], keepDims=False, correction=0)
    for op, function in {"argmax": torch.argmax, "argmin": torch.argmin}.items():
        for axis in (0, 1, 2, -1):
            f.case(f"{op} along {axis}", op, [x], function(t(x), axis), axis=axis)
        first = np.argmax(ties, 1) if op == "argmax" else np.argmin(ties, 1)
        f.case(f"{op} takes the first of equals", op, [ties], first, axis=1)
        f.case(f"{op} takes the first NaN", op, [[[1.0, NAN, 7, NAN], [NAN, INF, -INF, 1]]], [1, 0], axis=1)
    for axis in (0, 1, -1):
        f.case(f"cumsum along {axis}", "cumsum", [x], np.cumsum(x, axis), axis=axis)
    f.case("cumsum with an infinity", "cumsum", [[1.0, INF, 2, -INF, 3]], [1, INF, INF, NAN, NAN], axis=0)
    logits = {
        "small values": f.halves(2, 3, 5),
        "large values": f.halves(2, 3, 5) * 16384,
        "masked values": np.where(f.halves(2, 3, 5) > 1, -INF, f.halves(2, 3, 5)),
    }
    for op, function in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
        for axis in (0, 1, 2, -1):
            for name, v in logits.items():
                f.case(f"{op} of {name} along {axis}", op, [v], function(t(v), axis), axis=axis)
        f.case(f"{op} of one value", op, [[[7.0]]], function(t([[7.0]]), -1), axis=-1)
        f.case(f"{op} of no rows", op, [np.zeros((0, 3))], np.zeros((0, 3)), axis=-1)
        f.case(f"{op} of a row of -inf", op, [[[-INF, -INF], [0, 0]]], function(t([[-INF, -INF], [0, 0]]), -1), axis=-1)
        f.case(f"{op} with NaN", op, [[[NAN, 1], [0, 0]]], function(t([[NAN, 1], [0, 0]]), -1), axis=-1)
    f.write()


def product():
    f = Family("product")
    pairs = [([7], [7]), ([3, 7], [7]), ([7], [7, 5]), ([3, 7], [7, 5]), ([1, 31], [31, 1]), ([1, 1], [1, 1])]
    pairs += [([2, 3, 7], [7, 5]), ([2, 3, 7], [2, 7, 5]), ([2, 1, 3, 7], [4, 7, 5]), ([1, 3, 7], [2, 7, 1])]
    pairs += [([7], [2, 7, 5]), ([2, 3, 7], [7]), ([2, 3, 4, 5], [2, 3, 5, 2]), ([33, 17], [17, 9]), ([5, 64], [64, 33])]
    pairs += [([2, 0], [0, 3]), ([0, 3], [3, 2]), ([3, 2], [2, 0]), ([0, 2, 3], [3, 2])]
    for a, b in pairs:
        x, y = f.halves(*a), f.halves(*b)
        f.case(f"matmul {a} {b}", "matmul", [x, y], np.matmul(x, y))
    f.case("matmul with infinities and NaN", "matmul", [[[1.0, INF], [NAN, 2]], [[1.0, 0], [2, 1]]], t([[1.0, INF], [NAN, 2]]) @ t([[1.0, 0], [2, 1]]))
    f.case("matmul sums in float", "matmul", [np.full((1, 200), 30.0), np.full((200, 1), 30.0)], [[180000.0]])
    for a, w in [([7], [5, 7]), ([3, 7], [5, 7]), ([2, 3, 7], [1, 7]), ([0, 7], [5, 7]), ([3, 33], [17, 33])]:
        x, weight, bias = f.halves(*a), f.halves(*w), f.halves(w[0])
        f.case(f"linear {a} {w}", "linear", [x, weight], F.linear(t(x), t(weight)))
        f.case(f"linear {a} {w} with bias", "linear", [x, weight, bias], F.linear(t(x), t(weight), t(bias)))
    a, b, c, square, cube = f.halves(2, 3), f.halves(3, 4), f.halves(4, 5), f.halves(3, 3), f.halves(2, 3, 3)
    v, w = f.halves(3), f.halves(4)
    forms = {
        "ij,jk->ik": [a, b], "ij,jk": [a, b], "ij, jk -> ki": [a, b], "ij->ji": [a], "ba": [a], "ij->": [a],
        "ij->j": [a], "ij": [a], "ii": [square], "ii->i": [square], "ii->": [square], "bii->b": [cube],
        "bii->bi": [cube], "ij,ij->": [a, a], "ij,ij->ij": [a, a], "ij,ij->i": [a, a], "i,j->ij": [v, w],
        "i,i->": [v, v], "i,i": [v, v], "i,j->": [v, w], "ij,j->i": [a, v], "i,ij,j->": [v, b, w],
        "ij,jk,kl->il": [a, b, c], "ij,jk,kl->li": [a, b, c], "ij,jk,kl": [a, b, c], "ij,j,i->ji": [a, v, f.halves(2)],
        "bij,bjk->bik": [f.halves(2, 3, 4), f.halves(2, 4, 5)], "bij,jk->bik": [f.halves(2, 3, 4), f.halves(4, 5)],
        "bhqd,bhkd->bhqk": [f.halves(2, 2, 3, 4), f.halves(2, 2, 5, 4)],
        "bhqk,bhkd->bqhd": [f.halves(2, 2, 3, 5), f.halves(2, 2, 5, 4)],
        "ijkl->jlki": [f.halves(2, 3, 2, 4)], "ijk,jil->kl": [f.halves(2, 3, 4), f.halves(3, 2, 5)],
        "aij,ajk->": [f.halves(2, 2, 3), f.halves(2, 3, 2)], "ii,ij->j": [square, f.halves(3, 4)],
        "...ij,jk->...ik": [f.halves(2, 2, 3), b], "...ij,...jk": [f.halves(2, 1, 2, 3), f.halves(3, 3, 2)],
        "i...->...": [cube], "IJ,JK->IK": [a, b], "ij,kl->ijkl": [a, f.halves(2, 2)], "i,i,i->i": [v, v, v], ",ij->ij": [f.halves(), a],
        "ij , jk -> i k": [np.zeros((2, 0)), np.zeros((0, 3))], "xy,yx->": [a, a.T.copy()], "ij,ji": [a, a.T.copy()],
    }
    for spec, operands in forms.items():
        out = np.einsum(spec, *operands)
        f.case(f"einsum {spec.strip()} {[list(o.shape) for o in operands]}", "einsum", operands, out, spec=spec)
    f.write()


def network():
    f = Family("network")
    for s in ([4, 5], [2, 3, 8], [1, 1], [7], [2, 31], [0, 5]):
        x, weight, bias = f.halves(*s), f.halves(s[-1]), f.halves(s[-1])
        for eps in (0.0009765625, 0.5):
            out = F.layer_norm(t(x), [s[-1]], t(weight), t(bias), eps)
            f.case(f"layerNorm {s}, eps {eps}", "layerNorm", [x, weight, bias], out, eps=eps)
            root = np.sqrt(np.mean(x * x, -1, keepdims=True) + eps)
            f.case(f"rmsNorm {s}, eps {eps}", "rmsNorm", [x, weight], x / root * weight, eps=eps)
    for s in ([4, 3], [2, 3, 5], [2, 3, 2, 4]):
        x, mean, weight, bias = f.halves(*s), f.halves(3), f.halves(3), f.halves(3)
        var = f.halves(3, low=0.25, high=3)
        out = F.batch_norm(t(x), t(mean), t(var), t(weight), t(bias), False, 0.0, 0.0009765625)
        f.case(f"batchNorm {s}", "batchNorm", [x, mean, var, weight, bias], out, eps=0.0009765625)
    table = f.halves(6, 5)
    for ids in ([3], [0, 5, 5, 2], [[1, 2], [4, 0]], np.zeros(0, dtype=int)):
        f.case(f"embedding of {list(np.shape(ids))}", "embedding", [table], table[np.asarray(ids)], ids=ids)

    for c_in, c_out, n, k, stride, pad, dilation, groups in [
        (1, 1, 5, 3, 1, 0, 1, 1), (3, 4, 9, 3, 2, 1, 1, 1), (4, 6, 8, 3, 1, 2, 2, 2),
        (4, 4, 7, 2, 3, 0, 1, 4), (2, 3, 4, 4, 1, 0, 1, 1), (2, 5, 6, 1, 1, 0, 1, 1),
    ]:  # fmt: skip
        x, weight, bias = f.halves(2, c_in, n), f.halves(c_out, c_in // groups, k), f.halves(c_out)
        out = F.conv1d(t(x), t(weight), t(bias), stride, pad, dilation, groups)
        f.case(
            f"conv1d {c_in} to {c_out} of {n}, kernel {k}, stride {stride}, padding {pad}, dilation {dilation}, groups {groups}",
            "conv1d", [x, weight, bias], out, stride=stride, padding=pad, dilation=dilation, groups=groups,
        )  # fmt: skip
    for c_in, c_out, size, k, stride, pad, dilation, groups in [
        (1, 1, (4, 5), (3, 3), (1, 1), (0, 0), (1, 1), 1), (3, 4, (5, 6), (3, 3), (2, 2), (1, 1), (1, 1), 1),
        (3, 2, (4, 5), (3, 2), (1, 2), (1, 0), (1, 1), 1), (4, 4, (6, 6), (3, 3), (1, 1), (2, 2), (2, 2), 2),
        (4, 4, (5, 5), (3, 3), (1, 1), (1, 1), (1, 1), 4), (2, 5, (3, 4), (1, 1), (1, 1), (0, 0), (1, 1), 1),
        (2, 4, (9, 5), (2, 3), (3, 1), (0, 2), (2, 1), 2),
    ]:  # fmt: skip
        x, weight, bias = f.halves(2, c_in, *size), f.halves(c_out, c_in // groups, *k), f.halves(c_out)
        attributes = dict(stride=stride, padding=pad, dilation=dilation, groups=groups)
        name = f"conv2d {c_in} to {c_out} of {size}, kernel {k}, " + ", ".join(f"{a} {v}" for a, v in attributes.items())
        f.case(name, "conv2d", [x, weight, bias], F.conv2d(t(x), t(weight), t(bias), stride, pad, dilation, groups), **attributes)
        if c_in == 1:
            f.case(name + ", no bias", "conv2d", [x, weight], F.conv2d(t(x), t(weight)), **attributes)
    for size, k, stride, pad in [
        ((4, 4), (2, 2), (2, 2), (0, 0)), ((5, 7), (3, 2), (1, 2), (1, 1)), ((5, 5), (3, 3), (2, 2), (1, 1)),
        ((3, 3), (3, 3), (1, 1), (0, 0)), ((6, 4), (1, 1), (2, 3), (0, 0)),
    ]:  # fmt: skip
        x = f.halves(2, 3, *size)
        attributes = dict(kernel=k, stride=stride, padding=pad)
        name = f"{size}, " + ", ".join(f"{a} {v}" for a, v in attributes.items())
        f.case(f"maxPool of {name}", "maxPool", [x], F.max_pool2d(t(x), k, stride, pad), **attributes)
        for include in (True, False):
            out = F.avg_pool2d(t(x), k, stride, pad, count_include_pad=include)
            f.case(f"avgPool of {name}, countPadding {include}", "avgPool", [x], out, **attributes, countPadding=include)
    x = f.halves(1, 1, 3, 3)
    x[0, 0, 1, 1] = NAN
    f.case("maxPool keeps NaN", "maxPool", [x], F.max_pool2d(t(x), 2, 1), kernel=(2, 2), stride=(1, 1), padding=(0, 0))
    f.write()


def rotate(x: np.ndarray, rotated: int, offset: int, base: float, interleaved: bool) -> np.ndarray:
    """Rotary position embedding of the first elements of [..., positions, heads, head_dim]."""
    if rotated < x.shape[-1]:
        turned = rotate(x[..., :rotated], rotated, offset, base, interleaved)
        return np.concatenate([turned, x[..., rotated:]], -1)
    d = rotated
    angle = (offset + np.arange(x.shape[-3]))[:, None] * base ** (-np.arange(0, d, 2) / d)
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., : d // 2], x[..., d // 2 :])
    a, b = a * cos - b * sin, a * sin + b * cos
    return np.stack([a, b], -1).reshape(x.shape) if interleaved else np.concatenate([a, b], -1)


def attend(q, k, v, mask=None, causal=False, scale=None) -> np.ndarray:
    """softmax(q kᵀ scale + mask) v of [..., heads, sequence, head_dim]; the last query sees every key."""
    group = q.shape[-3] // k.shape[-3]
    k, v = np.repeat(k, group, -3), np.repeat(v, group, -3)
    scores = q @ np.swapaxes(k, -1, -2) * (scale or 1 / math.sqrt(q.shape[-1]))
    rows, columns = scores.shape[-2:]
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = np.where(np.tri(rows, columns, columns - rows) == 0, -INF, scores)
    return torch.softmax(t(scores), -1).numpy() @ v


def attention():
    f = Family("attention")
    for s in ([5, 2, 8], [1, 1, 2], [2, 3, 2, 6], [3, 1, 16]):
        x = f.halves(*s)
        for interleaved in (True, False):
            for rotated, offset, base in [(s[-1], 0, 10000.0), (s[-1], 13, 500000.0), (2, 3, 10000.0)]:
                f.case(
                    f"rope of {s}, {rotated} rotated, offset {offset}, base {base}, interleaved {interleaved}", "rope", [x],
                    rotate(x, rotated, offset, base, interleaved),
                    rotated=rotated, offset=offset, base=base, interleaved=interleaved,
                )  # fmt: skip
    for batch, heads, kv_heads, rows, columns, d, dv in [
        ([], 1, 1, 3, 3, 4, 4), ([2], 2, 2, 5, 5, 4, 4), ([], 4, 2, 3, 7, 6, 6), ([2], 6, 1, 1, 9, 4, 4),
        ([], 2, 2, 1, 1, 2, 2), ([], 3, 3, 2, 17, 8, 8), ([], 2, 1, 3, 5, 4, 6),
    ]:  # fmt: skip
        q, k = f.halves(*batch, heads, rows, d), f.halves(*batch, kv_heads, columns, d)
        v = f.halves(*batch, kv_heads, columns, dv)
        name = f"attention {list(q.shape)} {list(k.shape)} {list(v.shape)}"
        f.case(name, "attention", [q, k, v], attend(q, k, v), causal=False)
        f.case(name + ", causal", "attention", [q, k, v], attend(q, k, v, causal=True), causal=True)
        f.case(name + ", scale 0.5", "attention", [q, k, v], attend(q, k, v, scale=0.5), causal=False, scale=0.5)
        mask = f.halves(rows, columns)
        mask = np.where(mask < -0.5, -INF, mask)
        mask[:, 0] = 0.5  # every query keeps a key
        f.case(name + ", masked", "attention", [q, k, v, mask], attend(q, k, v, mask), causal=False)
    q, k, mask = f.halves(2, 3, 4, 6), f.halves(2, 3, 5, 6), f.halves(2, 1, 1, 5)
    f.case("attention with a padding mask, causal", "attention", [q, k, k, mask], attend(q, k, k, mask, True), causal=True)
    f.write()


if __name__ == "__main__":
    elementwise()
    shape()
    reduction()
    product()
    network()
    attention()
