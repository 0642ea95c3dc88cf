"""Layers for LiteRT, which has no complex numbers: the last axis is (real, imaginary)."""

import keras
from keras import ops

from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.tflite_compatible_stft import atan2_tflite as atan2_tflite
from kapre_like.kapre.tflite_compatible_stft import check_known_length
from kapre_like.kapre.tflite_compatible_stft import stft_tflite as stft_tflite
from kapre_like.kapre.time_frequency import STFT as STFT
from kapre_like.kapre.time_frequency import InverseSTFT as InverseSTFT
from kapre_like.kapre.time_frequency import Magnitude as Magnitude
from kapre_like.kapre.time_frequency import Phase as Phase
from kapre_like.ops.polar import power

__all__ = [
    "MagnitudeTflite",
    "PhaseTflite",
    "STFTTflite",
]  # fmt: skip


def check_pair(owner, shape):
    """Raises `ValueError` unless the last axis of `shape` has size 2."""
    shape = tuple(shape)
    if not shape or shape[-1] != 2:
        raise ValueError(
            f"{owner}: expects a last axis of 2, real and imaginary part. "
            f"Received: shape={shape}. Use STFTTflite before it."
        )


@keras.saving.register_keras_serializable(package="Kapre")
class STFTTflite(STFT):
    """`STFT` in LiteRT's built-in operators; the last axis contains real and imaginary part.

    A model with this layer converts with `tf.lite.TFLiteConverter.from_keras_model` for any
    batch size, where Kapre fixes it to 1. The number of samples must be known. The arguments
    are those of `STFT`. The layer computes in float32 under every policy and runs on every
    backend.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point.

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels, 2)` or `(batch, channels, frames,
        n_fft // 2 + 1, 2)`, float32.

    Raises:
        ValueError: As `STFT`, and also if the number of samples is unknown or 0.

    Example:
        >>> stft = kapre_like.kapre.STFTTflite(n_fft=1024, hop_length=512)
        >>> stft(np.zeros((1, 2048, 1), "float32")).shape
        (1, 3, 513, 1, 2)
    """

    def _working_dtype(self, x):  # noqa: ARG002
        return "float32"

    def _arithmetic(self, x):
        return stft_tflite(
            self._padded_begin(x), frame_length=self.win_length, frame_step=self.hop_length,
            fft_length=self.n_fft, window_fn=self.window_fn, pad_end=self.pad_end,
        )  # fmt: skip

    def _arithmetic_shape(self, shape):
        check_known_length("STFTTflite", shape)
        return super()._arithmetic_shape(shape)

    def _leave(self, y):
        return ops.moveaxis(y, 1, 3) if self.output_data_format == _CH_LAST_STR else y

    def compute_output_shape(self, input_shape):
        return (*super().compute_output_shape(input_shape), 2)

    def _result_dtype(self, x):
        return self._working_dtype(x)


# Kapre does not register this class, so its files contain the name without a package.
keras.saving.get_custom_objects()["STFTTflite"] = STFTTflite


@keras.saving.register_keras_serializable(package="Kapre")
class MagnitudeTflite(Magnitude):
    """Magnitude of the output of `STFTTflite`. Its gradient at 0 is 0.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(..., 2)`, real dtype: real and imaginary part.

    Output shape:
        Same as the input without the last axis; float32, or float64 under a float64 policy.

    Raises:
        ValueError: If the last axis of the input does not have size 2.

    Example:
        >>> y = kapre_like.kapre.MagnitudeTflite()(np.array([[3.0, 4.0]], "float32"))
        >>> float(y[0])
        5.0
    """

    _takes_complex = False

    def _arithmetic(self, x):
        return power(x[..., 0], x[..., 1], exponent=1)

    def compute_output_shape(self, input_shape):
        check_pair("MagnitudeTflite", input_shape)
        return tuple(input_shape)[:-1]

    def _check_rank(self, shape):
        check_pair("MagnitudeTflite", shape)


# Kapre does not register this class, so its files contain the name without a package.
keras.saving.get_custom_objects()["MagnitudeTflite"] = MagnitudeTflite


@keras.saving.register_keras_serializable(package="Kapre")
class PhaseTflite(Phase):
    """Angle of the output of `STFTTflite` in radians, in [-pi, pi].

    Args:
        approx_atan_accuracy: Int > 0, number of terms of the approximation, see `Phase`;
            `None` or 0 for the exact angle, where Kapre fails.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(..., 2)`, real dtype: real and imaginary part.

    Output shape:
        Same as the input without the last axis; float32, or float64 for the exact angle under
        a float64 policy.

    Raises:
        ValueError: If `approx_atan_accuracy` is negative or not a number, or if the last axis
            of the input does not have size 2.

    Example:
        >>> layer = kapre_like.kapre.PhaseTflite(approx_atan_accuracy=100)
        >>> round(float(layer(np.array([[1.0, 1.0]], "float32"))[0]), 4)
        0.7854
    """

    _takes_complex = False

    def _arithmetic(self, x):
        return self._angle(x[..., 0], x[..., 1])

    def compute_output_shape(self, input_shape):
        check_pair("PhaseTflite", input_shape)
        return tuple(input_shape)[:-1]

    def _check_rank(self, shape):
        check_pair("PhaseTflite", shape)


# Kapre does not register this class, so its files contain the name without a package.
keras.saving.get_custom_objects()["PhaseTflite"] = PhaseTflite
