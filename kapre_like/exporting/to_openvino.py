"""Writes OpenVINO folders: `model.xml` is the graph, and `model.bin` has the weights."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from kapre_like.exporting.openvino_bfloat16 import (
    inner_nodes,
    learned_factors,
    narrow_nodes,
)
from kapre_like.exporting.openvino_weights import narrow, quantize_weights
from kapre_like.exporting.packages import package
from kapre_like.exporting.program import Program
from kapre_like.exporting.to_onnx import onnx_model, weight_name
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.saving import CARD_KEY, OPENVINO_FILE, OPENVINO_PRECISION

# OpenVINO's mark, in its files, of nodes that convert weights to float32. Without the mark it
# converts the weights when it reads the file, and cannot keep them in low precision.
_DECOMPRESSION = "decompression"


def write_openvino(
    program: Program, path: Path, *, precision: str = "float32", quantize: str | None = None
) -> None:
    """Writes the folder `path` with the contents of the model's card in the graph's metadata.

    Args:
        program: The program.
        path: The folder.
        precision: `"bfloat16"`: the nodes between the first learned product and the head
            compute in bfloat16, and their weights are stored in it.
        quantize: `"int8"`: weights of matrix products are stored in 8 bits.
    """
    openvino = package("openvino", "openvino")  # fail before the long work
    # OpenVINO would compute float64 in float32.
    content = onnx_model(program, doubles=False).SerializeToString()
    try:
        model = openvino.Core().read_model(content)
    except RuntimeError as error:
        raise ValueError(_missing(error)) from error
    factors = learned_factors(model, _learned(program))
    # OpenVINO's common optimizations fold constants and fuse operators.
    transformations = package("openvino._offline_transformations", "openvino")
    transformations.apply_moc_transformations(model, True)
    for output in model.outputs:
        # The tensor also has the names of the last node.
        output.tensor.set_names(output.names & set(program.outputs))
    inner = inner_nodes(model, factors)
    decompressed = [] if quantize is None else quantize_weights(model, inner)
    if precision == "bfloat16":
        narrow(model, narrow_nodes(model, inner))
    model.set_rt_info(precision, OPENVINO_PRECISION)
    if program.card is not None:
        model.set_rt_info(json.dumps(program.card, ensure_ascii=False), CARD_KEY)
    path.mkdir()
    openvino.serialize(model, path / OPENVINO_FILE)
    if decompressed:
        _mark(path / OPENVINO_FILE, set(decompressed))


def _learned(program: Program) -> set[str]:
    """Returns the names, in the ONNX model, of the weights that are not in a front end."""
    model = program.model
    fronts = [x for x in model._flatten_layers() if isinstance(x, FrontEnd)]
    fixed = {id(weight) for layer in fronts for weight in layer.weights}
    weights = [*model.trainable_variables, *model.non_trainable_variables]
    return {weight_name(i) for i, weight in enumerate(weights) if id(weight) not in fixed}


def _mark(path: Path, names: set[str]) -> None:
    """Marks nodes that convert weights to float32. OpenVINO's Python API cannot set marks."""
    tree = ET.parse(path)
    for layer in tree.getroot().iter("layer"):
        if layer.get("name") in names:
            facts = ET.Element("rt_info")
            ET.SubElement(facts, "attribute", name=_DECOMPRESSION, version="0")
            layer.insert(1, facts)  # after `data`
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _missing(error: Exception) -> str:
    lines: list[Any] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (
        f"export: OpenVINO cannot read the operators of `model`: {lines[-1]} "
        'onnxruntime can: use format="onnx".'
    )
