"""The head at the start of fine-tuning: a linear model, fitted on the frozen network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kapre_like.models.embeddings.cache import cache_folder
from kapre_like.models.embeddings.depths import STATISTICS
from kapre_like.models.embeddings.embedder import Embedder
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.table import table_of
from kapre_like.models.finetune.settings import AUTO, TRIED
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.inner_folds import inner_folds
from kapre_like.models.training.labels import targets_of
from kapre_like.models.training.linear import Linear
from kapre_like.models.training.linear_trials import BestLinear, Examples, best_linear

DEPTH = "last"


@dataclass(frozen=True)
class Head:
    """A head before the first epoch.

    Attributes:
        pooling: Names of the statistics that are its input, such as `"mean+max"`.
        linear: Weights of its dense layer; `None` for zeros.
    """

    pooling: str
    linear: Linear | None = None

    def weights(self, unit: dict[str, float] | None) -> list[np.ndarray] | None:
        """Returns kernel and bias of the dense layer; `None` for zeros.

        Args:
            unit: `score_scale` and `score_offset`, which a later layer applies to the output;
                `None` for classes.
        """
        if self.linear is None:
            return None
        kernel, bias = self.linear.kernel, self.linear.bias
        if unit is not None:
            kernel = kernel / unit["score_scale"]
            bias = (bias - unit["score_offset"]) / unit["score_scale"]
        return [kernel.astype("float32"), bias.astype("float32")]


def fitted_head(
    table: pd.DataFrame,
    network: FrozenNetwork,
    recipe: dict[str, Any],
    pooling: str,
    log: Callable[[str], None],
) -> Head:
    """Fits a linear model on the embeddings of the training clips, as `probe` does.

    The regularization strength, and for `"auto"` also the pooling, is the one with the lowest
    held-out loss of inner folds. Embeddings are cached on disk.

    Args:
        table: Table of the training clips.
        network: The pretrained network, at the recipe's sample rate.
        recipe: See `Family.train`.
        pooling: One of `settings.POOLINGS`.
        log: Called with one line at a time.
    """
    classes = recipe["class_names"]
    n_classes = None if classes is None else len(classes)
    targets = targets_of(table, classes)
    folds = inner_folds(table, targets, n_classes, seed=recipe["seed"])
    embedder = Embedder(network, [DEPTH], cache_folder("finetune", True))
    rows, _ = table_of(table, embedder, STATISTICS, seconds=recipe["seconds"], log=log)
    parts = dict(zip(STATISTICS, np.split(rows, len(STATISTICS), axis=1), strict=True))
    found: dict[str, BestLinear] = {}
    # Without folds no loss can be compared, and the first pooling is used.
    names = TRIED if pooling == AUTO and folds.masks else (pooling,)
    for name in [TRIED[0] if name == AUTO else name for name in names]:
        inputs = np.concatenate([parts[one] for one in name.split("+")], axis=1)
        examples = Examples(inputs, targets, folds.masks)
        found[name] = best_linear(examples, n_classes, Deadline(None))
        if found[name].loss is not None:
            log(f"head before training, {name}: validation loss {found[name].loss:.4f}")
    best = min(found, key=lambda name: found[name].loss or 0.0)
    return Head(best, found[best].model)
