"""A learning rate that rises in a straight line, and falls in one."""

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class LinearCycle(keras.optimizers.schedules.LearningRateSchedule):
    """`peak * min(step / warmup, (steps - step) / (steps - warmup))`, from 0 to 0.

    Step 0 has the rate of step 1: a first step without a rate would be lost.

    Args:
        peak: Float > 0, the rate at the top.
        steps: Int > 0, all of them; with gradient accumulation Keras counts batches.
        warmup: Int > 0, at most `steps`: where the top is.

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
