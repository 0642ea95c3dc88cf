"""Every public layer as it stands in a chain: what `test_every_layer.py` sends through all.

One small configuration or more per layer. `after` says what comes between the waveform and the
layer, so that a padded batch can be followed from its samples to the layer's result.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from kapre_like import layers

RATE, SAMPLES = 8000, 2000
SMALL = {"n_fft": 128, "hop_length": 64}
MEL = {**SMALL, "sample_rate": RATE, "n_mels": 12, "decibel": False}
LOG = {**SMALL, "sample_rate": RATE, "n_bands": 7, "fmin": 500.0, "bins_per_octave": 3}
CONV = {"filters": 3, "kernel_size": (3, 5), "padding": "same", "kernel_initializer": "ones"}
FILTERS = {
    "sample_rate": RATE, "n_filters": 6, "win_length": 101, "hop_length": 64, "fmax": 3800.0,
}  # fmt: skip

OCTAVES = {"sample_rate": RATE, "hop_length": 64, "fmin": 250.0, "n_bins": 20}

# What a layer is fed with, as the layers that make it from `(batch, samples, channels)`.
CHAINS = {
    "waveform": [],
    "complex": [("STFT", SMALL)],
    "spectrum": [("STFT", {**SMALL, "output": "real_imag"})],
    "power": [("STFT", {**SMALL, "output": "real_imag"}), ("Power", {})],
    "magnitude": [("STFT", {**SMALL, "output": "real_imag"}), ("Magnitude", {})],
    "mel": [("MelSpectrogram", MEL)],
    "decibel": [("MelSpectrogram", {**MEL, "decibel": True})],
    "codes": [("MuLawEncoding", {})],
    "octaves": [("CQT", OCTAVES)],
}


@dataclasses.dataclass(frozen=True)
class Case:
    """One configuration of a layer.

    Attributes:
        name: Public class name.
        arguments: Its constructor's.
        after: Key of `CHAINS`.
        atol: How near a clip in a padded batch is to itself alone, relative to its peak; from
            1e-3 on in the output's own unit, which is what decibels want.
        real: Whether the output is real, so that it can be exported.
        padded: Whether the layer goes behind a `LengthMask` and hands on a mask over time.
        any_rank: Whether it works element by element, on whatever axes there are.
        integers: Whether it takes integers.
    """

    name: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    after: str = "waveform"
    atol: float = 1e-4
    real: bool = True
    padded: bool = True
    any_rank: bool = False
    integers: bool = False

    def layer(self, **more):
        return getattr(layers, self.name)(**{**self.arguments, **more})

    def chain(self):
        """Fresh layers from the waveform to the layer's input."""
        return [getattr(layers, name)(**arguments) for name, arguments in CHAINS[self.after]]

    @property
    def decibels(self):
        """Whether the tolerance is one of decibels, which have no peak to be relative to."""
        return self.atol >= 1e-3

    @property
    def learns(self):
        return any(k.startswith("learn") and v is not None for k, v in self.arguments.items())

    def wrong_inputs(self, x):
        """Of a right one: integers, another rank, no channels."""
        yield x.real.astype("bool" if self.integers else "int32")
        if self.any_rank:
            return
        channels = -2 if self.after in ("complex", "spectrum") and x.shape[-1] == 2 else -1
        yield x[..., 0] if channels == -1 else x[..., 0, 0]
        yield np.take(x, [], axis=channels)

    def __str__(self):
        words = [
            f"{k}={v}" for k, v in self.arguments.items() if k.startswith(("learn", "out"))
        ]
        return "-".join([self.name, self.after, *words])


CASES = [
    Case("Pad", {"before": 5, "after": 3, "mode": "reflect"}),
    Case("FitLength", {"length": 1500, "value": 0.5}, padded=False, any_rank=True),
    Case("Chain", {"layers": [layers.Pad(before=2), layers.STFT(**SMALL), layers.Power()]}),
    Case("KaldiFbank", {"sample_rate": RATE, "win_length": 100, "n_mels": 10}, atol=1e-3),
    Case("STFT", SMALL, real=False),
    Case("STFT", {**SMALL, "output": "real_imag", "pad_mode": "reflect"}),
    Case("STFT", {**SMALL, "output": "real_imag", "learn": "kernels"}),
    Case("STFT", {**SMALL, "output": "real_imag", "learn": "window"}),
    Case("InverseSTFT", SMALL, after="spectrum"),
    Case("GriffinLim", {**SMALL, "n_iter": 4}, after="power"),
    Case("Magnitude", after="spectrum", any_rank=True),
    Case("Power", after="spectrum", any_rank=True),
    Case("Power", {"scaling": "psd", "sample_rate": RATE, "n_fft": 128}, after="spectrum"),
    Case("Phase", after="spectrum", any_rank=True),
    Case("TimeStretch", {**SMALL, "rate": 1.3}, after="spectrum"),
    Case("InstantaneousFrequency", {**SMALL, "sample_rate": RATE}, after="spectrum", atol=0.04),
    Case("ApplyFilterbank", {"sample_rate": RATE, "n_mels": 12}, after="power"),
    Case(
        "ApplyFilterbank", {"sample_rate": RATE, "n_mels": 9, "learn": "bands"}, after="power"
    ),
    Case("ApplyFilterbank", {"type": "gammatone", "sample_rate": RATE, "n_bands": 9}, "power"),
    Case("MagnitudeToDecibel", {}, after="magnitude", atol=1e-3, any_rank=True),
    Case("PowerToDecibel", {"ref": "max"}, after="power", atol=1e-3, any_rank=True),
    Case("MelSpectrogram", {**MEL, "decibel": True}, atol=1e-3),
    Case("MelSpectrogram", {**MEL, "learn_stft": "kernels", "learn_mel": "matrix"}),
    Case("MelSpectrogram", {**MEL, "band_shape": "gabor", "learn_mel": "bands"}),
    Case("LogFrequencySpectrogram", {**LOG, "learn_stft": "window"}, atol=1e-3),
    Case("LogFrequencySpectrogram", {**LOG, "decibel": False, "learn_bands": "bands"}),
    Case("StftMagnitude", SMALL),
    Case("StftMagnitude", {**SMALL, "decibel": True, "learn_stft": "kernels"}, atol=1e-3),
    Case("InverseMel", {"sample_rate": RATE, "n_fft": 128, "n_mels": 12}, after="mel"),
    Case("Frame", {"frame_length": 128, "hop_length": 64}),
    Case("Frame", {"frame_length": 128, "hop_length": 64, "pad_end": True, "pad_value": 0.5}),
    Case("Energy", {"sample_rate": RATE, "frame_length": 128, "hop_length": 64}),
    Case("PreEmphasis"),
    Case("PreEmphasis", {"start": "extrapolate"}),
    Case("DeEmphasis"),
    Case("MuLawEncoding", any_rank=True),
    Case("MuLawDecoding", after="codes", any_rank=True, integers=True),
    Case("Resample", {"orig_sr": 11025, "target_sr": RATE, "quality": "fast"}),
    Case("Delta", after="decibel", atol=1e-3),
    Case("Delta", {"win_length": 9, "order": 2, "mode": "interp"}, after="decibel", atol=1e-3),
    Case("SpectralCentroid", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralBandwidth", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralRolloff", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralFlatness", after="power", atol=1e-3),
    Case("SpectralContrast", {"sample_rate": RATE, "quantile": 0.1}, after="power", atol=1e-2),
    Case("SpectralFlux", after="power"),
    Case("BandEnergyRatio", {"sample_rate": RATE, "split": 900}, after="power", atol=1e-3),
    Case("ZeroCrossingRate", {"frame_length": 128, "hop_length": 64}),
    Case("RMS", {"frame_length": 128, "hop_length": 64}, atol=1e-3),
    Case("AmplitudeEnvelope", {"frame_length": 128, "hop_length": 64}, atol=1e-3),
    Case("PCEN", {"sample_rate": RATE, "hop_length": 64, "scale": 1e6}, after="mel"),
    Case("PCEN", {"sample_rate": RATE, "learn": "bands", "start": "first"}, after="mel"),
    Case("Cepstrum", {"n_cepstra": 8, "norm": "htk"}, after="decibel", atol=1e-3),
    Case("MFCC", {**SMALL, "sample_rate": RATE, "n_mels": 12, "n_mfcc": 8}, atol=1e-3),
    Case("LFCC", {**SMALL, "sample_rate": RATE, "n_bands": 12, "n_lfcc": 8}, atol=1e-3),
    Case("Loudness", {"sample_rate": 3500}, atol=1e-3, padded=False),
    Case("Loudness", {"sample_rate": 3500, "mode": "momentary"}, atol=1e-3),
    Case("PowerToDecibel", {"learn": "affine"}, "power", atol=1e-3, any_rank=True),
    Case("MagnitudeToDecibel", {"learn": "affine"}, "magnitude", atol=1e-3, any_rank=True),
    Case("LogCompression", {"offset": 1e-3}, after="mel", any_rank=True),
    Case("LogCompression", {"offset": 0.0, "floor": 1e-10, "base": 10.0}, "mel", any_rank=True),
    Case("ConcatenateFrequencyMap", after="decibel"),
    Case("FrequencyAwareConv2D", {**CONV, "strides": (2, 1)}, after="mel"),
    Case("GaborFrontEnd", {**FILTERS, "learn": "all"}),
    Case("GaborFrontEnd", {**FILTERS, "learn": None, "compression": None}),
    Case("SincFrontEnd", {**FILTERS, "learn": "all"}, atol=1e-3),
    Case("SincFrontEnd", {**FILTERS, "learn": "bands", "pooling": None, "compression": None}),
    Case("FrontEndNormalization"),
    Case("FrontEndNormalization", {"mode": "band"}, "decibel", atol=1e-3),
    Case("FrontEndNormalization", {"mode": "sliding", "window": 9}, "decibel", atol=1e-3),
    Case("FrontEndNormalization", {"mode": "dataset"}, "decibel", atol=1e-3, any_rank=True),
    Case("CQT", OCTAVES),
    Case("CQT", {**OCTAVES, "output": "complex", "pad_mode": "reflect"}, real=False),
    Case("CQT", {**OCTAVES, "output": "real_imag", "learn": "kernels"}),
    Case("VQT", {**OCTAVES, "hop_length": 50}),
    Case("Chroma", {"sample_rate": RATE}, after="power"),
    Case("Chroma", {"type": "cqt", "fmin": 250.0, "norm": 2}, after="octaves"),
    Case("MelSpectrogram", {**MEL, "decibel": True, "learn_decibel": "affine"}, atol=1e-3),
    Case("SpecAugment", {"freq_mask_param": 4}, after="mel"),
    Case("ChannelSwap", after="mel", any_rank=True),
    Case("AdditiveNoise", {"random_gain": True}, after="mel", any_rank=True),
    # One case a line; more layers follow here.
]
