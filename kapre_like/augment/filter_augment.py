"""Random gains over bands of frequency as a layer. Arithmetic: `ops.spec_augment`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import SpectrogramAugmentation
from kapre_like.ops.segments import one_of_ints
from kapre_like.ops.spec_augment import band_edges, band_gains

# Decibels of one power of ten.
_DECIBELS = {"magnitude": 20.0, "power": 10.0}


@keras.saving.register_keras_serializable(package="kapre_like")
class FilterAugment(SpectrogramAugmentation):
    """Amplifies or attenuates random frequency bands, as rooms and microphones do.

    The number of bands is uniform over integers. The edges between them are uniform over all
    positions that leave each band `min_width` bins. Gains are uniform in decibels. With
    `kind="linear"` each edge has a gain, with linear interpolation between two edges. With
    `kind="step"` each band has a gain. All frames and channels of an example have the same
    gains. At inference the result is the input.

    `y[t, k] = x[t, k] + gain[k]` for `scale="decibel"`;
    `y[t, k] = x[t, k] * 10 ** (gain[k] / 10)` for `"power"`, and with 20 in place of 10 for
    `"magnitude"`. For bins `k` between the edges `e[b]` and `e[b + 1]` the gain is
    `gain[k] = g[b]` with `kind="step"`, and
    `gain[k] = g[b] + (g[b + 1] - g[b]) * (k - e[b]) / (e[b + 1] - e[b])` with `kind="linear"`.

    Args:
        min_gain_db: Number, dB, the smallest gain.
        max_gain_db: Number >= `min_gain_db`, dB, the largest gain.
        min_bands: Int > 0, the smallest number of bands.
        max_bands: Int >= `min_bands`, the largest number of bands.
        min_width: Int > 0, bins of the narrowest band. If there are too few bins for it, all
            bands are equally wide.
        kind: `"linear"` or `"step"`.
        scale: Scale of the input: `"decibel"`, to which gains are added, or `"power"` or
            `"magnitude"`, which are multiplied by gains.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, with or without a Keras mask; or a
        list `[spectrogram, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> louder = kapre_like.augment.FilterAugment(min_gain_db=6, max_gain_db=6)
        >>> y = louder(np.zeros((1, 2, 3, 1)), training=True)
        >>> keras.ops.convert_to_numpy(y)[0, 0, :, 0].tolist()
        [6.0, 6.0, 6.0]

    Source: H. Nam et al., FilterAugment: an acoustic environmental data augmentation method,
        2022.
    """

    def __init__(
        self,
        *,
        min_gain_db=-6.0,
        max_gain_db=6.0,
        min_bands=3,
        max_bands=6,
        min_width=6,
        kind="linear",
        scale="decibel",
        probability=1.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "FilterAugment"
        _check.ordered(owner, min_gain_db=min_gain_db, max_gain_db=max_gain_db)
        _check.positive_int(owner, min_bands=min_bands, max_bands=max_bands)
        _check.ordered(owner, min_bands=min_bands, max_bands=max_bands)
        _check.positive_int(owner, min_width=min_width)
        _check.one_of(owner, ("linear", "step"), kind=kind)
        _check.one_of(owner, ("decibel", "magnitude", "power"), scale=scale)
        self.min_gain_db, self.max_gain_db = min_gain_db, max_gain_db
        self.min_bands, self.max_bands = min_bands, max_bands
        self.min_width, self.kind, self.scale = min_width, kind, scale

    def draw(self, shape):
        gains = (shape[0], self.max_bands + 1)
        return {
            "count": self.uniform(shape[:1]),
            "edges": self.uniform((shape[0], self.max_bands - 1)),
            "gains": self.uniform(gains, self.min_gain_db, self.max_gain_db),
        }

    def transform(self, x, length, draws):  # noqa: ARG002
        freqs = ops.shape(x)[2]
        count = one_of_ints(draws["count"], min_value=self.min_bands, max_value=self.max_bands)
        edges = band_edges(
            count=ops.cast(count, "float32"), draws=draws["edges"], freqs=freqs,
            min_width=self.min_width,
        )  # fmt: skip
        gain = band_gains(
            edges, gains=draws["gains"], freqs=freqs, linear=self.kind == "linear"
        )
        gain = ops.cast(ops.expand_dims(gain, axis=(1, 3)), x.dtype)
        if self.scale == "decibel":
            return x + gain
        return x * ops.power(10.0, gain / _DECIBELS[self.scale])
