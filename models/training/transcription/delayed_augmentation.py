"""Starts the augmentation of a training after the network has aligned its first tokens.

CTC training begins with a plateau: the network outputs the frequencies of the tokens for
every clip, until it finds which frames belong to which token. Augmentation makes this plateau
several times longer, and prevents overfitting only after it.
"""

from collections.abc import Callable

import keras
import numpy as np

from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.models.training.loop import Progress
from kapre_like.models.training.transcription.token_frequencies import entropy

# Share of the entropy of the tokens. The loss is below it only after the plateau.
ALIGNED = 0.8


class DelayedAugmentation:
    """Switches the augmentation layers of a model on after the plateau, and off before.

    Call it before each epoch. The result depends only on the losses of the epochs before, so a
    resumed training is the same as an uninterrupted one.

    Args:
        targets: Int array `(texts, longest)` of the training clips; see `entropy`.
        log: Called with a line when the augmentation starts.

    Attributes:
        start: The first epoch with augmentation, from 1; `None` before it.
    """

    def __init__(self, targets: np.ndarray, log: Callable[[str], None]) -> None:
        self._limit, self._log = ALIGNED * entropy(targets), log
        self.start: int | None = None

    def __call__(self, model: keras.Model, progress: Progress) -> None:
        losses = progress.history.get("train_loss", [])
        aligned = [epoch for epoch, loss in enumerate(losses, start=1) if loss < self._limit]
        start = aligned[0] + 1 if aligned else None
        layers = [x for x in model._flatten_layers() if isinstance(x, Augmentation)]
        if not layers:
            return
        if start is not None and self.start is None:
            self._log(
                f"augmentation from epoch {start} on: the training loss is below "
                f"{self._limit:.2f}, so the network aligns tokens"
            )
        self.start, active = start, start is not None
        if any(layer.active != active for layer in layers):
            for layer in layers:
                layer.active = active
            # The traced step contains the layers as they were.
            model.make_train_function(force=True)
