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

    `X[t, k] = sum_n w[n] * x[t * hop_length + n] * exp(-2j * pi * k * n / n_fft)`, where `x`
    starts `n_fft // 2` samples before the clip if centred. A clip gives
    `max(1, 1 + (samples + 2 * (n_fft // 2) - n_fft) // hop_length)` frames, without the
    middle term if not centred; a clip too short for a frame is filled with zeros to give one.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero,
    puts the mirror of `pad_mode="reflect"` at its own end, and goes on as a mask over frames.
    The arithmetic is float32 under every policy but float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, samples under the window, which stands in the middle
            of the frame. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` that `scipy.signal.get_window` knows, taken
            periodic, or an array of `win_length` numbers.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        pad_mode: What is beside a centred clip: `"constant"` (zeros), `"reflect"`, or
            `"none"`: nothing, whole frames only, as with `center=False`.
        output: `"complex"`, or `"real_imag"` for a last axis of 2.
        learn: `None`, `"kernels"` or `"window"`. What becomes a weight; the result before
            the first step is the same either way.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex64, or the same with a last axis
        of 2 in float32 if `output="real_imag"`.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`, window times Fourier kernel; exist if
            `learn="kernels"`.
        `window`: `(win_length,)`, held as `window_weight`; exists if `learn="window"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

    Example:
        >>> kapre_like.STFT(n_fft=512)(np.zeros((2, 16000, 1))).shape
        (2, 126, 257, 1)

    Source: librosa 0.11 `stft`; there a clip shorter than an uncentred frame is an error.
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
        """Returns what the transform looks like in Hz, now and before training.

        Args:
            sample_rate: Number > 0, Hz, which the transform itself does not need.

        Returns:
            `kapre_like.description.Description`: centre and bandwidth of every kernel, measured
            from its response, if `learn="kernels"`; else the one bandwidth of the window.
        """
        return self._analysis.describe(self, sample_rate)
