"""One function that loads whatever this library or Kapre saved."""

from pathlib import Path
from typing import Any

from kapre_like.models.artifact.families import family
from kapre_like.models.artifact.recipe import read_recipe


def load_model(path: str | Path, **kwargs: Any) -> Any:
    """Loads a model saved by this library, or by Kapre 0.4.

    Args:
        path: A `.keras` or `.h5` file, or a folder written by `kapre-like train`.
        **kwargs: For a file, passed on to `keras.models.load_model`.

    Returns:
        For a file a `keras.Model`: what `kapre-like train` wrote takes `[waveform, length]`
        and returns probabilities or scores; in Kapre's the layers are those of
        `kapre_like.kapre`, and Kapre need not be installed. For a folder the family's model,
        such as `BoostedModel` or `VGGModel`, whose `predict` takes a list of waveforms; the
        CatBoost path loads without Keras. For a folder of `kapre-like pretrain` the network
        with its pretraining head.

    Raises:
        ValueError: If `path` is neither, naming it.
        ImportError: If a package is missing, naming the extra that brings it.
    """
    path = Path(path)
    if path.is_dir():
        recipe = read_recipe(path)
        if recipe.get("task") == "pretrain":
            from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

            return from_huggingface(path, "pretrain")
        return family(recipe["family"]).load(path)
    if not path.is_file():
        raise ValueError(f"load_model: {path} does not exist.")
    import keras

    import kapre_like.kapre
    import kapre_like.layers
    import kapre_like.models.artifact.card
    import kapre_like.models.blocks
    import kapre_like.models.wav2vec2.registered  # noqa: F401  these register our classes

    return keras.models.load_model(path, **kwargs)
