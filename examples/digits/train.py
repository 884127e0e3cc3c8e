"""Trains the handwritten-digit classifier of this example and writes it in every format.

    python -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python train.py

The data are scikit-learn's 1,797 scanned digits (8 x 8 pixels, 0 to 16), part of that package.
"""

import json
from pathlib import Path

import coremltools
import gguf
import numpy
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
HIDDEN = 96  # a multiple of 32, the block of Q4_0 and Q8_0


class Affine(torch.nn.Module):
    """The guide's layer: input @ weight + bias, with weight [D_in, D_out]."""

    def __init__(self, d_in: int, d_out: int):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(d_in, d_out) / d_in**0.5)
        self.bias = torch.nn.Parameter(torch.zeros(d_out))

    def forward(self, x):
        return x @ self.weight + self.bias


class MyModel(torch.nn.Module):
    """Two layers: layer.0 keeps its weight [in, out], layer.1 is PyTorch's own Linear, [out, in]."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.ModuleList([Affine(64, HIDDEN), torch.nn.Linear(HIDDEN, 10)])

    def forward(self, x):
        return self.layer[1](torch.relu(self.layer[0](x)))


def half(x: torch.Tensor) -> torch.Tensor:
    """Rounds to the nearest half, as a float16 tensor would hold it."""
    return x.half().float()


def forward_half(tensors: dict, x: torch.Tensor) -> torch.Tensor:
    """The model on halves: float arithmetic, every result rounded once."""
    w = {name: half(tensor) for name, tensor in tensors.items()}
    hidden = torch.relu(half(half(x @ w["layer.0.weight"]) + w["layer.0.bias"]))
    return half(hidden @ w["layer.1.weight"].T + w["layer.1.bias"])


def train(images: torch.Tensor, labels: torch.Tensor) -> MyModel:
    model = MyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.01)
    for _ in range(60):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model.eval()


def write_gguf(path: Path, tensors: dict, kind: gguf.GGMLQuantizationType) -> dict:
    """Writes matrices as `kind` and biases as F32; returns what a reader decodes."""
    writer = gguf.GGUFWriter(path, "digits")
    writer.add_name("Handwritten digits")
    writer.add_license("Apache-2.0")
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_array("digits.classes", [str(digit) for digit in range(10)])
    decoded = {}
    for name, tensor in tensors.items():
        stored = kind if tensor.dim() == 2 else gguf.GGMLQuantizationType.F32
        data = gguf.quantize(tensor.numpy(), stored)
        writer.add_tensor(name, data, raw_dtype=stored)
        decoded[name] = torch.from_numpy(numpy.array(gguf.dequantize(data, stored)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return decoded


def write_coreml(path: Path, model: MyModel):
    package = coremltools.convert(
        torch.jit.trace(model, torch.zeros(1, 64)),
        inputs=[coremltools.TensorType("image", (coremltools.RangeDim(1, 1024, 1), 64))],
        outputs=[coremltools.TensorType("logits")],
        minimum_deployment_target=coremltools.target.iOS16,
    )
    package.short_description = "Handwritten digits, 8 x 8 pixels"
    package.license = "Apache-2.0"
    package.save(str(path))


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    digits = load_digits()
    images = torch.tensor(digits.data / 16, dtype=torch.float32)  # exact in halves
    labels = torch.tensor(digits.target)
    images, test_images, labels, test_labels = train_test_split(
        images, labels, test_size=360, random_state=1, stratify=labels
    )
    model = train(images, labels)

    # As the guide shows.
    tensors = {name: param for name, param in model.named_parameters()}
    save_file(tensors, HERE / "model.safetensors")

    save_file({"images": test_images.half(), "labels": test_labels.half()}, HERE / "test.safetensors")

    tensors = {name: param.detach() for name, param in tensors.items()}
    logits = {"float32": model(test_images).detach(), "float16": forward_half(tensors, test_images)}
    for kind in ("F16", "Q8_0", "Q4_0"):
        file = HERE / f"model-{kind.lower()}.gguf"
        decoded = write_gguf(file, tensors, gguf.GGMLQuantizationType[kind])
        logits[kind.lower()] = forward_half(decoded, test_images)
    write_coreml(HERE / "model.mlpackage", model)

    expected = {"tested": len(test_labels)}
    for name, values in logits.items():
        predictions = values.argmax(1)
        expected[name] = {
            "accuracy": round((predictions == test_labels).double().mean().item(), 6),
            "predictions": "".join(str(digit.item()) for digit in predictions),
        }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    for name in logits:
        print(f"{name:8} accuracy {expected[name]['accuracy']:.4f}")


if __name__ == "__main__":
    main()
