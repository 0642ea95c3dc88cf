"""Loads the Keras model or the family's model from a file or folder.

For predictions use `kapre_like.load_predictor`, which opens more kinds of models and accepts
sound files.
"""

import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.registry import family, listed
from kapre_like.running import package

# Entry-point group for kinds of frozen networks, see `models/embeddings/networks.py`.
NETWORKS = "kapre_like.networks"


def load_model(path: str | Path, **kwargs: Any) -> Any:
    """Loads a model saved by this library, or by Kapre 0.4.

    Args:
        path: A `.keras` or `.h5` file, or a folder written by `kapre-like train`.
        **kwargs: For a file, passed on to `keras.models.load_model`.

    Returns:
        For a file, a `keras.Model`. A model from `kapre-like train` takes `[waveform, length]`
        and returns probabilities or scores. A model saved by Kapre has the layers of
        `kapre_like.kapre`, and Kapre need not be installed. For a folder, the family's model,
        such as `BoostedModel` or `VGGModel`. Its `predict` takes a list of waveforms. The
        CatBoost path loads without Keras. For a folder of `kapre-like pretrain`, the network
        with its pretraining head.

    Raises:
        ValueError: If `path` is neither a model file nor a model folder.
        ImportError: If a package is missing. The message names the extra to install.
    """
    path = Path(path)
    if path.is_dir():
        recipe = read_recipe(path)
        return family(recipe["family"]).load(path)
    if not path.is_file():
        raise ValueError(f"load_model: {path} does not exist.")
    package("keras", "tensorflow", "load_model: a Keras file")
    import keras

    import kapre_like.augment
    import kapre_like.kapre
    import kapre_like.layers
    import kapre_like.models.artifact.card  # noqa: F401  these imports register classes

    register_classes()
    return keras.models.load_model(path, **kwargs)


def register_classes() -> None:
    """Registers the Keras classes of all installed families and kinds of frozen networks.

    If a module of another package fails to import, a warning is shown. Files without its layers
    still load.
    """
    for entry in listed():
        if entry.family is not None and not entry.trouble:
            for module in entry.family.keras_modules:
                _attempt(f"the family {entry.name!r}", module, partial(import_module, module))
    for kind in metadata.entry_points(group=NETWORKS):
        owner = f"the networks {kind.name!r}"
        # The module of a kind imports large packages only when it opens a network.
        loaded = _attempt(owner, kind.value, kind.load)
        for module in getattr(loaded, "keras_modules", ()):
            _attempt(owner, module, partial(import_module, module))


def _attempt(owner: str, module: str, load: Callable[[], Any]) -> Any:
    """Returns what `load` returns; `None` with a warning if another package fails."""
    try:
        return load()
    except Exception as error:
        if module.startswith("kapre_like."):
            raise
        warnings.warn(
            f"files with layers of {owner} do not load: {type(error).__name__}: {error}",
            stacklevel=3,
        )
        return None
