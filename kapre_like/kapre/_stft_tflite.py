"""Kapre's transform for LiteRT. Arithmetic: `tflite_compatible_stft`."""

import keras
from keras import ops

from kapre_like.kapre._stft import STFT
from kapre_like.kapre.backend import _CH_LAST_STR
from kapre_like.kapre.tflite_compatible_stft import check_length, stft_tflite


@keras.saving.register_keras_serializable(package="Kapre")
class STFTTflite(STFT):
    """`STFT` in LiteRT's built-in operators: real and imaginary part in a last axis of 2.

    A model of it converts with `tf.lite.TFLiteConverter.from_keras_model`, for any batch, where
    Kapre's is fixed to 1. The number of samples must be known. The arguments are those of
    `STFT`. It is float32 under every policy, and runs on every backend.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point.

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels, 2)` or `(batch, channels, frames,
        n_fft // 2 + 1, 2)`, float32.

    Raises:
        ValueError: Also if the number of samples is not known, or 0.

    Example:
        >>> stft = kapre_like.kapre.STFTTflite(n_fft=1024, hop_length=512)
        >>> stft(np.zeros((1, 2048, 1), "float32")).shape
        (1, 3, 513, 1, 2)
    """

    def _working_dtype(self, x):  # noqa: ARG002
        return "float32"

    def _arithmetic(self, x):
        return stft_tflite(
            self._begun(x), frame_length=self.win_length, frame_step=self.hop_length,
            fft_length=self.n_fft, window_fn=self.window_fn, pad_end=self.pad_end,
        )  # fmt: skip

    def _arithmetic_shape(self, shape):
        check_length("STFTTflite", shape)
        return super()._arithmetic_shape(shape)

    def _leave(self, y):
        return ops.moveaxis(y, 1, 3) if self.output_data_format == _CH_LAST_STR else y

    def compute_output_shape(self, input_shape):
        return (*super().compute_output_shape(input_shape), 2)

    def _result_dtype(self, x):
        return self._working_dtype(x)


# Kapre does not register it: its files know the bare name.
keras.saving.get_custom_objects()["STFTTflite"] = STFTTflite
