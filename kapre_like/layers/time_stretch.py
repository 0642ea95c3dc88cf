"""Phase vocoder as a layer: changes duration, keeps pitch. Arithmetic: `ops`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import complex_dtype, working_dtype
from kapre_like.layers._base.spectrum import (
    check_spectrum,
    give_spectrum,
    spectrum_shape,
    take_spectrum,
)
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.polar import is_complex
from kapre_like.ops.sizes import channels_second
from kapre_like.ops.time_stretch import stretch_mask, stretched, time_stretch


@keras.saving.register_keras_serializable(package="kapre_like")
class TimeStretch(FrontEnd):
    """Phase vocoder: changes the duration of a spectrum and keeps its pitch.

    `y[t] = m[t] * exp(1j * p[t])` with the magnitude
    `m[t] = (1 - a) * |x[i]| + a * |x[i + 1]|`, where `i = floor(t * rate)` and
    `a = t * rate - i`. The phase adds up the phase differences between these frames:
    `p[t + 1] = p[t] + angle(x[i + 1]) - angle(x[i])`, from `p[0] = angle(x[0])`. There are
    `ceil(frames / rate)` frames. `InverseSTFT` with the arguments of the transform returns the
    waveform with its new length.

    A mask over frames excludes the frames past a clip's end, and the output carries the mask of
    the stretched clips. The arithmetic is float32 under every dtype policy except float64.

    Args:
        rate: Number from 0.001 to 1000. 2 doubles the speed and halves the duration.
        n_fft: Int > 0, FFT size of the transform, in samples.
        hop_length: Int > 0, samples between the frames of the transform. `None` means
            `n_fft // 4`. The output does not depend on it, because the expected phase advance
            per hop is subtracted before wrapping and added back.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex, or the same with a last axis of
        2 (real and imaginary part).

    Output shape:
        The shape of the input with `ceil(frames / rate)` frames, in its unit; complex64 or
        float32 like the input.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not such a spectrum.

    Example:
        >>> spectrum = kapre_like.STFT(n_fft=512)(np.zeros((2, 16000, 1)))
        >>> kapre_like.TimeStretch(rate=2.0, n_fft=512)(spectrum).shape
        (2, 63, 257, 1)

    Source: J. Flanagan, R. Golden, Phase vocoder, 1966; librosa 0.11 `phase_vocoder`.
    """

    def __init__(self, *, rate=1.0, n_fft=2048, hop_length=None, **kwargs):
        super().__init__(**kwargs)
        _check.positive("TimeStretch", rate=rate)
        if not 1e-3 <= rate <= 1e3:
            _check.fail("TimeStretch", "rate", "a number from 0.001 to 1000", rate)
        _check.positive_int("TimeStretch", n_fft=n_fft)
        if hop_length is not None:
            _check.positive_int("TimeStretch", hop_length=hop_length)
        self.rate, self.n_fft, self.hop_length = rate, n_fft, hop_length

    def build(self, input_shape):
        check_spectrum("TimeStretch", input_shape, n_freqs=self.n_fft // 2 + 1)

    def call(self, inputs, mask=None):
        pair = take_spectrum(self, "TimeStretch", inputs)
        real, imag = (channels_second(zero_invalid(part, mask=mask)) for part in pair)
        real, imag = time_stretch(real, imag, rate=float(self.rate))
        output = "complex" if is_complex(inputs) else "real_imag"
        return give_spectrum(real, imag, output=output)

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        if previous_mask is None:
            return None
        return _StretchMask(self.rate)(previous_mask)

    def _check_dtype(self, inputs):
        spectrum_shape("TimeStretch", inputs)

    def _output_shape(self, shape):
        batch, frames, *rest = shape
        if frames is not None:
            frames = stretched(frames, rate=float(self.rate))
        return (batch, frames, *rest)

    def _output_dtype(self, inputs):
        return complex_dtype(self) if is_complex(inputs) else working_dtype(self)


@keras.saving.register_keras_serializable(package="kapre_like")
class _StretchMask(keras.Operation):
    """`stretch_mask` as an operation, for symbolic masks with unknown length too."""

    def __init__(self, rate, *, name=None):
        super().__init__(name=name)
        self.rate = rate

    def call(self, mask):
        return stretch_mask(mask, rate=float(self.rate))

    def compute_output_spec(self, mask):
        batch, frames = mask.shape
        if frames is not None:
            frames = stretched(frames, rate=float(self.rate))
        return keras.KerasTensor((batch, frames), dtype="bool")
