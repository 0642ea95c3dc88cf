"""Kapre's swapping of channels. Arithmetic: `ops.segments`."""

import keras

from kapre_like.kapre._random_layer import RandomLayer
from kapre_like.kapre.backend import _CH_FIRST_STR
from kapre_like.ops.segments import permuted


@keras.saving.register_keras_serializable(package="Kapre")
class ChannelSwap(RandomLayer):
    """Puts the channels in a random order while training, one order for the whole batch.

    All orders are equally likely, and each call draws anew; Kapre's graphs repeat the order
    that they were traced with. `kapre_like.ChannelSwap` gives each clip its own.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Waveforms or spectrograms with three axes or four, the last one or, with
        `channels_first`, the second one the channels. Any at inference.

    Output shape:
        That of the input; floats in float32, float64 under a float64 policy, half precision
        as it is under mixed precision; integers as they are.

    Raises:
        TypeError: If `data_format` is no string.
        ValueError: If it is another string; in training, if the input does not fit.

    Example:
        >>> stereo = np.array([[[1.0, -1.0]]])
        >>> swapped = kapre_like.kapre.ChannelSwap()(stereo, training=True)
        >>> sorted(keras.ops.convert_to_numpy(swapped)[0, 0].tolist())
        [-1.0, 1.0]
    """

    _ranks = (3, 4)

    def __init__(self, data_format="default", **kwargs):
        super().__init__(data_format=data_format, **kwargs)

    def _axis(self, shape):
        return 1 if self.data_format == _CH_FIRST_STR else len(shape) - 1

    def _check_input(self, shape):
        super()._check_input(shape)
        if not shape[self._axis(shape)]:
            raise ValueError(
                "ChannelSwap: expects a known number of channels, one at least. "
                f"Received: shape={tuple(shape)}, data_format={self.data_format!r}."
            )

    def _augmented(self, x):
        axis = self._axis(x.shape)
        if x.shape[axis] == 1:
            return x
        return permuted(x, draws=self._draws(1, x.shape[axis]), axis=axis)
