"""Runs a front end on a clip that arrives in chunks."""

from typing import Any

import keras
import numpy as np

from kapre_like import _check
from kapre_like.streaming.stages import stages_of


class Streaming:
    """Runs a front end on a clip that arrives in chunks of any size.

    The frames of all `push` calls and of `finish`, concatenated, equal the output of the front
    end for the whole clip. A frame is returned as soon as all samples that it depends on have
    arrived. The remaining samples and the state of every recursion are kept for the next chunk.
    The weights of the layers are read at the first chunk of a clip.

    Settings that depend on the whole clip are refused: `ref="max"` and `top_db`, which depend
    on the loudest frame, and layers that normalize by the whole clip. Some settings delay the
    frames: `center=True` by `n_fft // 2` samples, each `Delta` by `win_length // 2` frames, and
    `Resample` by a block of some milliseconds.

    Each chunk is one call of a compiled function. It is compiled at the first chunks and reused
    for later clips. On PyTorch it is compiled only if no layer has weights.

    Args:
        front_end: A layer, a list of layers, a `Chain` or a `keras.Sequential`: `STFT`,
            `MelSpectrogram`, `LogFrequencySpectrogram`, `StftMagnitude`, `MFCC`, `LFCC`,
            `KaldiFbank`, `GaborFrontEnd` or `SincFrontEnd`; before it any of `Resample`,
            `PreEmphasis`, `Pad` and `FitLength`; after it any of
            `Magnitude`, `Power`, `Phase`, `ApplyFilterbank`, `MagnitudeToDecibel`,
            `PowerToDecibel`, `LogCompression`, `PCEN`, `Cepstrum`, `Delta`, `FitLength`,
            `ConcatenateFrequencyMap`, and `FrontEndNormalization` of `mode="dataset"`.

    Raises:
        ValueError: If a layer cannot stream, with the reason and the fix.

    Example:
        >>> mel = kapre_like.MelSpectrogram(n_fft=512, hop_length=128, top_db=None)
        >>> stream = kapre_like.Streaming(mel)
        >>> chunks = np.zeros((5, 1, 1000, 1), "float32")
        >>> [stream.push(chunk).shape[1] for chunk in chunks], stream.finish().shape[1]
        ([6, 8, 8, 8, 8], 2)
    """

    def __init__(self, front_end: Any):
        layers = getattr(front_end, "layers", front_end)
        layers = list(layers) if isinstance(layers, (list, tuple)) else [layers]
        rule = "a front-end layer, a list of them or a keras.Sequential"
        if not layers or not all(isinstance(layer, keras.layers.Layer) for layer in layers):
            _check.fail("Streaming", "front_end", rule, front_end)
        layers = [layer for layer in layers if not isinstance(layer, keras.layers.InputLayer)]
        self._stages = stages_of(layers)
        self.reset()

    def push(self, chunk: Any) -> np.ndarray:
        """Processes the next samples of every clip and returns the frames that they complete.

        Args:
            chunk: Float array `(batch, samples, channels)` with 0 or more samples. Batch and
                channels must be the same in all chunks.

        Returns:
            Output of the front end, `(batch, frames, ...)`, with 0 or more frames.

        Raises:
            ValueError: If `chunk` is not such an array, or the clip is finished.
        """
        chunk = np.asarray(chunk)
        if chunk.ndim != 3 or chunk.dtype.kind != "f" or not chunk.shape[2]:
            rule = "a float array (batch, samples, channels)"
            _check.fail("Streaming", "chunk", rule, f"{chunk.dtype} {chunk.shape}")
        if self._finished:
            raise ValueError("Streaming: the clip is finished. Call reset() to begin another.")
        likeness = chunk.shape[0], chunk.shape[2]
        if self._likeness not in (None, likeness):
            rule = f"a chunk of {self._likeness[0]} clips with {self._likeness[1]} channels"
            _check.fail("Streaming", "chunk", rule, chunk.shape)
        self._begin(likeness)
        return self._feed(chunk, last=False)

    def finish(self) -> np.ndarray:
        """Ends the clip and returns its last frames. A clip has at least one frame in total.

        Raises:
            ValueError: If nothing was pushed, or the clip is already finished.
        """
        if self._finished or self._likeness is None:
            raise ValueError("Streaming: there is no clip to finish. Call push(chunk) first.")
        self._finished = True
        batch, channels = self._likeness
        return self._feed(np.zeros((batch, 0, channels), "float32"), last=True)

    def reset(self) -> None:
        """Discards the clip, finished or not. The next chunk starts another one."""
        self._likeness, self._finished = None, False

    def _begin(self, likeness):
        if self._likeness is None:
            self._likeness = likeness
            nothing = np.zeros((likeness[0], 0, likeness[1]), "float32")
            for stage in self._stages:
                nothing = stage.begin(nothing)

    def _feed(self, x, *, last):
        for stage in self._stages:
            x = stage.feed(x, last=last)
        return x
