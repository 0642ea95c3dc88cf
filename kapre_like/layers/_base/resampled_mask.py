"""A mask over samples at another rate, also while a functional model is drawn up."""

import keras

from kapre_like.filters.resampling import resampled_count
from kapre_like.ops.resampling import resampled_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class ResampledMask(keras.Operation):
    """`ops.resampling.resampled_mask` with a shape that can be told without a mask.

    A functional model holds the masks' operations beside the layers. Plain operations would
    have to do arithmetic on a length that is not known yet.

    Args:
        source: Int > 0, samples in per period.
        target: Int > 0, samples out per period.
        name: Name in the model.
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
