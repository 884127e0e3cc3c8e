"""Writes the programs below src/test/resources/programs whose values come from NumPy and PyTorch.

Each case is a program with {name} where values stand. The values are put into the program, which asserts them, so the
.expected file holds only what the program prints besides. Run it with a Python that has numpy and torch."""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

PROGRAMS = pathlib.Path(__file__).parents[1] / "resources" / "programs"
rng = np.random.default_rng(7)
torch.manual_seed(7)


def literal(value):
    """A number or nested list as the language writes it, with 8 significant digits."""
    if isinstance(value, torch.Tensor):
        value = value.detach().double().numpy()
    value = np.asarray(value, dtype=np.float64)
    if value.ndim == 0:
        text = repr(float(f"{float(value):.8g}"))
        return "-" + literal(-value) if value < 0 else text
    return "[" + ", ".join(literal(v) for v in value) + "]"


def data(*shape, low=-2.0, high=2.0):
    """Random values with two decimals, the same in every precision that matters here."""
    return np.round(rng.uniform(low, high, shape), 2)


def program(name, text, expected="ok\n", **values):
    """Writes a program and what it prints; None leaves that to the test (what learn reports of itself)."""
    for key, value in values.items():
        text = text.replace("{" + key + "}", value if isinstance(value, str) else literal(value))
    path = PROGRAMS / (name + ".tl")
    path.parent.mkdir(parents=True, exist_ok=True)
    header = "// Values from src/test/python/generate_programs.py: NumPy and PyTorch.\n"
    path.write_text(header + text.strip("\n") + "\n", encoding="utf-8")
    if expected is not None:
        path.with_suffix(".expected").write_text(expected, encoding="utf-8")


def t(array):
    return torch.tensor(array, dtype=torch.float32)


# --- section 4: values

half = data(5) * 3.1
program(
    "04-values/half_rounding",
    """
let x = tensor<float16>({x})
let y = tensor<float16>({y})
assert_eq(to_vec(x), {hx})
assert_eq(to_vec(x * y), {product})
assert_eq(to_vec(x / y), {quotient})
assert_eq(to_vec(x + f32::ones([5])), {wide})
print("ok")
""",
    x=half,
    y=half[::-1] + 0.5,
    hx="[" + ", ".join(repr(float(v)) for v in half.astype(np.float16)) + "]",
    product="[" + ", ".join(
        repr(float(np.float16(np.float32(a) * np.float32(b))))
        for a, b in zip(half.astype(np.float16), (half[::-1] + 0.5).astype(np.float16))) + "]",
    quotient="[" + ", ".join(
        repr(float(np.float16(np.float32(a) / np.float32(b))))
        for a, b in zip(half.astype(np.float16), (half[::-1] + 0.5).astype(np.float16))) + "]",
    wide="[" + ", ".join(repr(float(np.float32(v) + np.float32(1))) for v in half.astype(np.float16)) + "]",
)

program(
    "04-values/half_limits",
    """
let big = tensor<float16>([65504.0, 65519.0, 65520.0, 1e9, -1e9])
print(big)
let small = tensor<float16>([6.0e-8, 2.9e-8, 6.2e-5])
assert_eq(to_vec(small), {small})
print(big * 2)
""",
    expected=f"[{np.float16(65504)!s}, {np.float16(65504)!s}, inf, inf, -inf]\n[inf, inf, inf, inf, -inf]\n",
    small="[" + ", ".join(repr(float(np.float16(v))) for v in (6.0e-8, 2.9e-8, 6.2e-5)) + "]",
)

a, b = data(3, 4), data(4)
program(
    "04-values/array_broadcasting",
    """
let a = {a}
let b = {b}
assert_about_eq(a + b, {sum}, 1e-12)
assert_about_eq(a * 2 - b / 4, {mixed}, 1e-12)
assert_about_eq(a ** 2, {square}, 1e-12)
print(([[1], [2]] + [10, 20]), [[1, 2]] * [[1], [3]], [7, -7] % 3)
""",
    expected="[[11, 21], [12, 22]] [[1, 2], [3, 6]] [1, -1]\n",
    a=a, b=b, sum=a + b, mixed=a * 2 - b / 4, square=a**2,
)

# --- section 6: operators

a, b, c = data(2, 3, 4), data(4, 5), data(2, 4, 2)
program(
    "06-operators/matrix_products",
    """
let a = f32::from_array({a})
let b = f32::from_array({b})
let c = f32::from_array({c})
assert_about_eq(a @ b, {ab}, 1e-5)
assert_about_eq(a @ c, {ac}, 1e-5)
assert_about_eq(a[0] @ [1.0, 2.0, 3.0, 4.0], {vec}, 1e-5)
assert_about_eq([1.0, 2.0, 3.0] @ a[1], {left}, 1e-5)
assert_about_eq(b.T @ b, {gram}, 1e-5)
print((a @ b).shape, (a @ c).shape)
""",
    expected="[2, 3, 5] [2, 3, 2]\n",
    a=a, b=b, c=c, ab=a @ b, ac=a @ c, vec=a[0] @ [1, 2, 3, 4], left=np.array([1, 2, 3]) @ a[1], gram=b.T @ b,
)

x = data(3, 4, 5)
changed = x.copy()
changed[1, 2, 3] = 9
changed[0, :, 0] = [1, 2, 3, 4]
changed[2] = 0.5
program(
    "06-operators/slices",
    """
let x = f32::from_array({x})
assert_about_eq(x[1], {one}, 1e-6)
assert_about_eq(x[:, -1], {last}, 1e-6)
assert_about_eq(x[0:2, 1:, 2:4], {box}, 1e-6)
assert_about_eq(x[[2, 0], :, [4, 1, 1]], {gathered}, 1e-6)
assert_about_eq(x[-2:, 0, :-1], {tail}, 1e-6)
assert_eq(x[5:9].shape, [0, 4, 5])
x[1, 2, 3] = 9.0
x[0, :, 0] = [1.0, 2.0, 3.0, 4.0]
x[2] = 0.5
assert_about_eq(x, {changed}, 1e-6)
print("ok")
""",
    x=x, one=x[1], last=x[:, -1], box=x[0:2, 1:, 2:4], gathered=x[[2, 0]][:, :, [4, 1, 1]], tail=x[-2:, 0, :-1],
    changed=changed,
)

a, b = data(2, 3, low=0.5), data(3, low=0.5)
program(
    "06-operators/elementwise_tensors",
    """
let a = f32::from_array({a})
let b = f32::from_array({b})
assert_about_eq(a % b, {mod}, 1e-5)
assert_about_eq(a ** b, {pow}, 1e-5)
assert_about_eq(2 ** a - 1 / b, {mixed}, 1e-5)
assert_eq(a > b, {greater})
assert_about_eq(b ⊗ a, {outer}, 1e-5)
assert_eq(!(a > b), {negated})
print("ok")
""",
    a=a, b=b, mod=np.fmod(a, b), pow=a**b, mixed=2**a - 1 / b, greater=(a > b), outer=np.multiply.outer(b, a),
    negated=~(a > b),
)

# --- section 9 to 10: learning, against torch.optim


def train(make, parameters, loss, steps, schedule=None, clip=None):
    tensors = [torch.tensor(p, dtype=torch.float32, requires_grad=True) for p in parameters]
    optimizer = make(tensors)
    scheduler = schedule(optimizer) if schedule else None
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss(*tensors).backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(tensors, clip)
        optimizer.step()
        if scheduler:
            scheduler.step()
    return tensors


X, Y = data(6, 3), data(6, 2)
W, B = data(3, 2), data(2)


def regression(w, bias):
    return ((t(X) @ w + bias - t(Y)) ** 2).mean()


OPTIMIZERS = {
    "sgd": ("sgd(lr: 0.05)", lambda p: torch.optim.SGD(p, lr=0.05)),
    "sgd_momentum": (
        "sgd(lr: 0.02, momentum: 0.9, dampening: 0.1, weight_decay: 0.01)",
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, dampening=0.1, weight_decay=0.01)),
    "sgd_nesterov": (
        "sgd(lr: 0.02, momentum: 0.8, nesterov: true)",
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.8, nesterov=True)),
    "adam": (
        "adam(lr: 0.05, beta1: 0.8, beta2: 0.99, epsilon: 1e-7, weight_decay: 0.02)",
        lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.99), eps=1e-7, weight_decay=0.02)),
    "adamw": ("adamw(lr: 0.05, weight_decay: 0.1)", lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1)),
}
for name, (setting, make) in OPTIMIZERS.items():
    w, bias = train(make, [W, B], regression, 25)
    program(
        f"10-learn/optimizer_{name}",
        """
let X = f32::from_array({X})
let Y = f32::from_array({Y})
let w = learnable(f32::from_array({W}))
let b = learnable(f32::from_array({B}))
learn {
    optimizer: {setting}
    epochs: 25
    for epoch in range(epochs) {
        let error = X @ w + b - Y
        backward(mean(error * error))
    }
}
assert_about_eq(w, {w}, 2e-5)
assert_about_eq(b, {bias}, 2e-5)
print("ok")
""",
        X=X, Y=Y, W=W, B=B, setting=setting, w=w, bias=bias,
    )

SCHEDULES = {
    "step": ("step(step_size: 5, gamma: 0.5)", lambda o: torch.optim.lr_scheduler.StepLR(o, 5, 0.5)),
    "exponential": ("exponential(gamma: 0.9)", lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    "cosine": (
        "cosine(t_max: 20, eta_min: 0.001)",
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20, 0.001)),
}
for name, (setting, schedule) in SCHEDULES.items():
    (w,) = train(lambda p: torch.optim.SGD(p, lr=0.1), [B], lambda p: (p**2 - p).sum(), 20, schedule)
    program(
        f"10-learn/schedule_{name}",
        """
fn fit() {
    tensor p: float32[2] learnable = {B}
    learn {
        scheduler: {setting},
        epochs: 20,
        optimizer: sgd(lr: 0.1),
        objective: sum(p ** 2 - p)
    }
    p
}
assert_about_eq(fit(), {w}, 2e-5)
""",
        expected=None,
        B=B, setting=setting, w=w,
    )

start = np.array([3.0, -4.0])
(w,) = train(lambda p: torch.optim.SGD(p, lr=0.5), [start], lambda p: (p**4).sum(), 6, clip=1.0)
program(
    "10-learn/clipping",
    """
let p = learnable({start})
learn {
    optimizer: sgd(lr: 0.5)
    epochs: 6
    clip_grad_norm: 1.0
    for epoch in range(epochs) { backward(sum(p ** 4)) }
}
assert_about_eq(p, {w}, 2e-4)
print("ok")
""",
    start=start, w=w,
)

skipped = {}
for name, make in {
    "adam": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
}.items():
    p = torch.tensor([1.0], requires_grad=True)
    q = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = make([p, q])
    for i in range(6):
        optimizer.zero_grad(set_to_none=True)
        (p.square().sum() + (q.square().sum() if i % 3 == 2 else 0)).backward()
        optimizer.step()
    skipped[name] = q
program(
    "10-learn/unused_parameters_stay",
    """
fn alternate(p, q) {
    learn {
        optimizer: adam(lr: 0.1, weight_decay: 0.1)
        for i in 0..6 {
            if i % 3 == 2 { backward(sum(p * p) + sum(q * q)) } else { backward(sum(p * p)) }
        }
    }
}
fn decoupled(p, q) {
    learn {
        optimizer: adamw(lr: 0.1, weight_decay: 0.1)
        for i in 0..6 {
            if i % 3 == 2 { backward(sum(p * p) + sum(q * q)) } else { backward(sum(p * p)) }
        }
    }
}
let q = learnable([1.0, -2.0])
alternate(learnable([1.0]), q)
assert_about_eq(q, {adam}, 2e-5)
let r = learnable([1.0, -2.0])
decoupled(learnable([1.0]), r)
assert_about_eq(r, {adamw}, 2e-5)
print("ok")
""",
    adam=skipped["adam"], adamw=skipped["adamw"],
)

# numbers taken out of tensors keep their gradients
w0 = np.array([0.5, -1.5, 2.0])


def pieces(w):
    total = torch.tensor(0.0)
    for i, v in enumerate(w):
        total = total + v * v * (i + 1)
    pair = torch.stack([w[0], torch.tensor(2.0), w[1] * w[2]])
    rows = torch.stack([torch.stack([w[0], torch.tensor(1.0)]), torch.stack([torch.tensor(3.0), w[2]])])
    m = torch.zeros(3)
    m = torch.cat([m[:1], (w[1] ** 2).reshape(1), m[2:]])
    full = w[0].expand(2)
    flat = torch.cat([w, (w[2] * 3).reshape(1)])
    return (total + (pair * torch.tensor([1.0, 2.0, 3.0])).sum() + (rows @ rows).sum() + m.sum() + full.sum() * 2
            + (flat**2).mean() + torch.sigmoid(w[1] / w[2]))


(w,) = train(lambda p: torch.optim.SGD(p, lr=0.01), [w0], pieces, 3)
program(
    "10-learn/numbers_keep_gradients",
    """
let w = learnable({w0})
learn {
    optimizer: sgd(lr: 0.01)
    for step in 0..3 {
        let total = 0
        let i = 0
        for v in w {
            i += 1
            total = total + v * v * i
        }
        let pair = [w[0], 2, get(w, 1) * w[2]]
        let rows = [[w[0], 1.0], [3.0, w[2] as float]]
        let m = f32::zeros([3])
        m[1] = w[1] ** 2
        let flat = append(w, w[2] * 3)
        let loss = total + sum(pair * [1.0, 2.0, 3.0]) + sum(rows @ rows) + sum(m) + sum(full([2], w[0])) * 2
        loss = loss + mean(vec(flat[0], flat[1], flat[2], flat[3]) ** 2) + sig(w[1], w[2])
        backward(loss)
    }
}
assert_about_eq(w, {w}, 2e-5)
print("ok")
""",
    w0=w0, w=w,
)

layers = [data(2, 4), data(4), data(4, 1), data(1)]
inputs, targets = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([[0], [1], [1], [0]], dtype=float)


def mlp(w1, b1, w2, b2):
    return F.binary_cross_entropy_with_logits(torch.tanh(t(inputs) @ w1 + b1) @ w2 + b2, t(targets))


w1, b1, w2, b2 = train(lambda p: torch.optim.Adam(p, lr=0.05), layers, mlp, 30)
program(
    "10-learn/mlp_in_structs",
    """
struct Layer { weight: float32[?, ?] learnable, bias: float32[?] learnable }
impl Layer { fn apply(self, x) { x @ self.weight + self.bias } }
let first = Layer { weight: {l0}, bias: {l1} }
let second = Layer { weight: {l2}, bias: {l3} }
let net = append(append([], first), second)
learn {
    optimizer: adam(lr: 0.05)
    epochs: 30
    for epoch in range(epochs) {
        let logits = net[1].apply(tanh(net[0].apply({inputs})))
        let loss = mean(relu(logits) - logits * {targets} + log(1 + exp(-abs(logits))))
        backward(loss)
    }
}
assert_about_eq(first.weight, {w1}, 1e-4)
assert_about_eq(first.bias, {b1}, 1e-4)
assert_about_eq(second.weight, {w2}, 1e-4)
assert_about_eq(second.bias, {b2}, 1e-4)
print("ok")
""",
    l0=layers[0], l1=layers[1], l2=layers[2], l3=layers[3], inputs=inputs, targets=targets, w1=w1, b1=b1, w2=w2, b2=b2,
)

# --- section 12: equations

A, Bm, C = data(3, 4), data(4, 2), data(3, 2)
program(
    "12-equations/chains_and_traces",
    """
let A = {A}
let B = {B}
let C = {C}
D[i, k] = A[i, j] B[j, k]
E[i] = A[i, j] B[j, k] C[i, k]
frobenius = A[i, j] A[i, j]
S[j] = A[i, j]
M[i] max= A[i, j]
L[j] min= A[i, j]
V[i] avg= A[i, j]
O[i, j, k] = A[i, j] B[j, k]
assert_about_eq(D, {D}, 1e-5)
assert_about_eq(E, {E}, 1e-5)
assert_about_eq(frobenius, {f}, 1e-4)
assert_about_eq(S, {S}, 1e-5)
assert_about_eq(M, {M}, 1e-5)
assert_about_eq(L, {L}, 1e-5)
assert_about_eq(V, {V}, 1e-5)
assert_about_eq(O, {O}, 1e-5)
print("ok")
""",
    A=A, B=Bm, C=C, D=A @ Bm, E=((A @ Bm) * C).sum(1), f=(A * A).sum(), S=A.sum(0), M=A.max(1), L=A.min(0),
    V=A.mean(1), O=np.einsum("ij,jk->ijk", A, Bm),
)

image, kernel = data(6, 7), data(3, 2)
conv = F.conv2d(t(image)[None, None], t(kernel)[None, None])[0, 0]
program(
    "12-equations/convolution_of_an_image",
    """
let I = {image}
let K = {kernel}
C[x, y] = K[a, b] I[x + a, y + b]
assert_about_eq(C[0:4, 0:6], {conv}, 1e-5)
P[x/2, y/3] max= I[x, y]
assert_about_eq(P, {pool}, 1e-6)
print(P.shape)
""",
    expected="[3, 3]\n",
    image=image, kernel=kernel, conv=conv,
    pool=np.array([[image[2 * i:2 * i + 2, 3 * j:3 * j + 3].max() for j in range(3)] for i in range(3)]),
)

x = data(4, 3)
centers = data(2, 3)
program(
    "12-equations/distances",
    """
let X = {x}
let Z = {z}
D[i, j] = (X[i, k] - Z[j, k])^2
G[i, j] = exp(-(X[i, k] - Z[j, k])^2 / 2)
assert_about_eq(D, {d}, 1e-5)
assert_about_eq(G, {g}, 1e-5)
print("ok")
""",
    x=x, z=centers, d=((x[:, None] - centers[None]) ** 2).sum(-1),
    g=np.exp(-((x[:, None] - centers[None]) ** 2).sum(-1) / 2),
)

# --- section 14: built-ins

x = data(3, 5)
program(
    "14-builtins/activations",
    """
let x = f32::from_array({x})
assert_about_eq(relu(x), {relu}, 1e-6)
assert_about_eq(gelu(x), {gelu}, 1e-5)
assert_about_eq(gelu_erf(x), {gelu_erf}, 1e-5)
assert_about_eq(silu(x), {silu}, 1e-5)
assert_about_eq(sigmoid(x), {sigmoid}, 1e-6)
assert_about_eq(sig(x, 0.5), {sharp}, 1e-5)
assert_about_eq(tanh(x), {tanh}, 1e-6)
assert_about_eq(erf(x), {erf}, 1e-6)
assert_about_eq(step(x), {step}, 0)
assert_about_eq(clamp(x, -1, 0.5), {clamp}, 1e-6)
assert_about_eq(gelu({number}), {gelu_number}, 1e-6)
print("ok")
""",
    x=x, relu=F.relu(t(x)), gelu=F.gelu(t(x), approximate="tanh"), gelu_erf=F.gelu(t(x)), silu=F.silu(t(x)),
    sigmoid=torch.sigmoid(t(x)), sharp=torch.sigmoid(t(x) / 0.5), tanh=torch.tanh(t(x)), erf=torch.erf(t(x)),
    step=(x > 0), clamp=np.clip(x, -1, 0.5), number=1.25, gelu_number=F.gelu(torch.tensor(1.25), approximate="tanh"),
)

x = data(3, 4, low=0.1, high=3.0)
program(
    "14-builtins/elementwise_math",
    """
let x = f32::from_array({x})
assert_about_eq(exp(x), {exp}, 1e-5)
assert_about_eq(log(x), {log}, 1e-6)
assert_about_eq(sqrt(x), {sqrt}, 1e-6)
assert_about_eq(rsqrt(x), {rsqrt}, 1e-5)
assert_about_eq(reciprocal(x), {reciprocal}, 1e-5)
assert_about_eq(square(x), {square}, 1e-5)
assert_about_eq(sin(x) + cos(x), {trigonometry}, 1e-5)
assert_about_eq(tan(x * 0.3), {tan}, 1e-5)
assert_about_eq(pow(x, 1.5), {pow}, 1e-5)
assert_about_eq(floor(x) + ceil(-x) + sign(x - 1), {rounding}, 1e-6)
assert_about_eq(maximum(x, 1.0) - minimum(x, 1.0), {distance}, 1e-6)
assert_about_eq(where(x > 1, x, -x), {where}, 1e-6)
print(round([0.5, 1.5, -2.5]), floor(2.7), ceil(2.1), round(-0.5), abs(-2.5))
""",
    expected="[1.0, 2.0, -3.0] 2 3 -1 2.5\n",
    x=x, exp=np.exp(x), log=np.log(x), sqrt=np.sqrt(x), rsqrt=1 / np.sqrt(x), reciprocal=1 / x, square=x * x,
    trigonometry=np.sin(x) + np.cos(x), tan=np.tan(x * 0.3), pow=x**1.5,
    rounding=np.floor(x) + np.ceil(-x) + np.sign(x - 1), distance=np.abs(x - 1), where=np.where(x > 1, x, -x),
)

x = data(2, 3, 4)
program(
    "14-builtins/reductions_by_axis",
    """
let x = f32::from_array({x})
assert_about_eq(sum(x), {sum}, 1e-5)
assert_about_eq(sum(x, 1), {sum1}, 1e-5)
assert_about_eq(sum(x, [0, 2]), {sum02}, 1e-5)
assert_about_eq(mean(x, -1, true), {mean}, 1e-6)
assert_about_eq(max(x, 0), {max}, 1e-6)
assert_about_eq(min(x, 2), {min}, 1e-6)
assert_about_eq(prod(x, 2), {prod}, 1e-5)
assert_about_eq(norm(x), {norm}, 1e-5)
assert_about_eq(cumsum(x, 1), {cumsum}, 1e-5)
assert_eq(argmax(x, 1), {argmax})
assert_eq(argmin(x, -1), {argmin})
print(argmax(x), argmin(x), argmax(x, 2, true).shape)
""",
    expected=f"{x.argmax()} {x.argmin()} [2, 3, 1]\n",
    x=x, sum=x.sum(), sum1=x.sum(1), sum02=x.sum((0, 2)), mean=x.mean(-1, keepdims=True), max=x.max(0), min=x.min(2),
    prod=x.prod(2), norm=np.linalg.norm(x), cumsum=x.cumsum(1), argmax=x.argmax(1), argmin=x.argmin(-1),
)

x, w, g, bta = data(4, 6), data(6), data(6), data(6)
program(
    "14-builtins/normalisation",
    """
let x = f32::from_array({x})
let w = f32::from_array({w})
assert_about_eq(rms_norm(x, w), {rms}, 1e-5)
assert_about_eq(rms_norm(x, w, 0.1), {rms_eps}, 1e-5)
assert_about_eq(layer_norm(x), {plain}, 1e-5)
assert_about_eq(layer_norm(x, [6], 0.01), {shaped}, 1e-5)
assert_about_eq(layer_norm(x, {g}, {b}), {affine}, 1e-5)
assert_about_eq(batch_norm(x, {g}, {b}), {batch}, 1e-4)
assert_about_eq(softmax(x), {softmax}, 1e-6)
assert_about_eq(softmax(x, 0), {softmax0}, 1e-6)
assert_about_eq(log_softmax(x), {log_softmax}, 1e-5)
assert_about_eq(normalize_features(x), {unit}, 1e-5)
print("ok")
""",
    x=x, w=w, g=g, b=bta, rms=x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6) * w,
    rms_eps=x / np.sqrt((x * x).mean(-1, keepdims=True) + 0.1) * w, plain=F.layer_norm(t(x), [6]),
    shaped=F.layer_norm(t(x), [6], eps=0.01), affine=F.layer_norm(t(x), [6], t(g), t(bta)),
    batch=F.batch_norm(t(x), None, None, t(g), t(bta), training=True), softmax=F.softmax(t(x), -1),
    softmax0=F.softmax(t(x), 0), log_softmax=F.log_softmax(t(x), -1),
    unit=x / np.linalg.norm(x, axis=-1, keepdims=True),
)

q, k, v = data(3, 8), data(3, 8), data(3, 8)


def heads(x, n):
    return t(x).reshape(x.shape[0], n, -1).transpose(0, 1)


def rotate(x, offset=0, base=10000.0):
    seq, n, d = x.shape
    angles = np.outer(np.arange(seq) + offset, base ** (-np.arange(0, d, 2) / d))
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    out = np.empty_like(x)
    out[..., 0::2] = x[..., 0::2] * cos - x[..., 1::2] * sin
    out[..., 1::2] = x[..., 0::2] * sin + x[..., 1::2] * cos
    return out


x = data(3, 2, 4)
plain_attention = F.softmax(
    (t(q) @ t(k).T / math.sqrt(8)).masked_fill(torch.ones(3, 3).triu(1).bool(), -math.inf), -1) @ t(v)
pe = np.array([[math.sin(p / 10000 ** (2 * (i // 2) / 6)) if i % 2 == 0 else math.cos(p / 10000 ** (2 * (i // 2) / 6))
                for i in range(6)] for p in range(4)])
program(
    "14-builtins/positions_and_attention",
    """
assert_about_eq(positional_encoding(4, 6), {pe}, 1e-5)
assert_about_eq(rope(f32::from_array({x})), {rope}, 1e-5)
assert_about_eq(rope(f32::from_array({x}), 5), {rope5}, 1e-5)
let c = precompute_rope_cos(4, 3, 10000)
let s = precompute_rope_sin(4, 3, 10000)
assert_about_eq(rope(f32::from_array({x}), c, s), {rope}, 1e-5)
let q = f32::from_array({q})
let k = f32::from_array({k})
let v = f32::from_array({v})
let scores = apply_mask(q @ k.T / sqrt(8.0), causal_mask(3))
assert_about_eq(softmax(scores) @ v, {attention}, 1e-5)
print(causal_mask(3), padding_mask([1, 3], 3), combine_masks(causal_mask(2), [[1, 0], [1, 0]]))
""",
    expected="[[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]] [[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]] "
    "[[1.0, 0.0], [1.0, 0.0]]\n",
    pe=pe, x=x, rope=rotate(x), rope5=rotate(x, 5), q=q, k=k, v=v, attention=plain_attention,
)

wo = data(8, 8)
turned = torch.tensor(rotate(q.reshape(3, 2, 4)), dtype=torch.float32).transpose(0, 1)
mask = torch.ones(3, 3).triu(1).bool()
per_head = F.softmax(
    (turned @ heads(k, 2).transpose(1, 2) / math.sqrt(4)).masked_fill(mask, -math.inf), -1) @ heads(v, 2)
program(
    "14-builtins/attention_per_head",
    """
let q = f32::from_array({q})
let k = f32::from_array({k})
let v = f32::from_array({v})
let wo = f32::from_array({wo})
assert_about_eq(attention_with_cache(q, k, v, wo, 2), {out}, 1e-4)
print("ok")
""",
    q=q, k=k, v=v, wo=wo, out=per_head.transpose(0, 1).reshape(3, 8) @ t(wo).T,
)

m = data(4, 4) + 3 * np.eye(4)
a, b, c = data(2, 3, 4), data(4, 3), data(3)
program(
    "14-builtins/linear_algebra",
    """
let m = f32::from_array({m})
assert_about_eq(det(m), {det}, 1e-3)
assert_about_eq(inv(m), {inv}, 1e-4)
assert_about_eq(inv(m) @ m, f32::eye(4), 1e-4)
let a = f32::from_array({a})
assert_about_eq(einsum("bij,jk->bik", a, {b}), {bik}, 1e-5)
assert_about_eq(einsum("bij,ji->b", a, {b}), {trace}, 1e-5)
assert_about_eq(einsum("bij->jb", a), {jb}, 1e-5)
assert_about_eq(einsum("ii", m), {tr}, 1e-5)
assert_about_eq(einsum("ii->i", m), {diagonal}, 1e-6)
assert_about_eq(einsum("i,j->ij", {c}, {c}), {outer}, 1e-5)
assert_about_eq(linear(a, {w}, {bias}), {linear}, 1e-5)
print(einsum("ij,jk", m, m).shape)
""",
    expected="[4, 4]\n",
    m=m, det=np.linalg.det(m), inv=np.linalg.inv(m), a=a, b=b, c=c, bik=a @ b, trace=np.einsum("bij,ji->b", a, b),
    jb=np.einsum("bij->jb", a), tr=np.trace(m), diagonal=np.diag(m), outer=np.outer(c, c), w=b.T, bias=c,
    linear=a @ b + c,
)

x = data(3, 4)
idx = np.array([[0, 2, 1, 0], [2, 2, 0, 1]])
program(
    "14-builtins/gather_and_scatter",
    """
let x = f32::from_array({x})
assert_about_eq(gather(x, 0, [2, 0, 2]), {rows}, 1e-6)
assert_about_eq(index_select(x, 1, [3, 1]), {columns}, 1e-6)
assert_about_eq(gather(x, 0, {idx}), {elementwise}, 1e-6)
assert_about_eq(scatter(x, 0, [1], [[9.0, 8.0, 7.0, 6.0]]), {scattered}, 1e-6)
assert_about_eq(embedding(x, [[0, 1], [2, 2]]), {embedded}, 1e-6)
assert_about_eq(slice(x, 1, 3), {sliced}, 1e-6)
assert_about_eq(slice(x, 2, 1, 3), {part}, 1e-6)
assert_about_eq(slice_last(x, 0), {last}, 1e-6)
print("ok")
""",
    x=x, rows=x[[2, 0, 2]], columns=x[:, [3, 1]], idx=str(idx.tolist()), elementwise=np.take_along_axis(x, idx, 0),
    scattered=np.vstack([x[0], [9, 8, 7, 6], x[2]]), embedded=x[[[0, 1], [2, 2]]], sliced=x[1:3], part=x[2, 1:3],
    last=x[-1],
)

x = data(2, 6)
program(
    "14-builtins/rearranging",
    """
let x = f32::from_array({x})
let parts = split(x, 4, 1)
assert_about_eq(parts[0], {p0}, 1e-6)
assert_about_eq(parts[1], {p1}, 1e-6)
let sizes = split(x, [1, 2, 3], 1)
assert_about_eq(sizes[2], {s2}, 1e-6)
let chunks = chunk(x, 3, 1)
assert_about_eq(concat(chunks[2], chunks[0], 1), {swapped}, 1e-6)
assert_about_eq(permute(reshape(x, [2, 3, 2]), [2, 0, 1]), {permuted}, 1e-6)
assert_about_eq(stack(append(append([], x[0]), x[1]), 1), {stacked}, 1e-6)
assert_about_eq(broadcast_to(x[0], [3, 6]), {broadcast}, 1e-6)
assert_about_eq(transpose(reshape(x, [2, 3, 2]), 0, 2), {transposed}, 1e-6)
print(unsqueeze(x, 0).shape, squeeze(unsqueeze(x, -1)).shape, flatten(x).shape, len(parts), len(chunks))
""",
    expected="[1, 2, 6] [2, 6] [12] 2 3\n",
    x=x, p0=x[:, :4], p1=x[:, 4:], s2=x[:, 3:], swapped=np.hstack([x[:, 4:], x[:, :2]]),
    permuted=x.reshape(2, 3, 2).transpose(2, 0, 1), stacked=np.stack([x[0], x[1]], 1),
    broadcast=np.broadcast_to(x[0], (3, 6)), transposed=x.reshape(2, 3, 2).swapaxes(0, 2),
)

h, r, tail = data(4), data(4), data(4)
hi, ri, ti = data(4), data(4), data(4)
hc, rc, tc = h + 1j * hi, r + 1j * ri, tail + 1j * ti
program(
    "14-builtins/scores",
    """
let h = f32::from_array({h})
let r = f32::from_array({r})
let t = f32::from_array({t})
assert_about_eq(transe_score(h, r, t), {l2}, 1e-5)
assert_about_eq(transe_score(h, r, t, "L1"), {l1}, 1e-5)
assert_about_eq(distmult_score(h, r, t), {distmult}, 1e-5)
assert_about_eq(complex_score(h, {hi}, r, {ri}, t, {ti}), {complex}, 1e-5)
assert_about_eq(binary_cross_entropy(0.7, 1.0), {bce}, 1e-6)
assert_about_eq(margin_ranking_loss(0.3, 0.9, 0.5), 1.1, 1e-6)
assert_about_eq(relational_aggregate(h, r, t), {aggregate}, 1e-5)
assert_about_eq(graph_attention(h, r, t), {attention}, 1e-5)
assert_about_eq(aggregate_neighbors(h, 4), {mean}, 1e-5)
print(compute_rank(0.4, 2), compute_mrr(4), compute_hits_at_k(3, 3), compute_hits_at_k(4, 3), compute_mean_rank(9, 4))
""",
    expected="3.0 0.25 1.0 0.0 2.25\n",
    h=h, r=r, t=tail, l2=-np.linalg.norm(h + r - tail), l1=-np.abs(h + r - tail).sum(), distmult=(h * r * tail).sum(),
    hi=hi, ri=ri, ti=ti, complex=(hc * rc * tc.conj()).sum().real,
    bce=F.binary_cross_entropy_with_logits(torch.tensor(0.7), torch.tensor(1.0)), aggregate=h + r * tail,
    attention=1 / (1 + np.exp(-(h * r).sum())) * tail, mean=h / 4,
)

logits = np.array([1.0, 3.0, 2.0, 0.5])  # probabilities 0.09, 0.63, 0.23, 0.05
program(
    "14-builtins/filtered_logits",
    """
let logits = f32::from_array({logits})
assert_about_eq(temperature(logits, 0.5), {hot}, 1e-6)
print(top_k(logits, 2), top_p(logits, 0.7), top_p(logits, 0.99))
print(sample([0.0, 1.0, 0.0]), temperature_sample([0.0, 100.0, 0.0], 1.0), top_p_sample([9.0, 1.0, 1.0], 0.5))
print_top_k(logits, 2)
""",
    expected="[-inf, 3.0, 2.0, -inf] [-inf, 3.0, 2.0, -inf] [1.0, 3.0, 2.0, 0.5]\n1 1 0\n1 = 3.0\n2 = 2.0\n",
    logits=logits, hot=logits / 0.5,
)
