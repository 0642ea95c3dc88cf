"""Magnitude of a complex spectrum as a layer. Arithmetic: `ops.polar`."""

import keras

from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import working_dtype
from kapre_like.layers._base.spectrum import spectrum_shape, take_spectrum, without_pair
from kapre_like.ops.polar import power


@keras.saving.register_keras_serializable(package="kapre_like")
class Magnitude(FrontEnd):
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

    def call(self, inputs):
        real, imag = take_spectrum(self, "Magnitude", inputs)
        return power(real, imag, exponent=1)

    def compute_output_shape(self, input_shape):
        return without_pair(input_shape)

    def compute_output_spec(self, inputs):
        shape = spectrum_shape("Magnitude", inputs)
        return keras.KerasTensor(shape, dtype=working_dtype(self))
