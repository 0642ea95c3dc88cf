"""Exports a trained model for other programs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.registry import family
from kapre_like.models.experiment.clips import Log, silent

NETWORK_FORMATS = ("litert", "onnx", "openvino", "savedmodel")
FORMATS = (*NETWORK_FORMATS, "coreml", "cpp")


def export(
    model: str | Path,
    *,
    format: str = "savedmodel",
    out: str | Path,
    sample_rate: int | None = None,
    precision: str = "float32",
    quantize: str | None = None,
    min_confidence: float | None = None,
    log: Log = silent,
) -> Path:
    """Exports a trained model to a file that runs without this library.

    The file takes whole clips. It contains the model's length rule and the resampling.

    Args:
        model: A folder that `train` wrote, or a `.keras` file.
        format: `"savedmodel"`, a TensorFlow SavedModel with the inputs `waveform` and `length`
            and the outputs `probabilities`, `label` and `confident`, or `score`. `"litert"` and
            `"onnx"`, a file, and `"openvino"`, a folder, have the same inputs and outputs
            without `label`. Boosted trees support `"onnx"`, and `"cpp"` and `"coreml"`: these
            contain the trees only, as CatBoost writes them, with a JSON file that lists the
            input features.
        out: The folder or file to write. It must not be the model's own folder.
        sample_rate: Int > 0, Hz, sample rate of the input waveforms. The file resamples them to
            the model's rate. `None`: the model's rate.
        precision: `"float32"`, or for OpenVINO `"bfloat16"`, which halves the size and computes
            in bfloat16; see `kapre_like.export`.
        quantize: `"int8"` reduces the file to a quarter of its size; see `kapre_like.export`.
        min_confidence: Float in [0, 1]. The output `confident` is true if the probability is at
            least this value. `None`: the calibrated thresholds of the model.
        log: Called with one line at a time.

    Returns:
        The path of the written file or folder.

    Raises:
        ValueError: If the model does not support the format, or the format is unknown.
        ImportError: If the packages that the format needs are missing.
    """
    from kapre_like import _check

    _check.one_of("export", FORMATS, format=format)
    if sample_rate is not None:
        _check.audio_rate("export", sample_rate=sample_rate)
    if min_confidence is not None:
        _check.share("export", min_confidence=min_confidence)
    model, out = Path(model), Path(out)
    if out.resolve() == model.resolve():
        raise ValueError(f"{out}: contains the model itself. Name another folder with --out.")
    opened = _opened(model)
    calibration = _calibration(model, opened, min_confidence)
    if format in getattr(opened, "exports", ()):
        if sample_rate is not None or quantize is not None or precision != "float32":
            raise ValueError(
                f"{model}: a {opened.name} file takes the model's sample rate and has no "
                "weights to store in fewer bits. Leave --sample-rate, --precision and "
                "--quantize out."
            )
        log(f"exporting {model} as {format}")
        opened.recipe = {**opened.recipe, "calibration": calibration and calibration.to_json()}
        opened.export(out, format, log)
        log(f"wrote {out}")
        return out
    if format not in NETWORK_FORMATS:
        raise ValueError(
            f"{model}: cannot be exported as {format}, which is for boosted trees."
        )
    network = _network(model, opened)
    import kapre_like
    from kapre_like.models.blocks.calibrated import with_calibration, without_calibration

    log(f"exporting {model} as {format}")
    network = without_calibration(network)
    if sample_rate is not None:
        from kapre_like.models.blocks.clip_rate import at_sample_rate

        network = at_sample_rate(network, sample_rate)
    if calibration is not None:
        network = with_calibration(network, calibration, confident=True)
    kapre_like.export(
        network, out, format=format, precision=precision, quantize=quantize, report=log
    )
    log(f"wrote {out}")
    return out


def _opened(model: Path) -> Any:
    """Returns the Keras network of a file, or the family's model of a folder."""
    if model.suffix == ".keras" and model.is_file():
        from kapre_like.models.artifact.load import load_model

        return load_model(model, compile=False)
    return family(read_recipe(model)["family"]).load(model)


def _network(model: Path, opened: Any) -> Any:
    """Returns the Keras network of a model, or raises an error if it has none."""
    if not hasattr(opened, "network"):
        return opened
    try:
        return opened.network()
    except ValueError as error:
        raise ValueError(f"{model}: {error}") from error


def _calibration(model: Path, opened: Any, min_confidence: float | None) -> Calibration | None:
    """Returns the calibration of a model. `min_confidence` replaces all thresholds."""
    facts = _facts(opened)
    found = Calibration.from_json(facts.get("calibration"))
    if min_confidence is None:
        return found
    if facts.get("task") != "classify":
        raise ValueError(
            f"{model}: predicts no probabilities, so there is no confidence. Leave "
            "--min-confidence out."
        )
    found = found or Calibration(method="temperature", temperature=1.0)
    limits = dict.fromkeys(facts["class_names"], float(min_confidence))
    return replace(found, thresholds=limits, wanted={"min_confidence": float(min_confidence)})


def _facts(opened: Any) -> dict[str, Any]:
    """Returns the recipe of a family's model, or the facts of a network's card, or `{}`."""
    if hasattr(opened, "recipe"):
        return opened.recipe
    from kapre_like.models.artifact.card import card_of

    try:
        card = card_of(opened)
    except ValueError:
        return {}
    return {**card.recipe, "task": card.task, "class_names": card.class_names}
