"""What all front-end layers have in common."""

import inspect
from types import MappingProxyType

import keras
from keras import ops

from kapre_like.layers._inputs import plain


class FrontEnd(keras.layers.Layer):
    """Arithmetic in float32 under every policy, masks handed on, one clip without a batch.

    A layer takes its arguments by keyword and keeps each, as it was given, in an attribute of
    its name: that is its configuration.
    """

    # Arguments whose name the base class has taken, and the attribute that holds them.
    _attribute_of = MappingProxyType({})

    def __init__(self, **kwargs):
        # Inputs must arrive as they are: float16 would flush a quiet clip's power to zero.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    def one(self, inputs):
        """Returns the layer's output for one clip without a batch axis.

        Args:
            inputs: What the layer takes, without its first axis; for `tf.data.Dataset.map`
                before batching.
        """
        batch = keras.tree.map_structure(
            lambda x: ops.expand_dims(ops.convert_to_tensor(x), axis=0), inputs
        )
        outputs = self(batch)
        return keras.tree.map_structure(lambda y: ops.squeeze(y, axis=0), outputs)

    def get_config(self):
        own = {
            name: plain(getattr(self, self._attribute_of.get(name, name)))
            for name, parameter in inspect.signature(type(self).__init__).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        return {**super().get_config(), **own}
