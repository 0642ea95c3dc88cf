"""Random inversion of polarity as a layer."""

import keras

from kapre_like.layers._base.augmentation import Augmentation


@keras.saving.register_keras_serializable(package="kapre_like")
class Polarity(Augmentation):
    """Inverts the sign of each example with a given probability.

    The inversion is not audible and does not change the power spectrum. So a network of
    waveforms should not depend on polarity. At inference the result is the input.

    `y = -x` with the given probability, else `x`.

    Args:
        probability: Number in 0 .. 1, the probability that an example is inverted.
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
        >>> x = np.array([[0.5, -0.25]], "float32")
        >>> y = kapre_like.augment.Polarity(probability=1.0)(x, training=True)
        >>> keras.ops.convert_to_numpy(y).tolist()
        [[-0.5, 0.25]]

    Source: audiomentations, `PolarityInversion`.
    """

    def __init__(self, *, probability=0.5, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)

    def draw(self, shape):  # noqa: ARG002
        return {}

    def transform(self, x, length, draws):  # noqa: ARG002
        return -x
