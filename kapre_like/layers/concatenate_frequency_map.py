"""A channel of frequencies beside a spectrogram, as a layer. Arithmetic: `ops`."""

import keras
from keras import ops

from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.frequency_map import concatenate_frequency_map
from kapre_like.ops.masking import zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class ConcatenateFrequencyMap(SpectrogramLayer):
    """Appends one channel that tells convolutions how high a value stands.

    Its value is `k / (freqs - 1)` at bin `k`, from 0 to 1, the same in every frame;
    convolutions alone see no difference between low and high. Put it right before one: a
    batch normalization would scale it.

    A mask is handed on, and what it leaves out becomes zero, the map included: a convolution
    that pads with zeros meets behind a clip what it would if the clip were alone.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        `(batch, frames, freqs, channels + 1)`, in the policy's compute dtype.

    Raises:
        ValueError: If the input has another rank or no channel, or is not floating point.

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
