"""Exports a cascade: both parts in one network, or in one ONNX file."""

import copy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like._replacing import check_file, replacing
from kapre_like.models.cascade.parts import NAMES, calibration_of

if TYPE_CHECKING:
    import keras

_FACTS = ("task", "class_names", "sample_rate", "seconds", "length_rule")


def cascade_network(model: Any) -> "keras.Model":
    """Returns both parts of a cascade as one `keras.Model`.

    Its SavedModel runs the heavy part only on the unsure clips. Its LiteRT and ONNX files run
    both parts on every clip and then choose: the numbers are the same, but no time is saved.

    Raises:
        ValueError: If a part is not a network. The message names an alternative.
    """
    networks = {}
    for name in NAMES:
        try:
            networks[name] = _raw(getattr(model, name)).network()
        except ValueError as error:
            raise ValueError(_no_network(model, name, str(error))) from error
    import keras

    from kapre_like.models.artifact.card import ModelCard
    from kapre_like.models.blocks.calibrated import with_calibration
    from kapre_like.models.blocks.clip_windows import clip_inputs
    from kapre_like.models.blocks.heavy_where_unsure import HeavyWhereUnsure
    from kapre_like.models.training.labels import brief

    waveform, length = clip_inputs()
    light, heavy = (
        probabilities_of(with_calibration(network, calibration_of(getattr(model, name))), name)
        for name, network in networks.items()
    )
    choice = HeavyWhereUnsure(
        model=heavy, threshold=model.threshold, dtype="float32", name="heavy_where_unsure"
    )
    answer = choice([waveform, length, light([waveform, length])])
    facts = {name: model.recipe[name] for name in _FACTS}
    card = ModelCard(**facts, recipe=brief(model.recipe), dtype="float32", name="model_card")
    whole = keras.Model([waveform, length], card(answer), name="cascade")
    return with_calibration(whole, calibration_of(model))


def probabilities_of(network: "keras.Model", name: str) -> "keras.Model":
    """Returns the network with a new name and with its probabilities as its only output."""
    import keras

    outputs = network.output
    if isinstance(outputs, dict):
        outputs = outputs["probabilities"]
    elif isinstance(outputs, list | tuple):
        outputs = outputs[0]
    return keras.Model(network.inputs, outputs, name=name)


def file_formats(model: Any) -> tuple[str, ...]:
    """Returns `("onnx",)` if a part is not a network and both can be ONNX files, else `()`."""
    networks = [_is_network(getattr(model, name)) for name in NAMES]
    if all(networks):
        return ()
    both = zip(networks, NAMES, strict=True)
    return (
        ("onnx",) if all(net or "onnx" in getattr(model, n).exports for net, n in both) else ()
    )


def export_onnx(model: Any, path: Path, log: Callable[[str], None]) -> None:
    """Writes a cascade as one ONNX file that runs the heavy part only on the unsure clips.

    The inputs are `waveform (clips, samples)` and `length (clips,)`, as in other ONNX files.

    Args:
        model: A `CascadeModel` with at least one part that is not a network.
        path: The file to write. An existing ONNX file is replaced.
        log: Called with one line at a time.

    Raises:
        ValueError: If `path` is a file of another format, a part cannot be exported, or the
            file does not reproduce the model's probabilities.
        ImportError: If a package that ONNX needs is missing.
    """
    from kapre_like.models.cascade.onnx_file import join, prove

    check_file(path)
    if path.exists() and path.stat().st_size and path.read_bytes()[:1] != b"\x08":
        raise ValueError(f"export: {path} exists and is not an ONNX file. Name a new file.")
    with tempfile.TemporaryDirectory(prefix="kapre-like-") as room:
        files = []
        for name in NAMES:
            files.append(Path(room, f"{name}.onnx"))
            log(f"writing the {name} part")
            _part_onnx(getattr(model, name), files[-1], log)
        with replacing(path) as temporary:
            join(model, *files, temporary)
            prove(model, temporary)


def _part_onnx(part: Any, path: Path, log: Callable[[str], None]) -> None:
    part = _raw(part)
    if "onnx" in part.exports:
        part.export(path, "onnx", log)
        return
    import kapre_like

    kapre_like.export(part.network(), path, format="onnx")


def _raw(part: Any) -> Any:
    """Returns a copy of the model without calibration, because the cascade applies it."""
    raw = copy.copy(part)
    raw.recipe = {name: value for name, value in part.recipe.items() if name != "calibration"}
    return raw


def _is_network(part: Any) -> bool:
    try:
        part.network()
    except ValueError:
        return False
    return True


def _no_network(model: Any, name: str, why: str) -> str:
    families = {place: getattr(model, place).name for place in NAMES}
    about = f"a cascade of {families['light']} and {families['heavy']} is not one network"
    if file_formats(model):
        return (
            f"{about}, because {families[name]} is not made of layers. Use --format onnx to "
            "write both to one file, or open the folder with kapre_like.load_predictor."
        )
    return (
        f"{about}, and cannot be exported as one file: {why} Or export one part, from its "
        f"folder inside: {' or '.join(NAMES)}."
    )
