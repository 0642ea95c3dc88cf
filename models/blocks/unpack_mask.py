"""From a Keras mask, which most layers drop, to a tensor, which none can."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class UnpackMask(keras.layers.Layer):
    """Takes the frame mask off a spectrogram and hands it on as a tensor of ones and zeros.

    Convolutions and pools of Keras drop masks, so a network carries this tensor beside its
    activations, pools it as they are pooled, and zeroes with it what lies past a clip's end.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, with or without a Keras mask `(batch, frames)`;
        without one every frame is valid.

    Output shape:
        A pair: the input with zeros past each clip's end, and `valid`
        `(batch, frames, 1, 1)`, both in the layer's compute dtype and without a Keras mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, mask=None):
        if mask is None:
            valid = ops.ones_like(inputs[:, :, :1, :1])
        else:
            valid = ops.expand_dims(ops.cast(mask, inputs.dtype), axis=(2, 3))
        return inputs * valid, valid

    def compute_mask(self, inputs, mask=None):
        del inputs, mask
        return None, None

    def compute_output_shape(self, input_shape):
        batch, frames = tuple(input_shape)[:2]
        return tuple(input_shape), (batch, frames, 1, 1)
