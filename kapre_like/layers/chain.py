"""Front-end layers in a row as one layer."""

import inspect

import keras

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd


@keras.saving.register_keras_serializable(package="kapre_like")
class Chain(FrontEnd):
    """Calls its layers in order and passes the mask from each layer to the next.

    `y = layers[-1](... layers[1](layers[0](x)))`.

    `Chain` is for front-end layers what `keras.Sequential` is for models. It adds `one(x)` for
    a single clip, `frame_lengths`, and a mask that stays correct through the last layer. The
    presets are chains.

    Args:
        layers: List of at least one Keras layer. Each layer receives the output of the layer
            before it.
        **kwargs: Base layer arguments, such as `name` and `dtype`; each layer in the chain has
            its own dtype policy.

    Input shape:
        That of the first layer.

    Output shape:
        That of the last layer.

    Weights:
        Those of the layers.

    Raises:
        ValueError: If `layers` is not a list of Keras layers or is empty.

    Example:
        >>> mel = kapre_like.MelSpectrogram(n_fft=512, n_mels=40, decibel=False)
        >>> log = kapre_like.LogCompression(offset=0.01)
        >>> kapre_like.Chain(layers=[mel, log])(np.zeros((2, 16000, 1))).shape
        (2, 126, 40, 1)

    Source: Keras, `Sequential`.
    """

    def __init__(self, *, layers, **kwargs):
        super().__init__(**kwargs)
        right = isinstance(layers, (list, tuple)) and len(layers) > 0
        if not right or not all(isinstance(layer, keras.layers.Layer) for layer in layers):
            _check.fail("Chain", "layers", "a list of one Keras layer or more", layers)
        self.layers = list(layers)

    def build(self, input_shape):
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs, mask=None, training=None):
        for layer in self.layers:
            masked, trained = _takes(layer)
            options = {"mask": mask} if masked else {}
            outputs = layer(inputs, **options, **({"training": training} if trained else {}))
            mask = layer.compute_mask(inputs, mask)
            inputs = outputs
        return inputs

    def compute_mask(self, inputs, previous_mask=None):
        for layer in self.layers:
            previous_mask = layer.compute_mask(inputs, previous_mask)
        return previous_mask

    def compute_output_shape(self, input_shape):
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return tuple(input_shape)

    def compute_output_spec(self, inputs, mask=None, training=None):  # noqa: ARG002
        for layer in self.layers:
            inputs = layer.compute_output_spec(inputs)
        return inputs

    def frame_lengths(self, length):
        """Returns the valid frames of clips with `length` valid samples, int32."""
        for layer in self.layers:
            own = "sample_lengths" if hasattr(layer, "sample_lengths") else "frame_lengths"
            length = getattr(layer, own)(length) if hasattr(layer, own) else length
        return length

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config):
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})


def _takes(layer):
    """Returns whether the layer's `call` has the arguments `mask` and `training`."""
    parameters = inspect.signature(layer.call).parameters
    return "mask" in parameters, "training" in parameters
