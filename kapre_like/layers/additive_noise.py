"""White noise on training data as a layer. Arithmetic: `ops.mixing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.mixing import add_noise


@keras.saving.register_keras_serializable(package="kapre_like")
class AdditiveNoise(Augmentation):
    """Adds white Gaussian noise while training: `y = x + power * n`, `n` of deviation 1.

    With `random_gain` each clip has its own level, `y = x + gain * n` with `gain` uniform in
    [0, `power`). Each call draws anew for each value of each clip and channel. At inference
    the result is the input. What a mask leaves out gets no noise, so padding of zeros stays
    zero; the mask is handed on. The arithmetic is float32 under every policy but float64.

    `keras.layers.GaussianNoise(power)` adds the same noise in the policy's compute dtype. Take
    it for clips of one length and one level of noise: it knows no mask and no random gain,
    and no deviation above 1.

    Args:
        power: Number >= 0, standard deviation of the noise, in the unit of the input (an
            amplitude, in spite of its name, which is Kapre's). 0.1 is -20 dB below full
            scale: loud. 0 adds nothing.
        random_gain: Whether the deviation is drawn per clip.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
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

    Source: the layer of this name in Kapre 0.1, which later versions lack.
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
