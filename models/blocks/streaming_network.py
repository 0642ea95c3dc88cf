"""Runs a causal CTC network on a clip that arrives in chunks of samples."""

import math
from typing import Any

import keras
import numpy as np

from kapre_like.models.blocks.carried import carrying
from kapre_like.models.blocks.causal import TimePadding
from kapre_like.models.blocks.relative_attention import RelativeSelfAttention
from kapre_like.streaming import Streaming
from kapre_like.streaming.program import program


class StreamingNetwork:
    """Runs `deepspeech2` or `conformer` with `causal=True` on chunks of samples.

    The log probabilities of all `push` calls and of `finish`, concatenated over time, equal
    those of the network for the whole clip. Analysis frames are processed in groups of
    `subsampling`. An output frame is returned as soon as the samples that it depends on are
    available. The state between two calls has a fixed size: the last samples and frames,
    contexts of convolutions, states of GRUs, and the frames that attention looks back to.

    Args:
        model: A causal network, or a model that contains one.

    Raises:
        ValueError: If no part of the model is such a network.

    Example:
        >>> stream = StreamingNetwork(deepspeech2(n_tokens=29, causal=True))
        >>> chunks = np.zeros((5, 1, 1600), "float32")
        >>> [stream.push(chunk).shape[1] for chunk in chunks], stream.finish().shape[1]
        ([4, 5, 5, 5, 5], 2)
    """

    def __init__(self, model: keras.Model):
        network = _network_in(model)
        if network is None or not _is_causal(network):
            raise ValueError(
                "StreamingNetwork: expects a network of `deepspeech2` or `conformer` that was "
                f"built with causal=True. Received: model={getattr(model, 'name', model)!r}"
            )
        frames = network.get_layer("frames").output
        self._step = keras.Model(frames, network.get_layer("log_softmax").output)
        self._front = Streaming(network.get_layer("log_mel"))
        strides = (
            layer.strides[0] for layer in network.layers
            if isinstance(layer, keras.layers.Conv2D)
        )  # fmt: skip
        self.subsampling = math.prod(strides)
        self._tokens = self._step.output_shape[-1]
        self._program = program(self._chunk, [self._step])
        self.reset()

    def push(self, samples: Any) -> np.ndarray:
        """Processes the next samples of every clip, and returns the frames that they complete.

        Args:
            samples: Float array `(batch, samples)`, 0 samples or more.

        Returns:
            Log probabilities, float32 `(batch, frames, n_tokens)`, 0 frames or more.
        """
        if self._states is None:
            self._program.begin()
            self._states = []
        x = self._front.push(np.asarray(samples, "float32")[..., None])
        x = x if self._rest is None else np.concatenate([self._rest, x], axis=1)
        whole = x.shape[1] // self.subsampling * self.subsampling
        self._rest = x[:, whole:]
        return self._feed(x[:, :whole], whole)

    def finish(self) -> np.ndarray:
        """Returns the frames that remain at the clip's end, in the form of `push`."""
        x = np.concatenate([self._rest, self._front.finish()], axis=1)
        frames = x.shape[1]
        missing = -frames % self.subsampling
        x = np.pad(x, [(0, 0), (0, missing), (0, 0), (0, 0)])
        return self._feed(x, frames)

    def reset(self) -> None:
        """Clears the state. The next samples begin another clip."""
        self._front.reset()
        self._states, self._rest = None, None

    def _feed(self, x, frames):
        if not x.shape[1]:
            return np.zeros((len(x), 0, self._tokens), "float32")
        valid = np.arange(x.shape[1]) < frames
        valid = np.broadcast_to(valid[None, :, None, None], (*x.shape[:2], 1, 1))
        # A program takes one array, so the mask becomes one more frequency band.
        x = np.concatenate([x, valid.astype(x.dtype)], axis=2)
        y, self._states = self._program(x, self._states, (), [])
        return np.asarray(y, "float32")

    def _chunk(self, x, states, cuts, held):
        del cuts, held
        with carrying(states) as carried:
            y = self._step([x[:, :, :-1], x[:, :, -1:]], training=False)
        return y, carried.left


def _network_in(model: Any) -> keras.Model | None:
    """Returns the model that contains the front end: `model` or a nested one."""
    layers = getattr(model, "layers", [])
    if {"log_mel", "frames", "log_softmax"} <= {layer.name for layer in layers}:
        return model
    inside = (_network_in(layer) for layer in layers if isinstance(layer, keras.Model))
    return next((found for found in inside if found is not None), None)


def _is_causal(network: keras.Model) -> bool:
    """Returns whether no layer of a network depends on later frames."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            return False
        if isinstance(layer, TimePadding) and layer.after:
            return False
        if isinstance(layer, RelativeSelfAttention) and layer.left_context is None:
            return False
    return True
