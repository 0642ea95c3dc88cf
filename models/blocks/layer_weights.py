"""One sequence from those of every depth: a learned mean over the layers."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class LayerWeights(keras.layers.Layer):
    """Adds up hidden states of every depth: `y = sum_i softmax(w)_i x_i`.

    Starts as their plain mean. After training `softmax(w)` says which depths the task needs.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list of tensors `(batch, frames, channels)`, one per depth.

    Output shape:
        That of one of them.

    Weights:
        `weights (depths,)`, as attribute `layer_weights` (`weights` is Keras's own).

    Source: M. Peters et al., "Deep Contextualized Word Representations", NAACL 2018, section
        3.2, without its scale; `use_weighted_layer_sum` of transformers 5.23.
    """

    def build(self, input_shape):
        depths = len(input_shape)
        self.layer_weights = self.add_weight(
            shape=(depths,), initializer=keras.initializers.Constant(1 / depths), name="weights"
        )

    def call(self, inputs):
        shares = ops.softmax(ops.cast(self.layer_weights, "float32"))
        shares = ops.cast(shares, self.compute_dtype)
        return sum(x * shares[i] for i, x in enumerate(inputs))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])
