"""Short-time Fourier transform and its inverse. Arithmetic: `ops.stft`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._framing import cut, frame_count
from kapre_like.kapre._layer import KapreLayer, check_flags
from kapre_like.kapre._windows import check_window_length, inverse_window_fn
from kapre_like.kapre.backend import get_window_fn
from kapre_like.layers._base.inputs import check_floating
from kapre_like.ops.framing import fit
from kapre_like.ops.polar import as_complex, is_complex
from kapre_like.ops.stft import fft_short_frames, inverse_short_frames


@keras.saving.register_keras_serializable(package="Kapre")
class STFT(KapreLayer):
    """Short-time Fourier transform of each channel, with Kapre's frames and windows.

    Frame `t` contains `win_length` samples and starts at sample `t * hop_length`. It is
    multiplied by the window and then padded with zeros at its end, or truncated, to `n_fft`
    samples. librosa and `kapre_like.STFT` center the window in the `n_fft` samples instead.

    Frames are not centered. There are `1 + (samples - win_length) // hop_length` of them, and
    none if the clip is shorter than the window. With `pad_end` there are
    `ceil(samples / hop_length)`. `pad_begin` adds `n_fft - hop_length` zeros before the first
    sample.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, length of the window in samples; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        window_name: Name of a window, see `backend.get_window_fn`; `None` means a Hann window.
        pad_begin: Whether to add zeros before the clip.
        pad_end: Whether to pad the end, so that a frame starts at every hop of the clip.
        input_data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's
            image data format when the layer is created.
        output_data_format: The same for the output.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point.

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)` or `(batch, channels, frames,
        n_fft // 2 + 1)`; complex64, or complex128 under a float64 policy.

    Raises:
        NotImplementedError: If the window is unknown.
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

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
        check_flags(type(self).__name__, pad_begin=pad_begin, pad_end=pad_end)
        if pad_begin and hop_length > n_fft:
            rule = f"at most n_fft={n_fft} if pad_begin"
            _check.fail(type(self).__name__, "hop_length", rule, hop_length)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.pad_begin, self.pad_end = pad_begin, pad_end

    def _arithmetic(self, x):
        frames = cut(self._padded_begin(x), self.win_length, self.hop_length, self.pad_end)
        dtype = keras.backend.standardize_dtype(x.dtype)
        # A program may set `window_fn` to a function of TensorFlow, which needs no dtype for
        # float32 and may not accept the name of one.
        wide = {"dtype": dtype} if dtype == "float64" else {}
        window = ops.cast(self.window_fn(self.win_length, **wide), dtype)
        return fft_short_frames(frames, window=window, n_fft=self.n_fft)

    def _padded_begin(self, x):
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
    """Returns the three arguments, checked, with Kapre's defaults in place of `None`."""
    _check.positive_int(owner, n_fft=n_fft)
    win_length = n_fft if win_length is None else win_length
    _check.positive_int(owner, win_length=win_length)
    if hop_length is None:
        hop_length = win_length // 4
        if hop_length == 0:
            rule, fix = "an int > 0 if win_length < 4", "Use hop_length=1."
            _check.fail(owner, "hop_length", rule, None, fix)
    _check.positive_int(owner, hop_length=hop_length)
    # TensorFlow does not mix NumPy integers of different widths.
    return int(n_fft), int(win_length), int(hop_length)


@keras.saving.register_keras_serializable(package="Kapre")
class InverseSTFT(KapreLayer):
    """Inverse of `STFT`, applied to each channel separately.

    Each frame is transformed back and truncated, or padded with zeros, to `win_length` samples.
    It is multiplied by the forward window and divided by the sum of the squared windows that
    overlap there. The frames are then added. The sum assumes the overlap in the middle of a
    long signal, so the result is not exact at the two ends. Cut off the samples that
    `pad_begin` and `pad_end` of the `STFT` added.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, length of the window in samples; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames; `None` means `win_length // 4`.
        forward_window_name: The `window_name` of the `STFT`.
        input_data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's
            image data format when the layer is created.
        output_data_format: The same for the output.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, complex. The
        frequency axis is truncated, or padded with zeros, to `n_fft // 2 + 1` bins.

    Output shape:
        `(batch, samples, channels)` or `(batch, channels, samples)` with
        `(frames - 1) * hop_length + win_length` samples; float32, or float64 for complex128
        input.

    Raises:
        NotImplementedError: If the window is unknown.
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

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
