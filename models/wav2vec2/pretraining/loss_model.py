"""A functional model whose loss is one of its outputs, trained by plain `fit`."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class PretrainingModel(keras.Model):
    """Trains without labels: `compile(optimizer)`, then `fit` on waveforms and lengths.

    Its outputs hold the loss, so `fit` needs no targets. What falls is the loss per hidden
    frame: a batch of long clips then weighs no more than one of short clips. `accuracy`,
    `contrastive_loss` and `diversity_loss` (per hidden frame) and `perplexity` are shown
    beside it.

    Args:
        inputs: As in `keras.Model`.
        outputs: A dict, see `wav2vec2_for_pretraining`.
        name: String.
        **kwargs: As in `keras.Model`.
    """

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        names = ("accuracy", "contrastive_loss", "diversity_loss", "perplexity")
        self._figures = {figure: keras.metrics.Mean(name=figure) for figure in names}

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Raises: losses of batches, and batches of different lengths, make no one array."""
        del args, kwargs
        raise ValueError(
            "PretrainingModel: predict has nothing to put side by side: loss and accuracy are "
            "those of a batch. Use `evaluate` for the figures of a data set, and "
            "`predict_on_batch` for the outputs of one batch."
        )

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Returns the loss per hidden frame, and what layers add, such as regularisation."""
        del x, y, sample_weight, training
        frames = ops.maximum(y_pred["hidden_frames"], 1.0)
        return sum((ops.sum(loss) for loss in self.losses), y_pred["loss"] / frames)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict:
        """Returns what `fit` shows, means over the epoch so far."""
        del x, y, sample_weight
        frames = y_pred["hidden_frames"]
        for name in ("contrastive_loss", "diversity_loss"):
            self._figures[name].update_state(y_pred[name] / ops.maximum(frames, 1.0), frames)
        self._figures["accuracy"].update_state(y_pred["accuracy"], frames)
        self._figures["perplexity"].update_state(y_pred["codevector_perplexity"])
        return self.get_metrics_result()
