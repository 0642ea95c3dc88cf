"""Turns a spectrogram into a sequence for recurrent layers and attention. Keeps the mask."""

import keras
from keras import ops

from kapre_like.ops.masking import zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class FramesToSequence(keras.layers.Layer):
    """Joins bands and channels of each frame into one vector, and keeps the mask.

    Keras's `Reshape` drops a mask, and so do `squeeze` and indexing. Recurrent layers and
    attention read the mask from the tensor. Padded frames become zero.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, bands, channels)`, bands and channels known.

    Output shape:
        `(batch, frames, bands * channels)`, in the layer's compute dtype.

    Example:
        >>> mel = kapre_like.MelSpectrogram(n_fft=512, n_mels=40)(np.zeros((2, 16000, 2)))
        >>> kapre_like.FramesToSequence()(mel).shape
        (2, 126, 80)
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, mask=None):
        frames = ops.shape(inputs)[1]
        # The batch is -1, so that the LiteRT file accepts any batch size.
        size = inputs.shape[2] * inputs.shape[3]
        return ops.reshape(zero_invalid(inputs, mask=mask), (-1, frames, size))

    def compute_output_shape(self, input_shape):
        batch, frames, bands, channels = input_shape
        if bands is None or channels is None:
            raise ValueError(
                "FramesToSequence: expects known bands and channels. "
                f"Received: shape={tuple(input_shape)}."
            )
        return batch, frames, bands * channels
