"""Phase of a complex spectrum as a layer. Arithmetic: `ops.polar`."""

import keras

from kapre_like.layers._base.axes import SpectrumLayer
from kapre_like.layers._base.spectrum import take_spectrum
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.polar import phase


@keras.saving.register_keras_serializable(package="kapre_like")
class Phase(SpectrumLayer):
    """Phase of a complex spectrum in radians, in [-pi, pi].

    `y = atan2(imag, real)`. It is 0 with gradient 0 where both parts are 0, or below 1e-22,
    where their squares underflow. Silence therefore has a finite gradient.

    The output keeps the input's mask. The arithmetic is float32 under every dtype policy except
    float64.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` complex, or the same with a last axis of 2 (real and
        imaginary part); any other rank too.

    Output shape:
        The shape of the input without the axis of 2, in radians, float32.

    Raises:
        ValueError: If the input is neither complex nor has a last axis of 2.

    Example:
        >>> round(float(kapre_like.Phase()(np.array([[1j]], "complex64"))[0, 0]), 4)
        1.5708

    Source: NumPy, `angle`.
    """

    stream_stage = EACH_FRAME

    def call(self, inputs):
        real, imag = take_spectrum(self, "Phase", inputs)
        return phase(real, imag)
