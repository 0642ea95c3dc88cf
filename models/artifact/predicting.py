"""Compiles a Keras model once for clips of every length."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Predict = Callable[[np.ndarray, np.ndarray], Any]


def compiled(model: keras.Model) -> Predict:
    """Returns a function `predict(waveform, length)` from NumPy arrays to the same.

    `keras.Model.predict_on_batch` traces a TensorFlow graph for each new shape, and most
    batches have a new one. This function uses one graph with free axes. On JAX and PyTorch
    it calls `predict_on_batch`.

    Args:
        model: Inputs `waveform (batch, samples)` float32 and `length (batch,)` int32. Several
            outputs are returned in the model's structure.
    """
    if keras.backend.backend() != "tensorflow":
        return lambda waveform, length: model.predict_on_batch([waveform, length])
    import tensorflow as tf

    signature = [tf.TensorSpec((None, None), tf.float32), tf.TensorSpec((None,), tf.int32)]

    @tf.function(input_signature=signature)
    def graph(waveform: Any, length: Any) -> Any:
        return model([waveform, length], training=False)

    def predict(waveform: np.ndarray, length: np.ndarray) -> Any:
        return keras.tree.map_structure(lambda x: x.numpy(), graph(waveform, length))

    return predict
