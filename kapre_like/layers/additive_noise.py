"""White noise on training data as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.mixing import add_noise


@keras.saving.register_keras_serializable(package="kapre_like")
class AdditiveNoise(Augmentation):
    """Adds white Gaussian noise during training.

    `y = x + power * noise`, where `noise` is normal with mean 0 and standard deviation 1. With
    `random_gain` the formula is `y = x + gain * noise`, and each clip draws its `gain`
    uniformly from [0, `power`). Every call draws new noise for each value of each clip and
    channel. At inference the output is the input. Masked values get no noise, so zero padding
    stays zero, and the output keeps the mask. The arithmetic is float32 under every dtype
    policy except float64.

    `keras.layers.GaussianNoise(power)` adds the same noise in the policy's compute dtype. Use
    it for clips of one length and one noise level. It ignores masks, has no random gain, and
    rejects standard deviations above 1.

    Args:
        power: Number >= 0, standard deviation of the noise, in the unit of the input. It is an
            amplitude; the name is Kapre's. 0.1 is 20 dB below full scale, which is loud. 0 adds
            no noise.
        random_gain: Whether each clip draws its own standard deviation.
        probability: Number in 0 .. 1, the probability that the layer changes an example.
        seed: `None`, or int >= 0. New layers with the same seed draw the same numbers in the
            same order.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, time, ...)`, floating point: waveforms, spectrograms.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not floating point.

    Example:
        >>> x = np.zeros((1, 16000, 1))
        >>> y = kapre_like.AdditiveNoise(power=0.01, seed=0)(x, training=True)
        >>> round(float(keras.ops.std(y)), 3)
        0.01

    Source: Kapre 0.1 `AdditiveNoise`; later versions have no such layer.
    """

    def __init__(self, *, power=0.1, random_gain=False, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)
        _check.non_negative("AdditiveNoise", power=power)
        _check.boolean("AdditiveNoise", random_gain=random_gain)
        self.power, self.random_gain = power, random_gain

    def check_axes(self, shape):
        if len(shape) < 2:
            raise ValueError(
                f"AdditiveNoise: expects (batch, time, ...). Received: shape={tuple(shape)}."
            )

    def draw(self, shape):
        gain = self.uniform(shape[:1]) if self.random_gain else ops.ones(shape[:1])
        return {"deviation": self.power * gain, "noise": self.normal(shape)}

    def transform(self, x, length, draws):  # noqa: ARG002
        return add_noise(x, **{name: ops.cast(n, x.dtype) for name, n in draws.items()})
