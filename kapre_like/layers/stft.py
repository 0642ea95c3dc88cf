"""Short-time Fourier transform as a layer. Arithmetic: `ops.framing`, `ops.stft`."""

from types import MappingProxyType

import keras

from kapre_like import _check
from kapre_like.layers._base.analysis import Analysis
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.inputs import complex_dtype, take_waveform, working_dtype
from kapre_like.layers._base.spectrum import give_spectrum
from kapre_like.layers._base.stream_stage import FRAMING


@keras.saving.register_keras_serializable(package="kapre_like")
class STFT(FramingLayer):
    """Short-time Fourier transform of every channel, fixed or learned.

    `X[t, k] = sum_n w[n] * x[t * hop_length + n] * exp(-2j * pi * k * n / n_fft)`. With
    `center`, `x` is padded with `n_fft // 2` samples at both ends. A clip has
    `max(1, 1 + (samples + 2 * (n_fft // 2) - n_fft) // hop_length)` frames, without the middle
    term if not centered. A clip shorter than a frame is padded with zeros to one frame.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero.
    With `pad_mode="reflect"` each clip is reflected at its own end. The output carries a mask
    over frames. The arithmetic is float32 under every dtype policy except float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. The window is centered in the
            frame. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` of a periodic window of `scipy.signal.get_window`,
            or an array of `win_length` numbers.
        center: Whether frame `t` is centered on sample `t * hop_length`.
        pad_mode: Padding at both ends of a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"` (no padding, as with `center=False`).
        output: `"complex"`, or `"real_imag"` for a last axis of 2.
        learn: `None`, `"kernels"` or `"window"`. Selects what becomes a weight. The output
            before the first training step is the same.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex64, in the unit of the input. If
        `output="real_imag"`, float32 with a last axis of 2.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`, window times Fourier kernel; exist if
            `learn="kernels"`.
        `window`: `(win_length,)`, in the attribute `window_weight`; exists if `learn="window"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.STFT(n_fft=512)(np.zeros((2, 16000, 1))).shape
        (2, 126, 257, 1)

    Source: librosa 0.11 `stft`; there a clip shorter than an uncentered frame is an error.
    """

    stream_stage = FRAMING

    # `output` is a property of every Keras layer.
    _attribute_of = MappingProxyType({"output": "output_form"})

    def __init__(
        self,
        *,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window="hann",
        center=True,
        pad_mode="constant",
        output="complex",
        learn=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._analysis = Analysis(
            "STFT", n_fft=n_fft, win_length=win_length, hop_length=hop_length,
            window=window, center=center, pad_mode=pad_mode, learn=learn,
        )  # fmt: skip
        self.frame_grid = self._analysis.grid
        _check.one_of("STFT", ("complex", "real_imag"), output=output)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.window, self.center, self.pad_mode = window, center, pad_mode
        self.output_form, self.learn = output, learn

    def build(self, input_shape):
        super().build(input_shape)
        self._analysis.add_weights(self)

    def call(self, inputs, mask=None):
        x = take_waveform(self, "STFT", inputs, mask)
        real, imag = self._analysis.real_imag(self, self._analysis.pad(x, mask))
        return give_spectrum(real, imag, output=self.output_form)

    def _frame_shape(self, channels):
        shape = (self._analysis.n_freqs, channels)
        return shape if self.output_form == "complex" else (*shape, 2)

    def _output_dtype(self, inputs):  # noqa: ARG002
        return complex_dtype(self) if self.output_form == "complex" else working_dtype(self)

    def describe(self, sample_rate=16000):
        """Returns the frequency responses of the transform in Hz, now and before training.

        Args: sample_rate: Number > 0, Hz. The transform itself does not depend on it.

        Returns: `kapre_like.description.Description`: center and bandwidth of every kernel,
            measured from its response, if `learn="kernels"`; else the bandwidth of the window.
        """
        return self._analysis.describe(self, sample_rate)
