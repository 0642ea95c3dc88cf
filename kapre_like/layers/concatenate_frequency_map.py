"""A frequency channel for spectrograms as a layer. Arithmetic: `ops`."""

import keras
from keras import ops

from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.filterbank import concatenate_frequency_map
from kapre_like.ops.masking import zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class ConcatenateFrequencyMap(SpectrogramLayer):
    """Appends a channel that contains the normalized frequency of each bin.

    `y[t, k, c] = x[t, k, c]` for the channels of the input, and
    `y[t, k, channels] = k / (freqs - 1)` for the new channel, which runs from 0 to 1 in every
    frame.

    A convolution has the same response at all frequencies. With the new channel it can
    distinguish low from high ones. Place this layer directly before a convolution, because a
    batch normalization would rescale the channel.

    The output keeps the input's mask. Masked frames are set to zero, including the new channel,
    so a convolution with zero padding sees after a clip what it sees after the clip alone.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        `(batch, frames, freqs, channels + 1)`, in the policy's compute dtype. The input's
        channels keep their unit; the last channel has none.

    Raises:
        ValueError: If the input has the wrong rank, no channels, or is not floating point.

    Example:
        >>> y = kapre_like.ConcatenateFrequencyMap()(np.ones((1, 1, 3, 1)))
        >>> keras.ops.convert_to_numpy(y)[0, 0].tolist()
        [[1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]

    Source: Kapre 0.4.1 `ConcatenateFrequencyMap`; K. Koutini, H. Eghbal-zadeh, G. Widmer,
        Receptive-field-regularized CNN variants for acoustic scene classification, 2019.
    """

    stream_stage = EACH_FRAME
    _follows_policy = True

    def call(self, inputs, mask=None):
        check_floating("ConcatenateFrequencyMap", inputs)
        x = ops.cast(inputs, self.compute_dtype)
        return zero_invalid(concatenate_frequency_map(x), mask=mask)

    def _output_shape(self, shape):
        batch, frames, freqs, channels = shape
        return (batch, frames, freqs, None if channels is None else channels + 1)
