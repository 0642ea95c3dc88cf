"""A front end of this library in the place of the convolutional feature encoder."""

import keras
from keras import ops

from kapre_like.layers import Chain, FrontEndNormalization
from kapre_like.models.wav2vec2.backbone.front_ends import check_front_end
from kapre_like.ops.masking import length_mask, lengths, zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class FrontEndFeatures(keras.layers.Layer):
    """Waveform to feature vectors: a front end, then mean 0 and variance 1 per clip.

    The moments are those of all bands over a clip's valid frames, so that neither decibels nor
    powers need a scale of their own, and which frames are louder is still to be seen. Frames,
    and which of them are valid, are counted by the front end itself.

    Args:
        front_end: Layer from `(batch, samples, channels)` to `(batch, frames, freqs,
            channels)`, see `front_ends.check_front_end`.
        rate: Int > 0, Hz, of the waveform.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, samples)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, frames, freqs)` in the compute dtype and `(batch,)` int32; zero past
        each clip's last valid frame.

    Raises:
        ValueError: If `front_end` is none, or is made for another rate.
    """

    def __init__(self, *, front_end, rate=16000, **kwargs):
        # A front end wants its samples as they are, under every policy.
        super().__init__(autocast=False, **kwargs)
        check_front_end(front_end, rate)
        self.front_end, self.rate = front_end, rate
        # A chain of one: it hands on mask and training to whatever takes them.
        self.chain = Chain(layers=[front_end], name="chain")
        self.norm = FrontEndNormalization(name="norm", dtype=self.dtype_policy)

    def build(self, input_shape):
        shape = (*input_shape[0], 1)
        if not self.chain.built:
            self.chain.build(shape)
        self.norm.build(self.chain.compute_output_shape(shape))

    def call(self, inputs, training=None):
        waveform, length = inputs
        x = ops.expand_dims(waveform, axis=-1)
        mask = length_mask(x, length=length)
        y = self.chain(x, mask=mask, training=training)
        valid = self.chain.compute_mask(x, mask)
        y = zero_invalid(self.norm(_from_first(y), mask=valid), mask=valid)
        if valid is None:
            # Of one length whatever the clip's: all that there is counts.
            valid = ops.ones_like(y[:, :, 0, 0], dtype="bool")
        y = ops.reshape(y, (ops.shape(y)[0], -1, y.shape[2] * y.shape[3]))
        return ops.cast(y, self.compute_dtype), lengths(valid)

    def compute_output_spec(self, inputs, training=None):
        del training
        waveform, length = inputs
        batch, frames, freqs, channels = self.chain.compute_output_shape((*waveform.shape, 1))
        return (
            keras.KerasTensor((batch, frames, freqs * channels), dtype=self.compute_dtype),
            keras.KerasTensor(length.shape, dtype="int32"),
        )

    def get_config(self):
        front_end = keras.saving.serialize_keras_object(self.front_end)
        return {**super().get_config(), "front_end": front_end, "rate": self.rate}

    @classmethod
    def from_config(cls, config):
        front_end = keras.saving.deserialize_keras_object(config["front_end"])
        return cls(**{**config, "front_end": front_end})


def _from_first(x):
    """Every value less the clip's first, exactly 0 where they differ by rounding alone.

    Silence is one value everywhere, give or take the last bit of a logarithm, and that bit
    would be divided by a deviation of next to nothing.
    """
    first = x[:, :1, :1]
    x = x - first
    return ops.where(ops.abs(x) > 1e-6 * ops.abs(first), x, ops.zeros((), x.dtype))
