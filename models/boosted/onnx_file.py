"""Boosted trees as one ONNX file from the waveform: length rule, features and trees.

As in exported networks, the inputs are `waveform (clips, samples)` float32 and `length
(clips,)` int32. The output is `probabilities` or `score`, and for a calibrated classifier also
`confident`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.clip_batches import padded
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.boosted.onnx_calibration import calibrated, confident
from kapre_like.models.boosted.onnx_features import clip_features
from kapre_like.models.boosted.onnx_graph import Graph, Value
from kapre_like.models.training.labels import brief
from kapre_like.running import package, run_onnx
from kapre_like.saving import CARD_KEY

# The first is the version in files of networks, the second that of CatBoost's trees.
_OPSETS = {"": 18, "ai.onnx.ml": 2}
# The version of the file format for the operators of _OPSETS.
_IR_VERSION = 8
# Maximum difference from the model, in probability or as a share of the largest score.
_TOLERANCE = 1e-4
# Seconds of the clips that test a file.
_TRIALS_S = (1.3, 0.4, 0.02, 2.7)


def write_onnx(model: Any, trees: Path, path: Path) -> None:
    """Writes the file `path`.

    Args:
        model: A `BoostedModel`.
        trees: ONNX file of the trees that CatBoost wrote.
        path: The file to write.
    """
    onnx = package("onnx", "onnx", f"{path}: an ONNX file")
    recipe = model.recipe
    g = Graph()
    waveform, length = Value(g, "waveform", "s"), Value(g, "length", "i32")
    classes = recipe["class_names"] if recipe["task"] == "classify" else None
    answer = _tree_answers(onnx.load(trees), model.booster, classes)
    rule, rate = LengthRule.of(recipe), recipe["sample_rate"]

    def of_clip(inner: Graph, row: Value) -> Value:
        clip = inner.here(waveform).take(row)
        count = inner.here(length).take(row).to("i")
        starts, width = _windows(inner, count, rule.samples(rate), rule.kind)

        def of_window(inmost: Graph, number: Value) -> Value:
            begin = inmost.here(starts).take(number)
            window = inmost.here(clip).part(begin, begin + inmost.here(width))
            return clip_features(inmost, window.to("f"), model.analysis)

        features = inner.each(starts.size(), of_window)
        return answer(inner, features).over("Mean", 0)

    found = Calibration.from_json(recipe.get("calibration"))
    result = calibrated(g, g.each(waveform.size(), of_clip), found)
    sure = confident(g, result, found)
    path.write_bytes(_file(onnx, g, result, sure, recipe).SerializeToString())


def prove_onnx(model: Any, path: Path) -> None:
    """Raises an error unless the file predicts as the model does, in onnxruntime."""
    rate = model.recipe["sample_rate"]
    rng = np.random.default_rng(0)
    clips = []
    for number, seconds in enumerate(_TRIALS_S):
        time = np.arange(max(1, round(seconds * rate))) / rate
        tone = np.sin(2 * np.pi * (200 + 300 * number) * time) * (time % 0.5 < 0.3)
        clips.append((0.3 * tone + rng.normal(0, 0.01, len(time))).astype(np.float32))
    expected = np.asarray(model.predict(clips))
    if (found := Calibration.from_json(model.recipe.get("calibration"))) is not None:
        expected = found.apply(expected)
    waveform, length = padded(clips)
    outputs = run_onnx(path)(waveform=waveform, length=length)
    got = outputs["score" if "score" in outputs else "probabilities"]
    error = float(np.max(np.abs(got - expected)))
    if got.shape != expected.shape or not error <= _TOLERANCE * max(
        1.0, np.abs(expected).max()
    ):
        raise ValueError(
            f"export: the ONNX file differs from the model by {error:.2g}. Nothing was written."
        )


def _windows(g: Graph, count: Value, width: int | None, kind: str) -> tuple[Value, Value]:
    """Returns the starts of the windows of a clip and their length, see `LengthRule.spans`."""
    if width is None:
        return g.constant([0], "i"), count
    size = count.minimum(width)
    last = count - size
    if kind == "center":
        return (last / 2).shaped(1), size
    tiles = ((count + (width - 1)) / width).maximum(1)
    return (g.range(tiles) * width).minimum(last), size


def _tree_answers(
    trees: Any, booster: Any, classes: list[str] | None
) -> Callable[[Graph, Value], Value]:
    """Returns a function from features `(windows, columns)` to answers, by CatBoost's node."""
    [node] = [n for n in trees.graph.node if n.op_type.startswith("TreeEnsemble")]

    def answer(g: Graph, features: Value) -> Value:
        copied = type(node)()
        copied.CopyFrom(node)
        names = [g._name() for _ in node.output]
        del copied.input[:], copied.output[:]
        copied.input.append(features.name)
        copied.output.extend(names)
        g.nodes.append(copied)
        made = Value(g, names[-1], "s")
        if classes is None:
            return made.shaped(-1)
        # A class without training rows has the probability 0.
        seen = np.asarray(booster.classes_, dtype=int)
        return made @ g.constant(np.eye(len(classes))[seen], "s")

    return answer


def _file(onnx: Any, g: Graph, result: Value, sure: Value | None, recipe: dict) -> Any:
    helper, types = onnx.helper, onnx.TensorProto
    classes = recipe["class_names"] if recipe["task"] == "classify" else None
    name = "score" if classes is None else "probabilities"
    shape = ["clips"] if classes is None else ["clips", len(classes)]
    g.nodes.append(helper.make_node("Identity", [result.name], [name]))
    inputs = [
        helper.make_tensor_value_info("waveform", types.FLOAT, ["clips", "samples"]),
        helper.make_tensor_value_info("length", types.INT32, ["clips"]),
    ]
    outputs = [helper.make_tensor_value_info(name, types.FLOAT, shape)]
    if sure is not None:
        g.nodes.append(helper.make_node("Identity", [sure.name], ["confident"]))
        outputs.append(helper.make_tensor_value_info("confident", types.BOOL, ["clips"]))
    graph = helper.make_graph(
        g.nodes, "boosted", inputs, outputs, initializer=list(g.constants.values())
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    names = ("task", "class_names", "sample_rate", "seconds", "length_rule")
    facts = {key: recipe[key] for key in names}
    facts |= {"output": name, "recipe": brief(recipe), "checkpoint": None}
    helper.set_model_props(model, {CARD_KEY: json.dumps(facts, ensure_ascii=False)})
    return model
