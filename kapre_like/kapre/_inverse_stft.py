"""Kapre's way back from a spectrum to samples. Arithmetic: `ops.stft`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre._stft import resolved
from kapre_like.kapre._windows import check_length, inverse_window_fn
from kapre_like.kapre.backend import get_window_fn
from kapre_like.ops.framing import fit
from kapre_like.ops.polar import is_complex
from kapre_like.ops.stft import inverse_short_frames


@keras.saving.register_keras_serializable(package="Kapre")
class InverseSTFT(KapreLayer):
    """Inverse of `STFT`: frames back to samples, every channel by itself.

    Each frame is transformed back, cut to `win_length` samples (or filled up with zeros),
    multiplied with the forward window divided by the sum of the squares of all windows there,
    and added up. It is exact where as many windows overlap as in the middle of a long signal,
    so not at its two ends; cut off what `pad_begin` and `pad_end` of the `STFT` added.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, samples under the window; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        forward_window_name: The `window_name` of the `STFT`.
        input_data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's
            setting when the layer is made.
        output_data_format: The same, of the result.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, complex. Of
        more than `n_fft // 2 + 1` freqs the first count; fewer are filled up with zeros.

    Output shape:
        `(batch, samples, channels)` or `(batch, channels, samples)` with
        `(frames - 1) * hop_length + win_length` samples; float32, float64 of complex128.

    Raises:
        NotImplementedError: If the window is unknown.
        TypeError: If a data format is no string.
        ValueError: If another argument is outside its domain or the input does not fit.

    Example:
        >>> inverse = kapre_like.kapre.InverseSTFT(n_fft=1024, hop_length=512)
        >>> inverse(np.zeros((1, 3, 513, 1), "complex64")).shape
        (1, 2048, 1)
    """

    _ranks = (4,)
    _arguments = ("n_fft", "win_length", "hop_length", "forward_window_name")

    def __init__(
        self,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        forward_window_name=None,
        input_data_format="default",
        output_data_format="default",
        **kwargs,
    ):
        formats = {
            "input_data_format": input_data_format,
            "output_data_format": output_data_format,
        }
        super().__init__(formats=formats, **kwargs)
        n_fft, win_length, hop_length = resolved("InverseSTFT", n_fft, win_length, hop_length)
        get_window_fn(forward_window_name)
        check_length("InverseSTFT", forward_window_name, win_length)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.forward_window_name = forward_window_name
        self.window_fn = inverse_window_fn(forward_window_name, hop_length)

    def _arithmetic(self, x):
        dtype = self._working_dtype(x)
        parts = [ops.cast(part, dtype) for part in (ops.real(x), ops.imag(x))]
        real, imag = (fit(part, length=self.n_fft // 2 + 1) for part in parts)
        return inverse_short_frames(
            real, imag, window=ops.cast(self.window_fn(self.win_length, dtype=dtype), dtype),
            n_fft=self.n_fft, hop_length=self.hop_length,
        )  # fmt: skip

    def _check_input(self, x):
        if not is_complex(x):
            _check.fail("InverseSTFT", "inputs", "complex", x.dtype)

    def _arithmetic_shape(self, shape):
        batch, channels, frames, _ = shape
        if frames is not None:
            frames = max(0, (frames - 1) * self.hop_length + self.win_length)
        return (batch, channels, frames)
