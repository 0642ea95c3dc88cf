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
    """Writes a trained model so that it runs without this library.

    The file takes whole clips: the model's length rule and the resampling are inside it.

    Args:
        model: A folder that `train` wrote, or a `.keras` file.
        format: `"savedmodel"`, a TensorFlow SavedModel: `waveform`, `length` in;
            `probabilities`, `label`, `confident` or `score` out. `"litert"` and `"onnx"`, a
            file, and `"openvino"`, a folder: the same without `label`. Boosted trees:
            `"onnx"`, the same; `"cpp"` and `"coreml"`, the trees alone, as CatBoost writes
            them, with a JSON file beside that says what features they take.
        out: The folder or file to write; it must not be the model's own.
        sample_rate: Int > 0, Hz, of the waveforms that the file is to take: it resamples them
            itself. `None`: the model's own rate.
        precision: `"bfloat16"`, of OpenVINO alone, for a folder of half of the size that
            computes in it, see `kapre_like.export`.
        quantize: `"int8"` for a file of a quarter of the size, see `kapre_like.export`.
        min_confidence: Float in [0, 1]: the output `confident` is true from this probability
            on. `None`: from the thresholds that the model was calibrated for.
        log: Called with one line at a time.

    Returns:
        The path written.

    Raises:
        ValueError: If the model has no form in the format, or the format is unknown.
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
        raise ValueError(f"{out}: holds the model itself. Name another folder with --out.")
    opened = _opened(model)
    calibration = _calibration(model, opened, min_confidence)
    if format in getattr(opened, "exports", ()):
        if sample_rate is not None or quantize is not None or precision != "float32":
            raise ValueError(
                f"{model}: a {opened.name} file takes its own rate and has no weights to "
                "store in fewer bits. Leave --sample-rate, --precision and --quantize out."
            )
        log(f"exporting {model} as {format}")
        opened.recipe = {**opened.recipe, "calibration": calibration and calibration.to_json()}
        opened.export(out, format, log)
        log(f"wrote {out}")
        return out
    if format not in NETWORK_FORMATS:
        raise ValueError(f"{model}: has no form in {format}, which is for boosted trees.")
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
    """The Keras network of a file, or the family's model of a folder."""
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
    """What a model was calibrated by, with one threshold for all classes if one is given."""
    facts = _facts(opened)
    found = Calibration.from_json(facts.get("calibration"))
    if min_confidence is None:
        return found
    if facts.get("task") != "classify":
        raise ValueError(
            f"{model}: gives no probabilities, so no answer has a confidence. Leave "
            "--min-confidence out."
        )
    found = found or Calibration(method="temperature", temperature=1.0)
    limits = dict.fromkeys(facts["class_names"], float(min_confidence))
    return replace(found, thresholds=limits, wanted={"min_confidence": float(min_confidence)})


def _facts(opened: Any) -> dict[str, Any]:
    """The recipe of a family's model, or what the card of a network says; empty without one."""
    if hasattr(opened, "recipe"):
        return opened.recipe
    from kapre_like.models.artifact.card import card_of

    try:
        card = card_of(opened)
    except ValueError:
        return {}
    return {**card.recipe, "task": card.task, "class_names": card.class_names}
