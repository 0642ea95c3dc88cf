"""Random saturation as a layer. Arithmetic: `ops.effects`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.effects import saturated


@keras.saving.register_keras_serializable(package="kapre_like")
class Saturate(Augmentation):
    """Compresses the peaks of each example by a hyperbolic tangent; keeps its RMS.

    `y = c * tanh(g * x / peak)` with `g = 10 ** (drive_db / 20)`. The drive is uniform in
    decibels, and `c` keeps the RMS of the valid samples of all channels. At -20 dB almost
    nothing changes; at 30 dB a sine becomes almost a square wave. At inference the result is
    the input.

    Args:
        min_drive_db: Number, dB, the smallest drive.
        max_drive_db: Number >= `min_drive_db`, dB, the largest drive.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.array([[0.5, -1.0]])
        >>> square = kapre_like.augment.Saturate(min_drive_db=60, max_drive_db=60)
        >>> y = square(x, training=True)
        >>> round(float(y[0, 0]), 3), round(float(y[0, 1]), 3)
        (0.791, -0.791)

    Source: audiomentations, `TanhDistortion`.
    """

    def __init__(
        self, *, min_drive_db=0.0, max_drive_db=18.0, probability=1.0, seed=None, **kwargs
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.ordered("Saturate", min_drive_db=min_drive_db, max_drive_db=max_drive_db)
        self.min_drive_db, self.max_drive_db = min_drive_db, max_drive_db

    def draw(self, shape):
        return {"drive_db": self.uniform(shape[:1], self.min_drive_db, self.max_drive_db)}

    def transform(self, x, length, draws):  # noqa: ARG002
        return saturated(x, drive_db=draws["drive_db"])
