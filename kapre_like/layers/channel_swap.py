"""Channels in a random order as a layer. Arithmetic: `ops.segments`."""

import keras

from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.layers._base.inputs import SPECTROGRAM, WAVEFORM
from kapre_like.ops.segments import permuted


@keras.saving.register_keras_serializable(package="kapre_like")
class ChannelSwap(Augmentation):
    """Permutes the channels of each clip at random during training.

    `y[..., c] = x[..., order[c]]`, where `order` is a random permutation of the channels. All
    permutations are equally likely, including the identity. Every call draws a new one for each
    clip. At inference, and for one channel, the output is the input.

    The output keeps the input's mask. The padding is permuted with its clip. The arithmetic is
    float32 under every dtype policy except float64.

    Args:
        probability: Number in 0 .. 1, the probability that the layer changes an example.
        seed: `None`, or int >= 0. New layers with the same seed draw the same numbers in the
            same order.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or if the input has the wrong rank, no
            channels, or is not floating point.

    Example:
        >>> stereo = np.array([[[1.0, -1.0]]])
        >>> y = kapre_like.ChannelSwap(seed=0)(stereo, training=True)
        >>> sorted(keras.ops.convert_to_numpy(y)[0, 0].tolist())
        [-1.0, 1.0]

    Source: Kapre 0.4.1 `ChannelSwap`; there all clips of a batch share one order, and a graph
        keeps the order that it was traced with.
    """

    axes = (WAVEFORM, SPECTROGRAM)

    def __init__(self, *, probability=1.0, seed=None, **kwargs):
        super().__init__(probability=probability, seed=seed, **kwargs)

    def draw(self, shape):
        return {"order": self.uniform((shape[0], shape[-1]))}

    def transform(self, x, length, draws):  # noqa: ARG002
        if x.shape[-1] == 1:
            return x
        return permuted(x, draws=draws["order"], axis=len(x.shape) - 1)
