"""Filterbank, delta and frequency map: layers that take a real spectrogram."""

import inspect

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters.kapre_banks import log_bank, mel_bank
from kapre_like.kapre import backend
from kapre_like.kapre._layer import HALVES, KapreLayer
from kapre_like.kapre.backend import _CH_LAST_STR
from kapre_like.ops.delta import delta
from kapre_like.ops.filterbank import apply_bands, apply_matrix, concatenate_frequency_map

# For each type: the function that defines the arguments, and the one that returns the matrix.
_BANKS = {"log": (backend.filterbank_log, log_bank), "mel": (backend.filterbank_mel, mel_bank)}
# Padding modes of `Delta`.
_MODES = ("symmetric", "reflect", "constant")


@keras.saving.register_keras_serializable(package="Kapre")
class ApplyFilterbank(KapreLayer):
    """Applies a fixed mel or log-frequency filterbank to a spectrogram.

    A band is a weighted sum of the input: after `Magnitude`, of magnitudes and not of powers.
    `kapre_like.ApplyFilterbank` can train its bands.

    Args:
        type: `"mel"` or `"log"`.
        filterbank_kwargs: Dictionary of the arguments of `backend.filterbank_mel` or
            `backend.filterbank_log`.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Attributes:
        filterbank: Tensor `(freqs, bands)`. A program may replace it.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        Same as the input, with bands instead of freqs; float32, or float64 under a float64
        policy.

    Raises:
        RuntimeError: If log-frequency bands exceed half the sample rate.
        TypeError: If a data format is not a string, or if `filterbank_kwargs` contains an
            unknown argument or lacks one.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

    Example:
        >>> options = {"sample_rate": 22050, "n_freq": 513, "n_mels": 40}
        >>> bank = kapre_like.kapre.ApplyFilterbank("mel", options)
        >>> bank(np.ones((1, 3, 513, 1), "float32")).shape
        (1, 3, 40, 1)
    """

    _ranks = (4,)
    _arguments = ("type",)

    def __init__(self, type, filterbank_kwargs, data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        _check.one_of("ApplyFilterbank", tuple(_BANKS), type=type)
        if not isinstance(filterbank_kwargs, dict):
            fix = f"Use the arguments of backend.filterbank_{type}."
            rule = "a dictionary of arguments"
            _check.fail("ApplyFilterbank", "filterbank_kwargs", rule, filterbank_kwargs, fix)
        self.type, self.filterbank_kwargs = type, filterbank_kwargs
        function, bank = _BANKS[type]
        arguments = inspect.signature(function).bind(**filterbank_kwargs)
        arguments.apply_defaults()
        self._matrix = bank("ApplyFilterbank", **arguments.arguments)

    @property
    def filterbank(self):
        """The bands, a tensor `(freqs, bands)` in Keras's default float dtype."""
        return ops.convert_to_tensor(self._matrix, dtype=backend._get_floatx())

    @filterbank.setter
    def filterbank(self, value):
        self._matrix = value

    @property
    def freq_axis(self):
        """Index of the frequency axis."""
        return 3 if self.data_format == backend._CH_FIRST_STR else 2

    def _arithmetic(self, x):
        self._arithmetic_shape(x.shape)
        dtype = keras.backend.standardize_dtype(x.dtype)
        if isinstance(self._matrix, np.ndarray):
            return apply_bands(x, matrix=self._matrix.astype(dtype))
        return apply_matrix(x, matrix=ops.cast(self._matrix, dtype))

    def _arithmetic_shape(self, shape):
        n_freq, n_bands = self._matrix.shape
        if shape[3] not in (None, n_freq):
            raise ValueError(
                f"ApplyFilterbank: expects n_freq={n_freq} frequencies. Received: "
                f"n_freq={shape[3]}, data_format={self.data_format!r}."
            )
        return (*shape[:3], n_bands)

    def get_config(self):
        return {**super().get_config(), "filterbank_kwargs": dict(self.filterbank_kwargs)}


@keras.saving.register_keras_serializable(package="Kapre")
class Delta(KapreLayer):
    """Slope over time around each frame, for each frequency and channel separately.

    `y[t] = sum_k k * x[t + k] / (2 * sum_{k > 0} k ** 2)` with k from `-n` to `n`, where
    `win_length` is `2 * n + 1`. A clip shorter than the window is mirrored several times. Kapre
    fails on such a clip, and on more than one channel.

    Args:
        win_length: Odd int >= 3, length of the window in frames.
        mode: Padding of the clip, in upper or lower case: `"symmetric"` (mirrored, including
            the edge frame), `"reflect"` (mirrored, without the edge frame) or `"constant"`
            (zeros).
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        Same as the input; float32, or float64 under a float64 policy.

    Raises:
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

    Example:
        >>> x = np.arange(4.0).reshape(1, 4, 1, 1)
        >>> y = kapre_like.kapre.Delta(win_length=3)(x)
        >>> keras.ops.convert_to_numpy(y).ravel().tolist()
        [0.5, 1.0, 1.0, 0.5]
    """

    _order = _CH_LAST_STR
    _ranks = (4,)
    _arguments = ("win_length", "mode")

    def __init__(self, win_length=5, mode="symmetric", data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        _check.positive_int("Delta", win_length=win_length)
        if win_length < 3 or win_length % 2 == 0:
            fix = f"Use {max(3, win_length + 1)}."
            _check.fail("Delta", "win_length", "odd and at least 3", win_length, fix)
        if not (isinstance(mode, str) and mode.lower() in _MODES):
            _check.fail("Delta", "mode", f"one of {list(_MODES)}", mode)
        self.win_length, self.mode = win_length, mode
        self.n = (win_length - 1) // 2
        self.denom = 2 * sum(k**2 for k in range(1, self.n + 1))

    def _arithmetic(self, x):
        mode = self.mode.lower()
        return delta(x, win_length=self.win_length, order=1, mode=mode, mask=None)


@keras.saving.register_keras_serializable(package="Kapre")
class ConcatenateFrequencyMap(KapreLayer):
    """Appends a channel that rises linearly from 0 at the lowest frequency to 1 at the highest.

    A convolution that follows can use the frequency. See
    `composed.get_frequency_aware_conv2d`.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        Same as the input, with one more channel; float32, or float64 under a float64 policy.
        Half-precision input keeps its dtype under mixed precision, where Kapre fails.

    Raises:
        TypeError: If a data format is not a string.
        ValueError: If the data format is unknown, or if the input has a wrong shape or dtype.

    Example:
        >>> y = kapre_like.kapre.ConcatenateFrequencyMap()(np.ones((1, 1, 3, 1), "float32"))
        >>> keras.ops.convert_to_numpy(y)[0, 0].tolist()
        [[1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]
    """

    _order = _CH_LAST_STR
    _ranks = (4,)

    def __init__(self, data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)

    def _working_dtype(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        half = dtype in HALVES and self.compute_dtype in HALVES
        return dtype if half else super()._working_dtype(x)

    def _arithmetic(self, x):
        return concatenate_frequency_map(x)

    def _arithmetic_shape(self, shape):
        return (*shape[:3], None if shape[3] is None else shape[3] + 1)
