"""Compiles a Keras model once for clips of every length."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Predict = Callable[[np.ndarray, np.ndarray], Any]


def compiled(model: keras.Model, *, max_samples: int | None = None) -> Predict:
    """Returns a function `predict(waveform, length)` from NumPy arrays to NumPy arrays.

    `keras.Model.predict_on_batch` traces a TensorFlow graph for each new shape, and most
    batches have a new one. This function uses one graph with free axes. On JAX and PyTorch
    it calls `predict_on_batch`.

    Args:
        model: Inputs `waveform (batch, samples)` float32 and `length (batch,)` int32. Several
            outputs are returned in the model's structure.
        max_samples: Int > 0. A larger batch is run in parts of at most this many samples,
            padding included, or of one clip. The memory of a transformer is that of its largest
            part. `None` runs every batch whole.
    """
    if keras.backend.backend() != "tensorflow":
        return _in_parts(lambda w, n: model.predict_on_batch([w, n]), max_samples)
    import tensorflow as tf

    signature = [tf.TensorSpec((None, None), tf.float32), tf.TensorSpec((None,), tf.int32)]

    @tf.function(input_signature=signature)
    def graph(waveform: Any, length: Any) -> Any:
        return model([waveform, length], training=False)

    def predict(waveform: np.ndarray, length: np.ndarray) -> Any:
        return keras.tree.map_structure(lambda x: x.numpy(), graph(waveform, length))

    return _in_parts(predict, max_samples)


def _in_parts(predict: Predict, max_samples: int | None) -> Predict:
    """Returns a function that runs a batch of any size in parts."""
    if max_samples is None:
        return predict

    def parts(waveform: np.ndarray, length: np.ndarray) -> Any:
        rows = max(1, max_samples // max(1, waveform.shape[1]))
        found = [
            predict(waveform[start : start + rows], length[start : start + rows])
            for start in range(0, max(1, len(waveform)), rows)
        ]
        return keras.tree.map_structure(lambda *outputs: np.concatenate(outputs), *found)

    return parts
