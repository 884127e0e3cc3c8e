"""Core ML against coremltools: models with every compression it offers, and published ones."""

import coreml_models
from interop import Case

BASIC_PITCH = "basic_pitch/saved_models/icassp_2022/nmp.mlpackage"


def cases(tools):
    for name, path, expected in coreml_models.models(tools.directory("coreml")):
        yield Case(f"coremltools {name}", path, expected)
    package = tools.wheel("basic-pitch") / BASIC_PITCH
    yield Case("basic-pitch nmp.mlpackage", package, coreml_models.values(coreml_models.opened(package)))
    network = tools.wheel("kraken") / "kraken/blla.mlmodel"
    yield Case("kraken blla.mlmodel", network, coreml_models.network_values(coreml_models.specification(network)))
