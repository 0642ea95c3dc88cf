"""Phase vocoder as a layer: faster or slower at the same pitch. Arithmetic: `ops`."""

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
from kapre_like.ops.axes import channels_second
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.polar import is_complex
from kapre_like.ops.time_stretch import stretch_mask, stretched, time_stretch


@keras.saving.register_keras_serializable(package="kapre_like")
class TimeStretch(FrontEnd):
    """Stretches or squeezes a spectrum in time without changing its pitch.

    Frame `t` of the result stands at `s = t * rate` of the input, between the frames
    `i = floor(s)` and `i + 1`: its magnitude is `(1 - s + i) * |X[i]| + (s - i) * |X[i + 1]|`,
    its phase the sum of the turns from `i` to `i + 1` of all frames before it. There are
    `ceil(frames / rate)` frames. `InverseSTFT` with the arguments of the transform gives the
    clip at its new length.

    A mask over frames keeps the frames past a clip's end out, and the mask of the stretched
    clips goes on. The arithmetic is float32 under every policy but float64.

    Args:
        rate: Number from 0.001 to 1000. 2 is twice as fast, half as long.
        n_fft: Int > 0, FFT size of the transform, in samples.
        hop_length: Int > 0, samples between its frames. `None` means `n_fft // 4`. The
            result does not depend on it: what a bin should turn in a hop is taken off before
            whole turns are, and put back.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex, or the same with a last axis of
        2 (real and imaginary part).

    Output shape:
        The input's with `ceil(frames / rate)` frames, complex64 or float32 as the input is.

    Raises:
        ValueError: If an argument is outside its domain, or the input is no such spectrum.

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
    """`stretch_mask` for symbolic masks too, whose length is no number to compute with."""

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
