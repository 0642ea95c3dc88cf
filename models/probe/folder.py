"""The files of a probe: one Keras network, or the network's file and a file of the head."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.models.embeddings.files.columns import FACTS, FileColumns
from kapre_like.models.training.linear import Linear

# A linear probe is one network. A probe with trees has the network that computes their columns,
# and a file of the trees. If another program runs the network, a linear head has its own file.
NETWORK, COLUMNS, TREES, LINEAR = "model.keras", "backbone.keras", "model.cbm", "model.npz"


def is_file(columns: Any) -> bool:
    """Returns whether a file of another program computes the columns; see `FileColumns`."""
    return not hasattr(columns, "inputs")


def model_files(model: Any) -> list[str]:
    """Returns the names of the files of a `ProbeModel`."""
    heads = [TREES] if model.booster is not None else [LINEAR] if model.linear else []
    if is_file(model.model):
        return [*model.model.files(), *heads]
    return [COLUMNS, *heads] if heads else [NETWORK]


def save(model: Any, folder: Path) -> None:
    """Writes the files of a `ProbeModel`."""
    if is_file(model.model):
        model.model.save(folder)
    else:
        name = NETWORK if model.booster is None else COLUMNS
        with replacing(folder / name) as new:
            (model.network() if model.booster is None else model.model).save(new)
    if model.booster is not None:
        with replacing(folder / TREES) as new:
            model.booster.save_model(str(new), format="cbm")
    if model.linear is not None:
        with replacing(folder / LINEAR) as new:
            np.savez(new, **vars(model.linear))


def load(folder: Path, recipe: dict[str, Any]) -> dict[str, Any]:
    """Loads what `save` wrote, as arguments of `ProbeModel`.

    Raises:
        ImportError: If a package that the network or the trees need is missing.
    """
    linear = recipe["settings"]["head"] == "linear"
    if (folder / FACTS).is_file():
        network: Any = FileColumns.load(folder)
    else:
        from kapre_like.models.artifact.load import load_model
        from kapre_like.models.blocks.calibrated import without_calibration

        network = load_model(folder / (NETWORK if linear else COLUMNS), compile=False)
        network = without_calibration(network) if linear else network
    if linear:
        return {"network": network, "linear": _linear(folder) if is_file(network) else None}
    from kapre_like.models.training import trees

    booster = trees.load_booster(recipe["task"], folder / TREES)
    return {"network": network, "booster": booster, "importances": trees.importances(booster)}


def _linear(folder: Path) -> Linear:
    with np.load(folder / LINEAR, allow_pickle=False) as file:
        return Linear(**{name: file[name] for name in file.files})
