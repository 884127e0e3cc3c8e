"""Writes src/test/resources/paper/*.values: inputs and expected results of the programs there.

The programs are those of Domingos, "Tensor Logic: The Language of AI" (arXiv 2510.12269). NumPy computes
in float64 what each says, PyTorch what is learned. Run it in tensorlogic-lang.
"""

from pathlib import Path

import numpy as np
import torch

PAPER = Path("src/test/resources/paper")
rng = np.random.default_rng(2510)


def normal(*shape):
    return rng.normal(0, 1, shape).round(3)


def sig(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def lnorm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def write(name, inputs, results):
    """A line per tensor: its role, name and shape, then its values."""
    lines = []
    for role, tensors in (("given", inputs), ("expected", results)):
        for key, value in tensors.items():
            array = np.asarray(value)
            kind = "ints" if array.dtype.kind == "i" else "floats"
            shape = "x".join(map(str, array.shape)) or "1"
            values = " ".join(repr(v) for v in np.atleast_1d(array).ravel().round(8).tolist())
            lines.append(f"{role} {kind} {key} {shape} {values}\n")
    (PAPER / f"{name}.values").write_text("".join(lines))


def mlp():
    x, w, b = normal(2, 5), normal(4, 5, 5), normal(4, 5)
    y = x
    for layer in (1, 2, 3):
        y = sig(y @ w[layer].T + b[layer])
    write("mlp", {"X": x, "W": w, "B": b}, {"Y": y, "Z": y})


def rnn():
    w, v, u = normal(4, 4), normal(4, 3), normal(3, 7)
    states = [np.zeros(4)]
    for t in range(7):
        states.append(sig(w @ states[-1] + v @ u[:, t]))
    write("rnn", {"W": w, "V": v, "U": u}, {"S": np.stack(states, 1), "Last": states[-1]})


def cnn():
    image, kernel, bias, w = normal(7, 6, 3), normal(4, 3, 2, 3), normal(4), normal(2, 4, 4, 3)
    padded = np.zeros((9, 7, 3))
    padded[:7, :6] = image
    features = np.zeros((4, 7, 6))
    for x in range(7):
        for y in range(6):
            features[:, x, y] = relu((kernel * padded[x : x + 3, y : y + 2]).sum((1, 2, 3)) + bias)
    windows = [[features[:, x : x + 2, y : y + 2] for y in range(0, 6, 2)] for x in range(0, 7, 2)]
    pooled = {
        "P": lambda part: part.max((1, 2)),
        "M": lambda part: part.mean((1, 2)),
        "S": lambda part: part.sum((1, 2)),
    }
    results = {"F": features}
    for name, pool in pooled.items():
        results[name] = np.array([[pool(part) for part in row] for row in windows]).transpose(2, 0, 1)
    results["L"] = np.einsum("cfxy,fxy->c", w, results["P"])
    write("cnn", {"I": image, "K": kernel, "B": bias, "W": w}, results)


def gnn():
    start, end = np.array([0, 1, 1, 2, 3, 4, 0]), np.array([1, 0, 2, 3, 4, 3, 4])
    adjacency = np.zeros((5, 5))
    adjacency[start, end] = 1
    x, wp, wagg, wself, wout = normal(5, 4), normal(2, 4, 4), normal(4, 4), normal(4, 4), normal(4)
    emb = x
    for layer in range(2):
        z = relu(emb @ wp[layer].T)
        emb = relu(adjacency @ z @ wagg.T + emb @ wself.T)
    inputs = {"From": start, "To": end, "X": x, "WP": wp, "WAgg": wagg, "WSelf": wself, "WOut": wout}
    node = emb @ wout
    write("gnn", inputs, {"Node": sig(node), "Edge": sig(emb @ emb.T), "Graph": sig(node.sum())})


def transformer():
    tokens = np.array([3, 0, 2, 3, 1])
    given = {
        "Tokens": tokens, "Emb": normal(5, 6), "Pos": normal(5, 6), "WQ": normal(2, 2, 3, 6),
        "WK": normal(2, 2, 3, 6), "WV": normal(2, 2, 4, 6), "WS": normal(2, 6, 8),
        "W1": normal(2, 7, 6), "W2": normal(2, 6, 7), "WO": normal(5, 6),
    }
    stream = given["Emb"][tokens] + given["Pos"]
    for b in range(2):
        q, k, v = (np.einsum("hkd,pd->hpk", given[w][b], stream) for w in ("WQ", "WK", "WV"))
        attention = softmax(np.einsum("hpk,hqk->hpq", q, k) / np.sqrt(3)) @ v
        merged = attention.transpose(1, 0, 2).reshape(5, 8)
        inner = lnorm(merged @ given["WS"][b].T + stream)
        stream = lnorm(relu(inner @ given["W1"][b].T) @ given["W2"][b].T + inner)
    write("transformer", given, {"Y": softmax(stream @ given["WO"].T)})


def kernel():
    x, q, a, t = normal(6, 3), normal(2, 3), normal(6), np.array([1.0, -1, 1, 1, -1, -1])
    variance, bias = 1.5, -0.25

    def rbf(m, n):
        return np.exp(-((m[:, None] - n[None]) ** 2).sum(-1) / variance)

    results = {"Poly": (x @ x.T + 1) ** 3, "Rbf": rbf(x, x), "Y": sig(rbf(q, x) @ (a * t) + bias)}
    write("kernel", {"X": x, "Q": q, "A": a, "T": t, "V": variance, "B": bias}, results)


def bayes_net():
    rain = np.array([0.8, 0.2])
    sprinkler = np.array([[0.6, 0.4], [0.99, 0.01]])
    wet = np.array([[[1.0, 0.0], [0.1, 0.9]], [[0.2, 0.8], [0.01, 0.99]]])
    joint = rain[:, None, None] * sprinkler[:, :, None] * wet
    z = joint[:, :, 1].sum()
    results = {
        "Marginal": joint.sum((0, 1)), "Posterior": joint[:, :, 1].sum(1) / z,
        "Explained": joint[1, :, 1] / z, "Most": joint[:, :, 1].max(),
    }
    write("bayes_net", {"Rain": rain, "Sprinkler": sprinkler, "Wet": wet}, results)


def embeddings():
    emb = rng.normal(0, 1, (5, 64))
    emb = (emb / np.linalg.norm(emb, axis=1, keepdims=True)).round(4)
    sister, parent = np.zeros((5, 5)), np.zeros((5, 5))
    sister[[0, 4], [1, 2]] = 1
    parent[[1, 2], [3, 4]] = 1
    embedded = {name: emb.T @ r @ emb for name, r in (("s", sister), ("p", parent))}
    score = emb @ embedded["s"] @ embedded["p"] @ emb.T - 0.5
    aunt = (sister @ parent > 0).astype(float)
    assert (aunt == (score > 0)).all()
    results = {
        "Retrieved": emb @ embedded["s"] @ emb.T, "Warm": sig(score / 0.2), "Cold": aunt, "Symbolic": aunt,
    }
    write("embeddings", {"Emb": emb}, results)


def rule_weights():
    start, end = np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 4, 4])
    parent = torch.zeros(5, 5, dtype=torch.float64)
    parent[start, end] = 1
    grand = parent @ parent
    w0, b0 = np.array([0.5, -0.5]), np.array([0.1])
    w, b = torch.tensor(w0, requires_grad=True), torch.tensor(b0, requires_grad=True)
    target = grand
    optimizer = torch.optim.Adam([w, b], lr=0.1)
    for _ in range(30):
        optimizer.zero_grad()
        soft = torch.sigmoid(w[0] * parent + w[1] * grand + b[0])
        (-(target * soft.log() + (1 - target) * (1 - soft).log()).sum() / 25).backward()
        optimizer.step()
    inputs = {"From": start, "To": end, "W0": w0, "B0": b0, "T": target.numpy()}
    write("rule_weights", inputs, {"W": w.detach().numpy(), "B": b.detach().numpy()})


def learned_embeddings():
    start, end = np.array([0, 1, 2, 4, 4]), np.array([1, 2, 3, 0, 4])
    knows = torch.zeros(5, 5, dtype=torch.float64)
    knows[start, end] = 1
    e0, r0 = normal(5, 3) * 0.5, normal(3, 3) * 0.5
    e, r = torch.tensor(e0, requires_grad=True), torch.tensor(r0, requires_grad=True)
    optimizer = torch.optim.SGD([e, r], lr=0.02, momentum=0.5)

    def score():
        return torch.sigmoid(e @ r @ e.T)

    for _ in range(20):
        optimizer.zero_grad()
        s = score()
        fit = (knows * s.log() + (1 - knows) * (1 - s).log()).sum()
        (-fit + 0.01 * ((e * e).sum() + (r * r).sum())).backward()
        optimizer.step()
    inputs = {"From": start, "To": end, "E0": e0, "R0": r0}
    results = {"E": e.detach().numpy(), "R": r.detach().numpy(), "Score": score().detach().numpy()}
    write("learned_embeddings", inputs, results)


for program in (
    mlp, rnn, cnn, gnn, transformer, kernel, bayes_net, embeddings, rule_weights, learned_embeddings,
):
    program()
