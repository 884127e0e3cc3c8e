"""Prints the expected values of OptimizerTest: five steps of torch.optim on sum(p^3) / 10."""

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
