"""Random clipping as a layer. Arithmetic: `ops.effects`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.effects import clipped


@keras.saving.register_keras_serializable(package="kapre_like")
class Clip(Augmentation):
    """Limits each example to a random share of its own peak, as an overdriven input does.

    `y = clip(x, -share * peak, share * peak)`, where `peak` is the largest magnitude of all
    channels of the example. The result is not amplified. At inference the result is the input.

    Args:
        min_share: Number in 0 .. 1, the smallest share of the peak; 0.1 is 20 dB below it.
        max_share: Number in `min_share` .. 1, the largest share.
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
        >>> x = np.array([[0.5, -1.0, 0.125]])
        >>> y = kapre_like.augment.Clip(min_share=0.25, max_share=0.25)(x, training=True)
        >>> keras.ops.convert_to_numpy(y)[0].tolist()
        [0.25, -0.25, 0.125]

    Source: audiomentations, `ClippingDistortion`; there the limits are quantiles of the
        samples.
    """

    def __init__(self, *, min_share=0.3, max_share=0.9, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.share("Clip", min_share=min_share, max_share=max_share)
        _check.ordered("Clip", min_share=min_share, max_share=max_share)
        self.min_share, self.max_share = min_share, max_share

    def draw(self, shape):
        return {"share": self.uniform(shape[:1], self.min_share, self.max_share)}

    def transform(self, x, length, draws):  # noqa: ARG002
        return clipped(x, share=draws["share"])
