"""Cuts a spectrogram into patches of equal size, and runs a network on each of them.

`PatchPadding`, a front end, `CutPatches` and `PerPatch` apply a network for spectrograms with a
fixed number of frames to whole clips. A clip has the same patches alone and in a batch.
"""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask, lengths, zero_invalid
from kapre_like.ops.sizes import greatest

PARTIAL = ("pad", "drop")


@keras.saving.register_keras_serializable(package="kapre_like")
class PatchPadding(keras.layers.Layer):
    """Pads each clip with zeros to a whole number of patches, at least one.

    Args:
        samples: Int > 0, samples of the first patch.
        hop_length: Int in 1 .. `samples`, samples between the starts of patches.
        partial: How samples after the last whole patch are treated: `"pad"` pads them to one
            more patch, `"drop"` drops them.
        context: Int >= 0, zeros added on each side of a clip first, so that the first and last
            samples are in as many patches as the others.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, time)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, samples + n * hop_length)` float32 with zeros past each clip's end, and
        the new length of each clip, `(batch,)` int32, padding included.

    Raises:
        ValueError: If an argument is out of its domain.
    """

    def __init__(self, *, samples, hop_length, partial="pad", context=0, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("PatchPadding", samples=samples, hop_length=hop_length)
        if hop_length > samples:
            _check.fail("PatchPadding", "hop_length", f"at most samples={samples}", hop_length)
        _check.one_of("PatchPadding", PARTIAL, partial=partial)
        _check.non_negative_int("PatchPadding", context=context)
        self.context = context
        self.samples, self.hop_length, self.partial = samples, hop_length, partial

    def call(self, inputs):
        waveform, length = inputs
        waveform = ops.cast(waveform, "float32")
        mask = length_mask(waveform, length=length)
        x = zero_invalid(ops.expand_dims(waveform, -1), mask=mask)[..., 0]
        # `samples` zeros are always enough. The slice below removes the surplus: only a slice
        # may have an unknown size on every backend.
        x = ops.pad(x, [[0, 0], [self.context, self.context + self.samples]])
        needed = self.samples - 2 * self.context
        rest = greatest(ops.shape(waveform)[1] - needed, 0)
        longer = ops.maximum(lengths(mask) - needed, 0)
        return x[:, : self._whole(rest)], self._whole(longer)

    def _whole(self, rest):
        """Returns the samples of all patches if `rest` samples follow the first patch."""
        more = self.hop_length - 1 if self.partial == "pad" else 0
        return self.samples + (rest + more) // self.hop_length * self.hop_length

    def compute_output_spec(self, inputs):
        batch, time = inputs[0].shape
        added = 2 * self.context - self.samples
        width = None if time is None else self._whole(max(time + added, 0))
        return (
            keras.KerasTensor((batch, width), dtype="float32"),
            keras.KerasTensor((batch,), dtype="int32"),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "samples": self.samples,
            "hop_length": self.hop_length,
            "partial": self.partial,
            "context": self.context,
        }


@keras.saving.register_keras_serializable(package="kapre_like")
class CutPatches(keras.layers.Layer):
    """Cuts a spectrogram into patches of `frames` frames.

    Args:
        frames: Int > 0, frames of a patch.
        hop: Int > 0, frames between the starts of patches.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, time, freqs, channels)` with at least `frames` frames, with or without a Keras
        mask `(batch, time)`.

    Output shape:
        A pair: `(batch, patches, frames, freqs, channels)`, and the number of whole patches of
        each clip, `(batch,)` int32, at least 1.

    Raises:
        ValueError: If an argument is not an int > 0.
    """

    def __init__(self, *, frames, hop, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("CutPatches", frames=frames, hop=hop)
        self.frames, self.hop = frames, hop
        self.supports_masking = True

    def call(self, inputs, mask=None):
        ends = inputs[:1, self.frames - 1 :: self.hop, 0, 0]
        # `arange` of an unknown number is not available in every export format.
        start = (ops.cumsum(ops.ones_like(ends[0], dtype="int32")) - 1) * self.hop
        index = ops.expand_dims(start, 1) + ops.arange(self.frames, dtype="int32")
        patches = ops.take(inputs, index, axis=1)
        return patches, _whole_patches(inputs, mask, self.frames, self.hop)

    def compute_mask(self, inputs, mask=None):
        del inputs, mask
        return None, None

    def compute_output_spec(self, inputs, mask=None):
        del mask
        batch, time, *inner = inputs.shape
        patches = None if time is None else max(time - self.frames, 0) // self.hop + 1
        return (
            keras.KerasTensor((batch, patches, self.frames, *inner), dtype=inputs.dtype),
            keras.KerasTensor((batch,), dtype="int32"),
        )

    def get_config(self):
        return {**super().get_config(), "frames": self.frames, "hop": self.hop}


@keras.saving.register_keras_serializable(package="kapre_like")
class CountPatches(keras.layers.Layer):
    """Counts the patches that `CutPatches` would cut, without cutting them.

    Also counts the output steps of convolutions and pooling without padding: `frames` is then
    the receptive field of a step, and `hop` the product of the strides.

    Args:
        frames: Int > 0, frames of a patch.
        hop: Int > 0, frames between the starts of patches.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, time, freqs, channels)`, with or without a Keras mask `(batch, time)`.

    Output shape:
        `(batch,)` int32, at least 1.

    Raises:
        ValueError: If an argument is not an int > 0.
    """

    def __init__(self, *, frames, hop, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("CountPatches", frames=frames, hop=hop)
        self.frames, self.hop = frames, hop
        self.supports_masking = True

    def call(self, inputs, mask=None):
        return _whole_patches(inputs, mask, self.frames, self.hop)

    def compute_mask(self, inputs, mask=None):
        del inputs, mask

    def compute_output_spec(self, inputs, mask=None):
        del mask
        return keras.KerasTensor((inputs.shape[0],), dtype="int32")

    def get_config(self):
        return {**super().get_config(), "frames": self.frames, "hop": self.hop}


@keras.saving.register_keras_serializable(package="kapre_like")
class PerPatch(keras.layers.Layer):
    """Runs a network on every patch of every clip.

    Args:
        network: Functional `keras.Model` from `(patches, ...)` to `(patches, channels)`, or to
            a list of such tensors.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, patches, ...)`.

    Output shape:
        `(batch, patches, channels)`, or a list of these.

    Weights:
        Those of `network`.
    """

    def __init__(self, *, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network

    def build(self, input_shape):
        del input_shape

    def call(self, inputs, training=None):
        flat = ops.reshape(inputs, (-1, *inputs.shape[2:]))
        batch, patches = ops.shape(inputs)[:2]
        outputs = self.network(flat, training=training)
        return keras.tree.map_structure(
            lambda x: ops.reshape(x, (batch, patches, *x.shape[1:])), outputs
        )

    def compute_output_spec(self, inputs, training=None):
        del training
        batch, patches = inputs.shape[:2]
        return keras.tree.map_structure(
            lambda x: keras.KerasTensor((batch, patches, *x.shape[1:]), dtype=x.dtype),
            _plain(self.network.outputs),
        )

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def _whole_patches(inputs, mask, frames, hop):
    """Returns the number of whole patches of each clip, at least 1."""
    if mask is None:
        mask = ops.ones_like(inputs[:, :, 0, 0], dtype="bool")
    return ops.cast(ops.maximum(lengths(mask) - frames, 0) // hop + 1, "int32")


def _plain(outputs):
    """Returns a single output without its list, as a call of the model does."""
    return outputs[0] if len(outputs) == 1 else list(outputs)
