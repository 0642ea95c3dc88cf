"""Short-time Fourier transform and its inverse. Arithmetic: `ops.stft`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._framing import cut, frame_count
from kapre_like.kapre._layer import KapreLayer, truth
from kapre_like.kapre._windows import check_window_length, inverse_window_fn
from kapre_like.kapre.backend import get_window_fn
from kapre_like.layers._inputs import check_floating
from kapre_like.ops.framing import fit
from kapre_like.ops.polar import as_complex, is_complex
from kapre_like.ops.stft import fft_short_frames, inverse_short_frames


@keras.saving.register_keras_serializable(package="Kapre")
class STFT(KapreLayer):
    """Short-time Fourier transform of every channel, with Kapre's frames and windows.

    Frame `t` takes `win_length` samples from sample `t * hop_length` on, multiplied with the
    window; zeros fill it up at its end to `n_fft` (librosa and `kapre_like.STFT` put the window
    in the middle), or its end beyond `n_fft` is cut off. Nothing is centred. There are
    `1 + (samples - win_length) // hop_length` frames, none if the clip is shorter than the
    window, or `ceil(samples / hop_length)` with `pad_end`; `pad_begin` adds
    `n_fft - hop_length` zeros before the first sample.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, samples under the window; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        window_name: A name that `backend.get_window_fn` knows; `None` means a Hann window.
        pad_begin: Whether zeros stand before the clip.
        pad_end: Whether a frame starts at every hop inside the clip.
        input_data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's
            setting when the layer is made.
        output_data_format: The same, of the result.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point.

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)` or `(batch, channels, frames,
        n_fft // 2 + 1)`; complex64, complex128 under a float64 policy.

    Raises:
        NotImplementedError: If the window is unknown.
        TypeError: If a data format is no string.
        ValueError: If another argument is outside its domain or the input does not fit.

    Example:
        >>> stft = kapre_like.kapre.STFT(n_fft=1024, hop_length=512)
        >>> stft(np.zeros((1, 2048, 1), "float32")).shape
        (1, 3, 513, 1)
    """

    _ranks = (3,)
    _arguments = ("n_fft", "win_length", "hop_length", "window_name", "pad_begin", "pad_end")

    def __init__(
        self,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window_name=None,
        pad_begin=False,
        pad_end=False,
        input_data_format="default",
        output_data_format="default",
        **kwargs,
    ):
        formats = {
            "input_data_format": input_data_format,
            "output_data_format": output_data_format,
        }
        super().__init__(formats=formats, **kwargs)
        n_fft, win_length, hop_length = _resolved(
            type(self).__name__, n_fft, win_length, hop_length
        )
        self.window_name, self.window_fn = window_name, get_window_fn(window_name)
        check_window_length(type(self).__name__, window_name, win_length)
        truth(type(self).__name__, pad_begin=pad_begin, pad_end=pad_end)
        if pad_begin and hop_length > n_fft:
            rule = f"at most n_fft={n_fft} if pad_begin"
            _check.fail(type(self).__name__, "hop_length", rule, hop_length)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.pad_begin, self.pad_end = pad_begin, pad_end

    def _arithmetic(self, x):
        frames = cut(self._begun(x), self.win_length, self.hop_length, self.pad_end)
        dtype = keras.backend.standardize_dtype(x.dtype)
        # Some functions of TensorFlow, which may stand here too, take no name of a dtype.
        wide = {"dtype": dtype} if dtype == "float64" else {}
        window = ops.cast(self.window_fn(self.win_length, **wide), dtype)
        return fft_short_frames(frames, window=window, n_fft=self.n_fft)

    def _begun(self, x):
        if not self.pad_begin:
            return x
        return ops.pad(x, [(0, 0), (0, 0), (self.n_fft - self.hop_length, 0)])

    def _check_input(self, x):
        check_floating(type(self).__name__, x)

    def _leave(self, y):
        return as_complex(*(self._out_of_order(part) for part in y))

    def _arithmetic_shape(self, shape):
        batch, channels, samples = shape
        if samples is not None and self.pad_begin:
            samples += self.n_fft - self.hop_length
        frames = frame_count(samples, self.win_length, self.hop_length, self.pad_end)
        return (batch, channels, frames, self.n_fft // 2 + 1)

    def _result_dtype(self, x):
        return "complex128" if self._working_dtype(x) == "float64" else "complex64"


def _resolved(owner, n_fft, win_length, hop_length):
    """Returns all three with Kapre's defaults, checked."""
    _check.positive_int(owner, n_fft=n_fft)
    win_length = n_fft if win_length is None else win_length
    _check.positive_int(owner, win_length=win_length)
    if hop_length is None:
        hop_length = win_length // 4
        if hop_length == 0:
            rule, fix = "an int > 0 if win_length < 4", "Use hop_length=1."
            _check.fail(owner, "hop_length", rule, None, fix)
    _check.positive_int(owner, hop_length=hop_length)
    # TensorFlow mixes no integers of NumPy of different widths.
    return int(n_fft), int(win_length), int(hop_length)


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
        n_fft, win_length, hop_length = _resolved("InverseSTFT", n_fft, win_length, hop_length)
        get_window_fn(forward_window_name)
        check_window_length("InverseSTFT", forward_window_name, win_length)
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
