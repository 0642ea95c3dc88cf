"""Magnitude of a complex spectrum as a layer. Arithmetic: `ops.polar`."""

import keras

from kapre_like.layers._base.axes import SpectrumLayer
from kapre_like.layers._base.spectrum import take_spectrum
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.polar import power


@keras.saving.register_keras_serializable(package="kapre_like")
class Magnitude(SpectrumLayer):
    """Absolute value of a complex spectrum.

    `y = sqrt(real ** 2 + imag ** 2)`, with gradient 0 where both parts are 0, as silence needs.

    A mask is handed on as it is. The arithmetic is float32 under every policy but float64.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` complex, or the same with a last axis of 2 (real
        and imaginary part); any other rank as well.

    Output shape:
        The input's, without the axis of 2; float32.

    Raises:
        ValueError: If the input is neither complex nor has a last axis of 2.

    Example:
        >>> float(kapre_like.Magnitude()(np.array([[3 + 4j]], "complex64"))[0, 0])
        5.0
    """

    stream_stage = EACH_FRAME

    def call(self, inputs):
        real, imag = take_spectrum(self, "Magnitude", inputs)
        return power(real, imag, exponent=1)
