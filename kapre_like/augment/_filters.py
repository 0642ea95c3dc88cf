"""The base class and the checks of augmentations that apply random filters."""

import math

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.convolution import PIECES, convolve
from kapre_like.ops.lowering import over_clips

_MAX_ORDER = 12
# Default upper frequency as a share of the sample rate. Near half the rate, filters become
# very narrow.
_TOP_SHARE = 0.45


class FilterAugmentation(Augmentation):
    """Base class of augmentations that filter each example with its own kernel.

    A subclass implements `draw` and `kernels(draws)`.
    """

    def kernels(self, draws):
        """Returns causal kernels `(batch, taps)`."""
        raise NotImplementedError

    def transform(self, x, length, draws):  # noqa: ARG002
        # The kernels are causal, so no valid sample depends on the padding.
        draws = {name: ops.cast(value, x.dtype) for name, value in draws.items()}
        return over_clips(
            lambda x, kernel: convolve(x, kernel=kernel, delay=0),
            x, self.kernels(draws), max_pieces=PIECES,
        )  # fmt: skip

    def log_uniform(self, shape, low_hz, high_hz):
        """Returns frequencies whose logarithm is uniform, in radians per sample."""
        logarithm = self.uniform(shape, math.log(low_hz), math.log(high_hz))
        # Rounding may leave the range.
        hz = keras.ops.clip(ops.exp(logarithm), low_hz, high_hz)
        return hz * (2.0 * math.pi / self.sample_rate)


def check_order(owner, order):
    """Raises unless float32 can represent the response of a filter of this order."""
    _check.positive_int(owner, order=order)
    if order > _MAX_ORDER:
        _check.fail(owner, "order", f"an int in 1 .. {_MAX_ORDER}", order)


def check_band(owner, sample_rate, **frequencies):
    """Raises unless two frequencies are a range below half the sample rate.

    Returns:
        The upper frequency; 0.45 of the sample rate if it is `None`.
    """
    _check.audio_rate(owner, sample_rate=sample_rate)
    (low_name, low), (high_name, high) = frequencies.items()
    if high is None:
        high = frequencies[high_name] = _TOP_SHARE * sample_rate
    _check.positive(owner, **{low_name: low})
    _check.ordered(owner, **frequencies)
    if high >= sample_rate / 2:
        rule = f"below half of sample_rate={sample_rate}"
        _check.fail(owner, high_name, rule, high)
    return high
