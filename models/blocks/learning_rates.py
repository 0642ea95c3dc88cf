"""A learning-rate schedule, learning rates per layer, and a scaled gradient."""

import re

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class LinearCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to `peak`, then linear decay to 0.

    The rate is `peak * min(step / warmup, (steps - step) / (steps - warmup))`. Step 0 uses the
    rate of step 1, because a rate of 0 would waste the first batch.

    Args:
        peak: Float > 0, the highest rate.
        steps: Int > 0, total steps. With gradient accumulation a step is a batch, as in Keras.
        warmup: Int > 0, at most `steps`, the step with the rate `peak`.

    Raises:
        ValueError: If an argument is out of its domain.
    """

    def __init__(self, *, peak, steps, warmup):
        super().__init__()
        _check.positive("LinearCycle", peak=peak)
        _check.positive_int("LinearCycle", steps=steps, warmup=warmup)
        if warmup > steps:
            _check.fail("LinearCycle", "warmup", f"at most steps={steps}", warmup)
        self.peak, self.steps, self.warmup = peak, steps, warmup

    def __call__(self, step):
        step = ops.maximum(ops.cast(step, "float32"), 1.0)
        up = step / self.warmup
        down = (self.steps - step) / max(1, self.steps - self.warmup)
        return self.peak * ops.clip(ops.minimum(up, ops.where(up <= 1, 1.0, down)), 0.0, 1.0)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}


# Variables without weight decay: scales, offsets and biases need not be near 0.
_UNDECAYED = re.compile(r"(bias|gamma|beta|embedding|layer_weights)$")


@keras.saving.register_keras_serializable(package="kapre_like")
class LayerRates(keras.optimizers.Adam):
    """AdamW with a learning-rate multiplier per layer, which also scales the weight decay.

    A layer with the multiplier `m` is trained with the rate `m * learning_rate`. Scaling its
    gradient by `m` would not do this, because Adam divides by the gradient's magnitude.

    Args:
        learning_rate: Float > 0, or a schedule.
        multipliers: Dict of layer name to float > 0. The layer name is the first part of a
            variable's path. Layers that are not in the dict have the multiplier 1.
        decay: Float >= 0, decoupled weight decay: `w -= m * learning_rate * decay * w` before
            each step. Biases, scales and offsets have none.
        **kwargs: Arguments of `keras.optimizers.Adam`, such as `global_clipnorm` and
            `gradient_accumulation_steps`.

    Raises:
        ValueError: If an argument is out of its domain.

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; rates
        by depth: J. Howard, S. Ruder, "Universal Language Model Fine-tuning", ACL 2018.
    """

    def __init__(self, learning_rate=0.001, *, multipliers=None, decay=0.01, **kwargs):
        # Keras's weight decay has one rate for all variables. `update_step` applies a rate per
        # layer instead.
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


@keras.saving.register_keras_serializable(package="kapre_like")
class GradientScale(keras.layers.Layer):
    """Identity whose gradient is multiplied by `scale`.

    Args:
        scale: Float >= 0; 0 stops the gradient.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any.

    Output shape:
        The input's.
    """

    def __init__(self, *, scale=0.1, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative("GradientScale", scale=scale)
        self.scale = scale

    def call(self, inputs):
        still = ops.stop_gradient(inputs)
        return still + self.scale * (inputs - still)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
