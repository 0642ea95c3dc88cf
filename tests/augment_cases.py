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
        always: Whether every example is changed, so that there is no `probability`.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    kind: str = "waveform"
    varied: bool = True
    smooth: bool = True
    quiet: bool = True
    atol: float = 1e-5
    always: bool = False

    def __str__(self):
        shown = {key: value for key, value in self.arguments.items() if key != "bank"}
        text = ",".join(f"{key}={value!r}" for key, value in shown.items())
        return f"{self.name}({text})"[:70]

    def layer(self, **more):
        chance = {} if self.always else {"probability": 1.0}
        arguments = dict(self.arguments)
        if "layers" in arguments:  # names and arguments: each layer has layers of its own
            inner = arguments["layers"]
            arguments["layers"] = [getattr(augment, name)(**own) for name, own in inner]
        return getattr(augment, self.name)(**{**chance, **arguments, **more})

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


def bank(clips, seconds):
    """Noise that decays, as a list of recordings of several lengths."""
    rng = np.random.default_rng(1)
    lengths = [int(RATE * seconds) - 7 * clip for clip in range(clips)]
    return [
        (rng.standard_normal(n) * np.exp(-5 * np.arange(n) / n)).astype("float32")
        for n in lengths
    ]


SHORT_ROOM = {"sample_rate": RATE, "min_rt60": 0.1, "max_rt60": 0.2, "max_order": 3}
HIGH = {"sample_rate": RATE, "min_cutoff_hz": 100, "max_cutoff_hz": 2000}
BANK = {"kind": "bank", "bank": bank(3, 0.05), "sample_rate": RATE}

# Not below 1: the array's end, and not the padding, then cuts what follows.
SPEED = ("SpeedPerturb", {"min_speed": 1.0, "max_speed": 1.25, "probability": 0.7})
SHIFT = ("TimeShift", {"max_shift_s": 0.02})
HIDE = ("SpecAugment", {"freq_mask_param": 6, "time_mask_param": 9})
MOVE = ("FrequencyShift", {"max_shift": 6, "probability": 0.5})
CASES = [
    Case("AddNoise", {"sample_rate": RATE}),
    Case("AddNoise", {"kind": "pink", "sample_rate": RATE}),
    Case("AddNoise", {"kind": "brown", "sample_rate": RATE, "min_snr_db": 10}),
    Case("AddNoise", {"kind": ["white", "pink", "brown"], "sample_rate": RATE}),
    Case("AddNoise", BANK),
    Case("AdditiveNoise", {"power": 0.1}, quiet=False),
    Case("BandPass", {"sample_rate": RATE}),
    Case("ChannelSwap", kind="channels"),
    # A rounding error of 1e-7 moves a sample by one level of the quantizer, 4 % at the peak.
    Case("CodecSimulation", {"sample_rate": RATE, "min_loss": 0.3, "max_loss": 0.6}, atol=0.05),
    Case(
        "CodecSimulation",
        {"sample_rate": RATE, "mu_law": False, "concealment": "repeat", "max_loss": 0.5},
    ),
    Case("Equalizer", {"sample_rate": RATE}),
    Case("HighPass", HIGH),
    Case("LowPass", {**HIGH, "order": 3}),
    Case("Reverberate", {"bank": bank(4, 0.2), "sample_rate": RATE}),
    Case("SimulatedRoom", SHORT_ROOM),
    Case("Clip", {"min_share": 0.1, "max_share": 0.8}),
    Case("Compose", {"layers": [("Gain", {}), SPEED, SHIFT]}),
    Case("Compose", {"layers": [HIDE, MOVE]}, "spectrogram"),
    Case("DropChunk", {"min_length": 5, "max_length": 200}),
    Case("FilterAugment", {}, "spectrogram", quiet=False),
    Case("FilterAugment", {"kind": "step", "scale": "power", "min_width": 1}, "spectrogram"),
    Case("FrequencyShift", {"max_shift": 20}, "spectrogram"),
    Case("FrequencyShift", {"fill": "min"}, "spectrogram"),
    Case("Gain"),
    Case("OneOf", {"layers": [("Gain", {}), SPEED], "weights": [1, 2]}),
    Case("OneOf", {"layers": [HIDE, MOVE]}, "spectrogram"),
    Case("PitchShift", {"n_fft": 256}),
    Case("Polarity", varied=False),
    Case("RandomCrop", {"samples": 500}, always=True),
    Case("RandomResizedSpectrogram", {"min_time": 0.5, "max_time": 2.0}, "spectrogram"),
    Case("RandomResizedSpectrogram", {"fill": 0.0, "max_freq": 0.9}, "spectrogram"),
    Case(
        "RandomResizedSpectrogram",
        {"max_time": 1.2, "keep_end": True},
        "spectrogram",
        always=True,
    ),
    Case("Saturate"),
    Case("SomeOf", {"layers": [("Gain", {}), SPEED, SHIFT], "max_layers": 2}),
    Case("SpecAugment", {"freq_mask_param": 6, "time_mask_param": 9}, "spectrogram"),
    Case("SpecAugment", {"time_warp": 5, "n_time_masks": 0, "n_freq_masks": 0}, "spectrogram"),
    Case("SpeedPerturb", {"min_speed": 0.8, "max_speed": 1.25}),
    Case("SpeedPerturb", {"speeds": [0.9, 1.0, 1.1]}),
    Case("SpeedPerturb", {"min_speed": 0.8, "max_speed": 1.25, "keep_end": True}, always=True),
    Case("TimeShift", {"max_shift_s": 0.03}),
    Case("TimeShift", {"max_shift_s": None, "mode": "wrap"}),
]
