"""OpenVINO folders: `model.xml`, the graph, and `model.bin`, the weights."""

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

# OpenVINO's name, in its files, of what widens weights. Without it they are widened when the
# file is read, and OpenVINO could not choose to keep them narrow.
_DECOMPRESSION = "decompression"


def write_openvino(
    wanted: Program, path: Path, *, precision: str = "float32", quantize: str | None = None
) -> None:
    """Writes the folder `path`, with the facts of the model's card in the graph's own.

    Args:
        wanted: The program.
        path: The folder.
        precision: `"bfloat16"`: what lies between the first weights and the head computes in
            it, and its weights are stored so.
        quantize: `"int8"`: weights of matrix products are stored in 8 bits.
    """
    openvino = package("openvino", "openvino")  # asked for before the long work
    # OpenVINO would compute float64 in float32.
    content = onnx_model(wanted, doubles=False).SerializeToString()
    try:
        model = openvino.Core().read_model(content)
    except RuntimeError as error:
        raise ValueError(_missing(error)) from error
    factors = learned_factors(model, _learned(wanted))
    # OpenVINO's own first pass: it computes on constants, and fuses formulas.
    transformations = package("openvino._offline_transformations", "openvino")
    transformations.apply_moc_transformations(model, True)
    for output in model.outputs:
        # The last node has names of its own.
        output.tensor.set_names(output.names & set(wanted.outputs))
    inner = inner_nodes(model, factors)
    widening = [] if quantize is None else quantize_weights(model, inner)
    if precision == "bfloat16":
        narrow(model, narrow_nodes(model, inner))
    model.set_rt_info(precision, OPENVINO_PRECISION)
    if wanted.card is not None:
        model.set_rt_info(json.dumps(wanted.card, ensure_ascii=False), CARD_KEY)
    path.mkdir()
    openvino.serialize(model, path / OPENVINO_FILE)
    if widening:
        _mark(path / OPENVINO_FILE, set(widening))


def _learned(wanted: Program) -> set[str]:
    """Names, in the ONNX model, of the weights that are not of a front end."""
    model = wanted.model
    fronts = [x for x in model._flatten_layers() if isinstance(x, FrontEnd)]
    fixed = {id(weight) for layer in fronts for weight in layer.weights}
    weights = [*model.trainable_variables, *model.non_trainable_variables]
    return {weight_name(i) for i, weight in enumerate(weights) if id(weight) not in fixed}


def _mark(path: Path, names: set[str]) -> None:
    """Marks nodes as widening weights. OpenVINO reads the mark; its Python cannot set it."""
    tree = ET.parse(path)
    for layer in tree.getroot().iter("layer"):
        if layer.get("name") in names:
            facts = ET.Element("rt_info")
            ET.SubElement(facts, "attribute", name=_DECOMPRESSION, version="0")
            layer.insert(1, facts)  # behind `data`
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _missing(error: Exception) -> str:
    lines: list[Any] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (
        f"export: OpenVINO cannot read what `model` consists of: {lines[-1]} "
        'onnxruntime can: format="onnx".'
    )
