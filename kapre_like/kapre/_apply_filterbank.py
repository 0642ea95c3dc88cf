"""Kapre's filterbanks. Arithmetic: `ops.filterbank`; constants: `filters.kapre_banks`."""

import inspect

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters.kapre_banks import log_bank, mel_bank
from kapre_like.kapre import backend
from kapre_like.kapre._layer import KapreLayer
from kapre_like.ops.filterbank import apply_bands, apply_matrix

# The function whose arguments `filterbank_kwargs` are, and what makes the matrix.
_BANKS = {"log": (backend.filterbank_log, log_bank), "mel": (backend.filterbank_mel, mel_bank)}


@keras.saving.register_keras_serializable(package="Kapre")
class ApplyFilterbank(KapreLayer):
    """A fixed mel or log-frequency filterbank over the frequencies of a spectrogram.

    The bands weigh what they are given: behind `Magnitude`, magnitudes and not powers.
    `kapre_like.ApplyFilterbank` has bands that learn.

    Args:
        type: `"mel"` or `"log"`.
        filterbank_kwargs: Dictionary of the arguments of `backend.filterbank_mel` or
            `backend.filterbank_log`.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Attributes:
        filterbank: Tensor `(freqs, bands)`; may be set to another.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        The same with bands instead of freqs; float32, float64 under a float64 policy.

    Raises:
        RuntimeError: If log-frequency bands reach above half the sample rate.
        TypeError: If a data format is no string, or `filterbank_kwargs` does not fit.
        ValueError: If another argument is outside its domain or the input does not fit.

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
            fix = f"They are those of backend.filterbank_{type}."
            rule = "a dictionary of arguments"
            _check.fail("ApplyFilterbank", "filterbank_kwargs", rule, filterbank_kwargs, fix)
        self.type, self.filterbank_kwargs = type, filterbank_kwargs
        function, bank = _BANKS[type]
        arguments = inspect.signature(function).bind(**filterbank_kwargs)
        arguments.apply_defaults()
        self._matrix = bank("ApplyFilterbank", **arguments.arguments)

    @property
    def filterbank(self):
        """The bands as a tensor `(freqs, bands)` in Keras's float dtype."""
        return ops.convert_to_tensor(self._matrix, dtype=backend._get_floatx())

    @filterbank.setter
    def filterbank(self, value):
        self._matrix = value

    @property
    def freq_axis(self):
        """The axis of frequencies."""
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
                f"{shape[3]} of them, data_format={self.data_format!r}."
            )
        return (*shape[:3], n_bands)

    def get_config(self):
        return {**super().get_config(), "filterbank_kwargs": dict(self.filterbank_kwargs)}
