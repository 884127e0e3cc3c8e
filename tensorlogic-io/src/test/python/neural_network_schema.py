"""Writes src/main/resources/org/tensorlogic/io/coreml/neural-network.schema.

    pip install coremltools && python neural_network_schema.py

The names and numbers of the fields are those of the protocol buffers that coremltools brings along.
"""

import pathlib

from coremltools.proto import NeuralNetwork_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

OUTPUT = pathlib.Path(__file__).parents[2] / (
    "main/resources/org/tensorlogic/io/coreml/neural-network.schema"
)
# Read by code of their own.
OPAQUE = {"WeightParams", "NeuralNetwork", "NeuralNetworkMeanImage"}
INTEGERS = {"INT32", "INT64", "UINT32", "UINT64"}
TYPES = {value: name[5:] for name, value in vars(FieldDescriptor).items() if name.startswith("TYPE_")}


def type_of(field: FieldDescriptor) -> str:
    name = TYPES[field.type]
    if name == "MESSAGE":
        # A mean image has the layout of weights.
        is_image = field.message_type.name == "NeuralNetworkMeanImage"
        return "WeightParams" if is_image else field.message_type.name
    if name == "ENUM":
        constants = (f"{value.name}={value.number}" for value in field.enum_type.values)
        return "{" + ",".join(constants) + "}"
    return "int" if name in INTEGERS else name.lower()


def main() -> None:
    lines: dict[str, str] = {}
    todo: list[Descriptor] = [
        NeuralNetwork_pb2.NeuralNetworkLayer.DESCRIPTOR,
        NeuralNetwork_pb2.NeuralNetworkPreprocessing.DESCRIPTOR,
    ]
    while todo:
        message = todo.pop(0)
        if message.name in lines or message.name in OPAQUE:
            continue
        fields = [
            f"{field.name}={field.number}:{type_of(field)}{'*' if field.is_repeated else ''}"
            for field in message.fields
        ]
        lines[message.name] = " ".join([message.name, *fields])
        todo += [field.message_type for field in message.fields if field.message_type]
    OUTPUT.write_text("\n".join(line for line in lines.values() if " " in line) + "\n")


main()
