"""Channels in a random order as a layer. Arithmetic: `ops.channel_swap`."""

import keras
from keras import ops

from kapre_like.layers._augmentation import Augmentation
from kapre_like.layers._inputs import SPECTROGRAM, WAVEFORM, check_shape
from kapre_like.ops.channel_swap import permuted


@keras.saving.register_keras_serializable(package="kapre_like")
class ChannelSwap(Augmentation):
    """Puts the channels of every clip in a random order while training.

    All orders are equally likely, the given one among them; each call draws anew for each
    clip. At inference, and for one channel, the result is the input. A mask is handed on; the
    padding changes channels with its clip. Output is float32 under every policy but float64.

    Args:
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If `seed` is no such number, or the input has another rank or no channel,
            or is not floating point.

    Example:
        >>> stereo = np.array([[[1.0, -1.0]]])
        >>> y = kapre_like.ChannelSwap(seed=0)(stereo, training=True)
        >>> sorted(keras.ops.convert_to_numpy(y)[0, 0].tolist())
        [-1.0, 1.0]

    Source: Kapre 0.4.1 `ChannelSwap`; there a whole batch has one order, and a graph the one
        that it was traced with.
    """

    def __init__(self, *, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)

    def _check_axes(self, shape):
        expects = SPECTROGRAM if len(shape) == 4 else WAVEFORM
        check_shape("ChannelSwap", shape, expects, "Spectrograms have one axis more.")

    def _augmented(self, x, mask):  # noqa: ARG002
        if x.shape[-1] == 1:
            return x
        shape = ops.shape(x)
        draws = self._uniform((shape[0], shape[-1]))
        return permuted(x, draws=draws, axis=len(x.shape) - 1)
