"""Which frames pretraining hides, drawn for each batch."""

import keras

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.spans import random_spans


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanSampling(keras.layers.Layer):
    """Draws spans of frames to hide, in training and in inference, anew for each batch.

    Args:
        probability: Float in (0, 1], share of frames hidden if no spans overlapped.
        length: Int > 0, frames per span.
        least: Int >= 0, spans per clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Bool `(batch, frames)`, which frames are valid.

    Output shape:
        That of the input, bool.

    Source: as `SpanMasking`.
    """

    def __init__(self, *, probability=0.65, length=10, least=2, **kwargs):
        super().__init__(**kwargs)
        _check.positive("SpanSampling", probability=probability)
        if probability > 1:
            _check.fail("SpanSampling", "probability", "in (0, 1]", probability)
        _check.positive_int("SpanSampling", length=length)
        _check.non_negative_int("SpanSampling", least=least)
        self.probability, self.length, self.least = probability, length, least
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, valid):
        return random_spans(
            valid,
            probability=self.probability,
            length=self.length,
            least=self.least,
            seed=self.seed_generator,
        )

    def compute_output_spec(self, valid):
        return keras.KerasTensor(valid.shape, dtype="bool")

    def get_config(self):
        own = {name: getattr(self, name) for name in ("probability", "length", "least")}
        return {**super().get_config(), **own}
