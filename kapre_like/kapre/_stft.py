"""Kapre's short-time Fourier transform. Arithmetic: `ops.stft`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._frames import cut, frame_count
from kapre_like.kapre._layer import KapreLayer, truth
from kapre_like.kapre._windows import check_length
from kapre_like.kapre.backend import get_window_fn
from kapre_like.layers._inputs import check_floating
from kapre_like.ops.polar import as_complex
from kapre_like.ops.stft import fft_short_frames


@keras.saving.register_keras_serializable(package="Kapre")
class STFT(KapreLayer):
    """Short-time Fourier transform of every channel, with Kapre's frames and windows.

    Frame `t` takes `win_length` samples from sample `t * hop_length` on, multiplied with the
    window; zeros fill it up at its end to `n_fft` (librosa and `kapre_like.STFT` put the window
    in the middle), or its end beyond `n_fft` is cut off. Nothing is centered. There are
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
        n_fft, win_length, hop_length = resolved(
            type(self).__name__, n_fft, win_length, hop_length
        )
        self.window_name, self.window_fn = window_name, get_window_fn(window_name)
        check_length(type(self).__name__, window_name, win_length)
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


def resolved(owner, n_fft, win_length, hop_length):
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
