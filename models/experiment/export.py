"""A trained folder written in a form that other programs serve."""

from pathlib import Path

from kapre_like.models.experiment.clips import Log, silent
from kapre_like.models.experiment.loading import open_model


def export(
    model: str | Path, *, format: str = "savedmodel", out: str | Path, log: Log = silent
) -> Path:
    """Writes a trained Keras model so that it runs without this library.

    Args:
        model: A folder that `train` wrote, or a `.keras` file.
        format: `"savedmodel"`, a TensorFlow SavedModel: `waveform`, `length` in;
            `probabilities`, `label` or `score` out.
        out: The folder to write; it must not be the model's own.
        log: Called with one line at a time.

    Returns:
        The path written.

    Raises:
        ValueError: If the model is not a network, or the format is unknown.
    """
    from kapre_like import _check

    _check.one_of("export", ["savedmodel"], format=format)
    model, out = Path(model), Path(out)
    if out.resolve() == model.resolve():
        raise ValueError(f"{out}: holds the model itself. Name another folder with --out.")
    network = _network(model)
    from kapre_like.exporting import export as write

    log(f"exporting {model} as {format}")
    write(network, out, format=format)
    log(f"wrote {out}")
    return out


def _network(model: Path):
    """The Keras model behind a path; a model without one is refused."""
    opened = open_model(model)
    network = getattr(opened, "network", None)
    if network is None:
        raise ValueError(
            f"{model}: is a {opened.recipe['family']} model, which has no network to export. "
            "Serve it with kapre_like.load_model, or train with --model vgg."
        )
    return network
