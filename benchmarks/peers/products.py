"""The shapes of products.cpp with PyTorch and NumPy: a Markdown table of medians.

Rates count GFLOP/s, for at most eight rows of activations GB/s of weights. Weights are stored as n rows of k.
"""

import statistics
import sys
import time

import numpy
import torch

ROUNDS = 9
SHORTEST = 0.04  # seconds of a round
SHAPES = [(1024, 1024, 1024), (4096, 512, 4096), (512, 4096, 4096), (1, 16384, 8192), (4, 16384, 8192)]  # m, n, k


def seconds(body, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        body()
    return time.perf_counter() - begin


def products(m, n, k):
    """The contenders' products by name, with the bytes of their weights."""
    x, w = torch.randn(m, k), torch.randn(n, k)
    a, b = x.numpy(), w.numpy()
    yield "numpy f32", lambda: a @ b.T, 4 * n * k
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        u, v = x.to(dtype), w.to(dtype)
        name = f"torch {dtype}".replace("torch.", "")
        try:
            torch.nn.functional.linear(u, v)
        except RuntimeError as e:
            print(f"{name}: {e}", file=sys.stderr)  # older versions have no halves on the processor
            continue
        yield name, lambda u=u, v=v: torch.nn.functional.linear(u, v), v.nelement() * v.element_size()


def main():
    print(f"PyTorch {torch.__version__}, NumPy {numpy.__version__}; BLAS, which computes float32 for both, may choose its threads itself\n")
    print("| m × n × k | threads | contender | rate |\n| --- | --- | --- | --- |")
    for m, n, k in SHAPES:
        contenders = list(products(m, n, k))
        for threads in (1, 2):
            torch.set_num_threads(threads)
            calls = {name: max(1, int(SHORTEST / min(seconds(body, 1) for _ in range(2)))) for name, body, _ in contenders}
            times = {name: [] for name, _, _ in contenders}
            for _ in range(ROUNDS):
                for name, body, _ in contenders:
                    times[name].append(seconds(body, calls[name]) / calls[name])
            for name, _, weight_bytes in contenders:
                work = weight_bytes if m <= 8 else 2 * m * n * k
                print(f"| {m} × {n} × {k} | {threads} | {name} | {work / statistics.median(times[name]) / 1e9:.0f} |")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
