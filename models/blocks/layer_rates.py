"""AdamW with a learning rate per layer."""

import re

import keras

from kapre_like import _check

# Scales, offsets and biases are pulled to no particular value.
_UNDECAYED = re.compile(r"(bias|gamma|beta|embedding|layer_weights)$")


@keras.saving.register_keras_serializable(package="kapre_like")
class LayerRates(keras.optimizers.Adam):
    """AdamW whose steps, decay included, are scaled layer by layer.

    A layer with the multiplier `m` makes the step of a learning rate `m * learning_rate`. (A
    gradient scaled by `m` would not: Adam divides by the gradient's own size.)

    Args:
        learning_rate: Float > 0, or a schedule.
        multipliers: Dict of layer name to float > 0: the first part of a variable's path.
            Layers that are not named have 1.
        decay: Float >= 0, decoupled weight decay: `w -= m * learning_rate * decay * w` before
            each step, but for biases, scales and offsets.
        **kwargs: Of `keras.optimizers.Adam`, such as `global_clipnorm` and
            `gradient_accumulation_steps`.

    Raises:
        ValueError: If an argument is out of its domain.

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; rates
        by depth: J. Howard, S. Ruder, "Universal Language Model Fine-tuning", ACL 2018.
    """

    def __init__(self, learning_rate=0.001, *, multipliers=None, decay=0.01, **kwargs):
        # Keras' own decay knows one rate only; here `update_step` does it.
        kwargs["weight_decay"] = None
        super().__init__(learning_rate, **kwargs)
        _check.non_negative("LayerRates", decay=decay)
        if not isinstance(multipliers, dict | None):
            _check.fail(
                "LayerRates", "multipliers", "a dict of layer name to rate", multipliers
            )
        for name, value in (multipliers or {}).items():
            _check.positive("LayerRates", **{f"multipliers[{name!r}]": value})
        self.multipliers, self.decay = dict(multipliers or {}), decay

    def build(self, variables):
        super().build(variables)
        self._scales = [self.multipliers.get(v.path.partition("/")[0], 1.0) for v in variables]
        self._decays = [
            0.0 if _UNDECAYED.search(v.path) else float(self.decay) for v in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        rate = keras.ops.cast(learning_rate, variable.dtype) * self._scales[index]
        if self._decays[index]:
            self.assign_sub(variable, variable * (rate * self._decays[index]))
        super().update_step(gradient, variable, rate)

    def get_config(self):
        config = super().get_config()
        del config["weight_decay"]
        return {**config, "multipliers": self.multipliers, "decay": self.decay}
