"""Sample mask after resampling, as an operation that functional models can contain."""

import keras

from kapre_like.filters.resampling import resampled_count
from kapre_like.ops.resampling import resampled_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class ResampledMask(keras.Operation):
    """Applies `ops.resampling.resampled_mask` and declares its output shape.

    A functional model contains the operations on masks beside its layers. Without a declared
    shape they would compute with a length that is unknown during tracing.

    Args:
        source: Int > 0, input samples per period.
        target: Int > 0, output samples per period.
        name: Name of the operation in the model.
    """

    def __init__(self, source, target, name=None):
        super().__init__(name=name)
        self.source, self.target = source, target

    def call(self, mask):
        return resampled_mask(mask, source=self.source, target=self.target)

    def compute_output_spec(self, mask):
        batch, samples = mask.shape
        if samples is not None:
            samples = resampled_count(samples, self.source, self.target)
        return keras.KerasTensor((batch, samples), dtype="bool")

    def get_config(self):
        return {"source": self.source, "target": self.target, "name": self.name}
