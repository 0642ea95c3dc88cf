"""Exports a trained model for other programs."""

from pathlib import Path
from typing import Any

from kapre_like.models.artifact.families import family
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.clips import Log, silent


def export(
    model: str | Path,
    *,
    format: str = "savedmodel",
    out: str | Path,
    sample_rate: int | None = None,
    quantize: str | None = None,
    log: Log = silent,
) -> Path:
    """Writes a trained Keras model so that it runs without this library.

    The file takes whole clips: the model's length rule and the resampling are inside it.

    Args:
        model: A folder that `train` wrote, or a `.keras` file.
        format: `"savedmodel"`, a TensorFlow SavedModel: `waveform`, `length` in;
            `probabilities`, `label` or `score` out. `"litert"` and `"onnx"`: a file of the
            same, without `label`.
        out: The folder or file to write; it must not be the model's own.
        sample_rate: Int > 0, Hz, of the waveforms that the file is to take: it resamples them
            itself. `None`: the model's own rate.
        quantize: `"int8"` for a file of a quarter of the size, see `kapre_like.export`.
        log: Called with one line at a time.

    Returns:
        The path written.

    Raises:
        ValueError: If the model is not a network, or the format is unknown.
        ImportError: If the packages that the format needs are missing.
    """
    from kapre_like import _check

    _check.one_of("export", ["litert", "onnx", "savedmodel"], format=format)
    if sample_rate is not None:
        _check.audio_rate("export", sample_rate=sample_rate)
    model, out = Path(model), Path(out)
    if out.resolve() == model.resolve():
        raise ValueError(f"{out}: holds the model itself. Name another folder with --out.")
    network = _network(model)
    import kapre_like

    log(f"exporting {model} as {format}")
    if sample_rate is not None:
        from kapre_like.models.blocks.clip_rate import at_sample_rate

        network = at_sample_rate(network, sample_rate)
    kapre_like.export(network, out, format=format, quantize=quantize, report=log)
    log(f"wrote {out}")
    return out


def _network(model: Path) -> Any:
    """Loads the Keras network of a model, or raises an error if it has none."""
    from kapre_like.models.artifact.load import load_model

    if model.suffix == ".keras" and model.is_file():
        return load_model(model, compile=False)
    recipe = read_recipe(model)
    try:
        return family(recipe["family"]).load(model).network()
    except ValueError as error:
        raise ValueError(f"{model}: {error}") from error
