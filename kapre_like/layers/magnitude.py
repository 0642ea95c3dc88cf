"""Magnitude of a complex spectrum as a layer. Arithmetic: `ops.polar`."""

import keras

from kapre_like.layers._base.axes import SpectrumLayer
from kapre_like.layers._base.spectrum import take_spectrum
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.polar import power


@keras.saving.register_keras_serializable(package="kapre_like")
class Magnitude(SpectrumLayer):
    """Absolute value of a complex spectrum.

    `y = sqrt(real ** 2 + imag ** 2)`. The gradient is 0 where both parts are 0, so silence has
    a finite gradient.

    The output keeps the input's mask. The arithmetic is float32 under every dtype policy except
    float64.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` complex, or the same with a last axis of 2 (real and
        imaginary part); any other rank too.

    Output shape:
        The shape of the input without the axis of 2, in its unit, float32.

    Raises:
        ValueError: If the input is neither complex nor has a last axis of 2.

    Example:
        >>> float(kapre_like.Magnitude()(np.array([[3 + 4j]], "complex64"))[0, 0])
        5.0

    Source: NumPy, `abs` of complex numbers.
    """

    stream_stage = EACH_FRAME

    def call(self, inputs):
        real, imag = take_spectrum(self, "Magnitude", inputs)
        return power(real, imag, exponent=1)
