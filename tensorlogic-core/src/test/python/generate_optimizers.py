"""Prints the expected values of OptimizerTest: five steps of torch.optim on sum(p^3) / 10, and of a second
parameter q that only every other step uses."""

import torch

CASES = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.01),
    "NESTEROV": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "ADAM": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.01),
    "AMSGRAD": lambda p: torch.optim.Adam(p, lr=0.5, betas=(0.8, 0.9), amsgrad=True),
    "ADAMW": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
}

for name, make in CASES.items():
    p = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    optimizer = make([p])
    for _ in range(5):
        optimizer.zero_grad()
        (p.pow(3) * 0.1).sum().backward()
        optimizer.step()
    values = ", ".join(repr(v) for v in p.detach().double().tolist())
    print(f"  private static final double[] EXPECTED_{name} = {{{values}}};")

SKIPPING = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
    "ADAM": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.1),
    "ADAMW": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
}

for name, make in SKIPPING.items():
    p = torch.tensor([1.0], requires_grad=True)
    q = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = make([p, q])
    for i in range(5):
        optimizer.zero_grad(set_to_none=True)
        (p.square().sum() + (q.square().sum() if i % 2 == 1 else 0)).backward()
        optimizer.step()
    values = ", ".join(repr(v) for v in q.detach().double().tolist())
    print(f"  private static final double[] EXPECTED_SKIPPING_{name} = {{{values}}};")
