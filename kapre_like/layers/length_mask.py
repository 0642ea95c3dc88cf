"""Attaches clip lengths to a padded batch. Arithmetic: `ops.masking`."""

import keras
from keras import ops

from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import WAVEFORM, check_floating, check_shape, working_dtype
from kapre_like.ops.masking import length_mask, zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class LengthMask(FrontEnd):
    """Sets the samples past each clip's length to zero and attaches a Keras mask.

    `y[n] = x[n] if n < length else 0`, and the mask is `mask[n] = n < length`.

    The front-end layers read this mask over samples and attach a mask over frames to their
    output, so a clip has the same values in a padded batch as alone. Keras's convolutions,
    pooling layers and plain operations drop masks, so a network has to pass `length` on by
    itself.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `[waveform, length]`: waveform `(batch, samples)` or `(batch, samples, channels)`,
        floating point; length `(batch,)`, integer, valid samples from the clip's start.

    Output shape:
        `(batch, samples, channels)`, in the unit of the input. A waveform without a channel
        axis becomes one channel. Float32 under every dtype policy except float64. The mask is
        boolean, `(batch, samples)`.

    Raises:
        ValueError: If the input is not such a pair, or if the waveform is not floating point.

    Example:
        >>> x = kapre_like.LengthMask()([np.ones((2, 3)), np.array([3, 1])])
        >>> keras.ops.convert_to_numpy(x)[..., 0].tolist()
        [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]

    Source: TensorFlow, `sequence_mask`.
    """

    def build(self, input_shape):
        _check_pair(input_shape)

    def call(self, inputs):
        waveform, length = inputs
        check_floating("LengthMask", waveform)
        x = ops.cast(waveform, working_dtype(self))
        if len(x.shape) == 2:
            x = ops.expand_dims(x, axis=-1)
        return zero_invalid(x, mask=length_mask(x, length=length))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        waveform, length = inputs
        return length_mask(waveform, length=length)

    def _check_dtype(self, inputs):
        check_floating("LengthMask", inputs[0])

    def _output_shape(self, shape):
        waveform = _check_pair(shape)
        return waveform if len(waveform) == 3 else (*waveform, 1)


def _check_pair(shapes):
    """Returns the waveform's shape; raises if the pair of shapes is invalid."""
    if len(shapes) != 2 or isinstance(shapes[0], (int, type(None))):
        raise ValueError(
            f"LengthMask: expects [waveform, length]. Received: shape={tuple(shapes)}."
        )
    waveform, length = tuple(shapes[0]), tuple(shapes[1])
    full = waveform if len(waveform) != 2 else (*waveform, 1)
    check_shape("LengthMask", full, WAVEFORM, "Give (batch, samples) for one channel.")
    if length[1:] not in ((), (1,)) or not length:
        raise ValueError(
            f"LengthMask: `length` must be one integer per clip, (batch,). "
            f"Received: shape={length}."
        )
    return waveform
