"""A trained folder written in a form that other programs serve."""

from pathlib import Path

from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.clips import Log, silent


def export(
    model: str | Path,
    *,
    format: str = "savedmodel",
    out: str | Path,
    quantize: str | None = None,
    log: Log = silent,
) -> Path:
    """Writes a trained Keras model so that it runs without this library.

    Args:
        model: A folder that `train` wrote, or a `.keras` file.
        format: `"savedmodel"`, a TensorFlow SavedModel: `waveform`, `length` in;
            `probabilities`, `label` or `score` out. `"litert"` and `"onnx"`: a file of the
            same, without `label`.
        out: The folder or file to write; it must not be the model's own.
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
    model, out = Path(model), Path(out)
    if out.resolve() == model.resolve():
        raise ValueError(f"{out}: holds the model itself. Name another folder with --out.")
    file = _keras_file(model)
    import kapre_like

    log(f"exporting {model} as {format}")
    network = kapre_like.load_model(file)
    kapre_like.export(network, out, format=format, quantize=quantize, report=log)
    log(f"wrote {out}")
    return out


def _keras_file(model: Path) -> Path:
    """The `.keras` file behind a path; a model that is no network is refused."""
    if model.suffix == ".keras" and model.is_file():
        return model
    recipe = read_recipe(model)
    files = recipe.get("files", [])
    networks = [name for name in files if name.endswith(".keras")]
    # Beside trees a network only computes their columns.
    if not networks or any(name.endswith(".cbm") for name in files):
        raise ValueError(
            f"{model}: is a {recipe['family']} model that ends in no network to export. Copy "
            "the folder and serve it with kapre_like.load_model, or train with --model vgg."
        )
    return model / networks[0]
