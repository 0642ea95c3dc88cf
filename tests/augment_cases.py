"""Every augmentation that `test_augment_contract.py` tries, with its arguments."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kapre_like import augment

RATE = 8000
SAMPLES = 1200


@dataclass(frozen=True)
class Case:
    """One configuration.

    Attributes:
        name: The layer.
        arguments: Its arguments.
        kind: `"waveform"`, `"spectrogram"`, or `"channels"` for a waveform with channels only.
        varied: Whether two draws differ; a fixed change is the same every time.
        smooth: Whether a gradient of the input arrives (a quantizer has none).
        quiet: Whether silence stays silence.
        atol: How near an example alone is to itself in a batch, relative to the peak.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    kind: str = "waveform"
    varied: bool = True
    smooth: bool = True
    quiet: bool = True
    atol: float = 1e-5

    def __str__(self):
        told = ",".join(f"{key}={value!r}" for key, value in self.arguments.items())
        return f"{self.name}({told})"[:70]

    def layer(self, **more):
        return getattr(augment, self.name)(**{"probability": 1.0, **self.arguments, **more})

    def batch(self, examples=3, steps=None, channels=2):
        """Examples of random numbers, the first one quieter."""
        rng = np.random.default_rng(0)
        if self.kind != "spectrogram":
            shape = (examples, SAMPLES if steps is None else steps, channels)
        else:
            shape = (examples, 40 if steps is None else steps, 16, channels)
        x = 0.1 * rng.standard_normal(shape)
        x[:1] *= 0.03
        return x.astype("float32")


CASES = [
    Case("AdditiveNoise", {"power": 0.1}, quiet=False),
    Case("ChannelSwap", kind="channels"),
    Case("Gain"),
    Case("Polarity", varied=False),
    Case("SpecAugment", {"freq_mask_param": 6, "time_mask_param": 9}, "spectrogram"),
]
