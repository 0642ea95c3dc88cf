"""Every public layer with the layers before it: the cases of `test_every_layer.py`.

The one place where a configuration is described. `CASES` has one or more per layer, one for
each formula of its arithmetic; these are exported and distributed as well. `FURTHER` has other
numbers, windows and modes. `after` names the layers between the waveform and the layer, so that
a padded batch passes through all of them.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from backend_tools import to_numpy
from tolerances import DECIBEL_FLOAT32 as DB
from tolerances import FLOAT32_LONG

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

# Layers whose result has the policy's dtype, and those that return decibels by an argument.
HALF = {
    "Cepstrum", "ConcatenateFrequencyMap", "Delta", "FrequencyAwareConv2D",
    "FrontEndNormalization", "KaldiFbank", "LFCC", "LogCompression", "Loudness", "MFCC",
    "MagnitudeToDecibel", "PCEN", "PowerToDecibel",
}  # fmt: skip
COMPOSED = {"LogFrequencySpectrogram", "MelSpectrogram", "StftMagnitude"}

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


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """One configuration of a layer.

    Attributes:
        name: Public class name.
        arguments: Its constructor's.
        after: Key of `CHAINS`.
        weights: Names of the weights that it is to have, in order.
        atol: How near a clip in a padded batch is to itself alone, relative to its peak; from
            1e-3 on in the output's own unit, which is what decibels want.
        real: Whether the output is real, so that it can be exported.
        padded: Whether the layer goes behind a `LengthMask` and hands on a mask over time.
        any_rank: Whether it works element by element, on any number of axes.
        integers: Whether it takes integers.
    """

    name: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    after: str = "waveform"
    atol: float = FLOAT32_LONG
    real: bool = True
    padded: bool = True
    any_rank: bool = False
    integers: bool = False
    weights: tuple[str, ...] = ()

    def layer(self, **more):
        arguments = {name: _fresh(value) for name, value in self.arguments.items()}
        return getattr(layers, self.name)(**{**arguments, **more})

    def inputs(self, waveform):
        """What the layer is fed with where the chain is fed with `waveform`, as array."""
        for layer in self.chain():
            waveform = to_numpy(layer(waveform))
        return waveform

    def chain(self):
        """Fresh layers from the waveform to the layer's input."""
        return [getattr(layers, name)(**arguments) for name, arguments in CHAINS[self.after]]

    @property
    def decibels(self):
        """Whether the tolerance is one of decibels, which have no peak to be relative to."""
        return self.atol >= DB

    @property
    def learns(self):
        """Whether training changes it; the moments of a data set are weights that stay."""
        return bool(set(self.weights) - {"mean", "variance"})

    @property
    def half(self):
        """Whether the result has the policy's compute dtype, not float32."""
        layer = self.layer()
        compresses = getattr(layer, "compression", None) is not None
        return self.name in HALF or compresses or (self.name in COMPOSED and layer.decibel)

    @property
    def formula(self):
        """What chooses the formula: the arguments that are words, not numbers."""
        words = {k: v for k, v in self.arguments.items() if isinstance(v, str)}
        return self.name, self.after, *sorted(words.items())

    @property
    def kind(self):
        """What one case is tried of: the layer, what it learns, what is at a clip's ends."""
        decisive = ("learn", "pad_mode", "mode")
        return self.name, *(word for word in self.formula[2:] if word[0].startswith(decisive))

    @property
    def around(self):
        """Lengths of a waveform at which the number of frames may go wrong."""
        sizes = ("n_fft", "frame_length", "win_length")
        frame = next((self.arguments[n] for n in sizes if n in self.arguments), 128)
        hop = self.arguments.get("hop_length", frame)
        return [0, frame, 4 * hop - 1, 1, frame - 1, frame + 1, 4 * hop, 4 * hop + 1]

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


def _fresh(value):
    """Layers among the arguments are made anew: two chains share none."""
    if isinstance(value, list):
        return [_fresh(part) for part in value]
    return type(value).from_config(value.get_config()) if _is_layer(value) else value


def _is_layer(value):
    return hasattr(value, "get_config") and hasattr(value, "compute_output_shape")


KERNELS, WINDOW = ("kernel_real", "kernel_imag"), ("window",)
BANDS, MATRIX = ("center", "bandwidth"), ("mel_matrix",)
AFFINE = ("slope", "reference_db", "floor_db")
OCTAVE_KERNELS = tuple(
    f"kernel_{part}_{octave}" for octave in range(2) for part in ("real", "imag")
)
GABOR = ("center", "width", "pooling", "gain", "smoothing", "bias", "root")

CASES = [
    Case("Pad", {"before": 5, "after": 3, "mode": "reflect"}),
    Case("FitLength", {"length": 1500, "value": 0.5}, padded=False, any_rank=True),
    Case("Chain", {"layers": [layers.Pad(before=2), layers.STFT(**SMALL), layers.Power()]}),
    Case("KaldiFbank", {"sample_rate": RATE, "win_length": 100, "n_mels": 10}, atol=DB),
    Case("STFT", SMALL, real=False),
    Case("STFT", {**SMALL, "output": "real_imag", "pad_mode": "reflect"}),
    Case("STFT", {**SMALL, "output": "real_imag", "learn": "kernels"}, weights=KERNELS),
    Case("STFT", {**SMALL, "output": "real_imag", "learn": "window"}, weights=WINDOW),
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
        "ApplyFilterbank",
        {"sample_rate": RATE, "n_mels": 9, "learn": "bands"},
        after="power",
        weights=BANDS,
    ),
    Case("ApplyFilterbank", {"type": "gammatone", "sample_rate": RATE, "n_bands": 9}, "power"),
    Case("MagnitudeToDecibel", {}, after="magnitude", atol=DB, any_rank=True),
    Case("PowerToDecibel", {"ref": "max"}, after="power", atol=DB, any_rank=True),
    Case("MelSpectrogram", {**MEL, "decibel": True}, atol=DB),
    Case(
        "MelSpectrogram",
        {**MEL, "learn_stft": "kernels", "learn_mel": "matrix"},
        weights=(*KERNELS, *MATRIX),
    ),
    Case("MelSpectrogram", {**MEL, "band_shape": "gabor", "learn_mel": "bands"}, weights=BANDS),
    Case("LogFrequencySpectrogram", {**LOG, "learn_stft": "window"}, atol=DB, weights=WINDOW),
    Case(
        "LogFrequencySpectrogram",
        {**LOG, "decibel": False, "learn_bands": "bands"},
        weights=BANDS,
    ),
    Case("StftMagnitude", SMALL),
    Case(
        "StftMagnitude",
        {**SMALL, "decibel": True, "learn_stft": "kernels"},
        atol=DB,
        weights=KERNELS,
    ),
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
    Case("Delta", after="decibel", atol=DB),
    Case("Delta", {"win_length": 9, "order": 2, "mode": "interp"}, after="decibel", atol=DB),
    Case("SpectralCentroid", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralBandwidth", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralRolloff", {"sample_rate": RATE}, after="power", atol=0.01),
    Case("SpectralFlatness", after="power", atol=DB),
    Case("SpectralContrast", {"sample_rate": RATE, "quantile": 0.1}, after="power", atol=1e-2),
    Case("SpectralFlux", after="power"),
    Case("BandEnergyRatio", {"sample_rate": RATE, "split": 900}, after="power", atol=DB),
    Case("ZeroCrossingRate", {"frame_length": 128, "hop_length": 64}),
    Case("RMS", {"frame_length": 128, "hop_length": 64}, atol=DB),
    Case("AmplitudeEnvelope", {"frame_length": 128, "hop_length": 64}, atol=DB),
    Case("PCEN", {"sample_rate": RATE, "hop_length": 64, "scale": 1e6}, after="mel"),
    Case(
        "PCEN",
        {"sample_rate": RATE, "learn": "bands", "start": "first"},
        after="mel",
        weights=("gain", "bias", "power", "smoothing"),
    ),
    Case("Cepstrum", {"n_cepstra": 8, "norm": "htk"}, after="decibel", atol=DB),
    Case("MFCC", {**SMALL, "sample_rate": RATE, "n_mels": 12, "n_mfcc": 8}, atol=DB),
    Case("LFCC", {**SMALL, "sample_rate": RATE, "n_bands": 12, "n_lfcc": 8}, atol=DB),
    Case("Loudness", {"sample_rate": 3500}, atol=DB, padded=False),
    Case("Loudness", {"sample_rate": 3500, "mode": "momentary"}, atol=DB),
    Case(
        "PowerToDecibel", {"learn": "affine"}, "power", atol=DB, any_rank=True, weights=AFFINE
    ),
    Case(
        "MagnitudeToDecibel",
        {"learn": "affine"},
        "magnitude",
        atol=DB,
        any_rank=True,
        weights=AFFINE,
    ),
    Case("LogCompression", {"offset": 1e-3}, after="mel", any_rank=True),
    Case("LogCompression", {"offset": 0.0, "floor": 1e-10, "base": 10.0}, "mel", any_rank=True),
    Case("ConcatenateFrequencyMap", after="decibel"),
    Case(
        "FrequencyAwareConv2D",
        {**CONV, "strides": (2, 1)},
        after="mel",
        weights=("kernel", "bias"),
    ),
    Case("GaborFrontEnd", {**FILTERS, "learn": "all"}, weights=GABOR),
    Case("GaborFrontEnd", {**FILTERS, "learn": None, "compression": None}),
    Case(
        "SincFrontEnd",
        {**FILTERS, "learn": "all"},
        atol=DB,
        weights=("low", "band", "pooling"),
    ),
    Case(
        "SincFrontEnd",
        {**FILTERS, "learn": "bands", "pooling": None, "compression": None},
        weights=("low", "band"),
    ),
    Case("FrontEndNormalization"),
    Case("FrontEndNormalization", {"mode": "band"}, "decibel", atol=DB),
    Case("FrontEndNormalization", {"mode": "sliding", "window": 9}, "decibel", atol=DB),
    Case(
        "FrontEndNormalization",
        {"mode": "dataset"},
        "decibel",
        atol=DB,
        any_rank=True,
        weights=("mean", "variance"),
    ),
    Case("CQT", OCTAVES),
    Case("CQT", {**OCTAVES, "output": "complex", "pad_mode": "reflect"}, real=False),
    Case("CQT", {**OCTAVES, "output": "real_imag", "learn": "kernels"}, weights=OCTAVE_KERNELS),
    Case("VQT", {**OCTAVES, "hop_length": 50}),
    Case("Chroma", {"sample_rate": RATE}, after="power"),
    Case("Chroma", {"type": "cqt", "fmin": 250.0, "norm": 2}, after="octaves"),
    Case(
        "MelSpectrogram",
        {**MEL, "decibel": True, "learn_decibel": "affine"},
        atol=DB,
        weights=AFFINE,
    ),
    Case("SpecAugment", {"freq_mask_param": 4}, after="mel"),
    Case("ChannelSwap", after="mel", any_rank=True),
    Case("AdditiveNoise", {"random_gain": True}, after="mel", any_rank=True),
]

FURTHER = [
    Case(
        "Chain",
        {
            "layers": [
                layers.STFT(**SMALL, learn="window"),
                layers.Power(),
                layers.PowerToDecibel(ref="max"),
            ]
        },
        atol=DB,
        weights=WINDOW,
    ),
    Case("AdditiveNoise", {"random_gain": False}, after="mel", any_rank=True),
    Case("Pad", {"before": 3, "after": 7}),
    Case("FitLength", {"length": 3000}, padded=False, any_rank=True),
    Case("STFT", {**SMALL, "n_fft": 127, "hop_length": 50}, real=False),
    Case("STFT", {**SMALL, "n_fft": 127, "pad_mode": "reflect"}, real=False),
    Case("STFT", {**SMALL, "pad_mode": "none"}, real=False),
    Case("STFT", {"n_fft": 64, "hop_length": 80, "center": False}, real=False),
    Case("STFT", {"n_fft": 127, "win_length": 96, "window": np.hanning(96)}, real=False),
    Case(
        "STFT",
        {**SMALL, "learn": "kernels", "pad_mode": "reflect"},
        weights=KERNELS,
        real=False,
    ),
    Case(
        "STFT",
        {**SMALL, "learn": "window", "window": ("kaiser", 8.0)},
        weights=WINDOW,
        real=False,
    ),
    Case("InverseSTFT", {**SMALL, "length": 500, "window": np.hamming(128)}, after="spectrum"),
    Case("InverseSTFT", {**SMALL, "center": False, "length": 900}, after="spectrum"),
    Case("InverseSTFT", SMALL, after="complex"),
    Case("GriffinLim", {**SMALL, "n_iter": 2, "init": "zeros", "length": 500}, after="power"),
    Case("Magnitude", after="complex", any_rank=True),
    Case("Power", after="complex", any_rank=True),
    Case("Phase", after="complex", any_rank=True),
    Case(
        "Power",
        {"scaling": "spectrum", "sample_rate": RATE, "n_fft": 128, "win_length": 99},
        after="spectrum",
    ),
    Case("TimeStretch", {**SMALL, "rate": 0.4}, after="spectrum"),
    Case("TimeStretch", {**SMALL, "rate": 1.3}, after="complex", real=False),
    Case("InstantaneousFrequency", {**SMALL, "sample_rate": RATE}, "complex", atol=0.04),
    *[
        Case("ApplyFilterbank", {"sample_rate": RATE, **arguments}, "power", weights=weights)
        for arguments, weights in [
            ({"n_mels": 4, "learn": "matrix", "n_fft": 128}, MATRIX),
            ({"n_mels": 4, "mel_scale": "kaldi", "learn": "bands", "norm": None}, BANDS),
            ({"type": "bark", "n_bands": 5, "band_shape": "gaussian", "learn": "bands"}, BANDS),
            ({"type": "erb", "n_bands": 3, "band_shape": "gabor", "learn": "bands"}, BANDS),
            ({"type": "gammatone", "n_bands": 4, "learn": "bands"}, BANDS),
            (
                {"type": "log", "n_bands": 3, "spread": 3.0, "fmin": 500, "learn": "bands"},
                BANDS,
            ),
            ({"type": "linear", "n_bands": 4, "learn": "matrix"}, MATRIX),
            ({"type": "matrix", "matrix": np.eye(65, 4)}, ()),
        ]
    ],
    *[
        Case(name, {"ref": ref, "top_db": top_db}, after, atol=DB, any_rank=True)
        for name, after in (("PowerToDecibel", "power"), ("MagnitudeToDecibel", "magnitude"))
        for ref, top_db in ((0.5, None), ("max", 40.0))
    ],
    *[
        Case("MelSpectrogram", {**MEL, **arguments}, weights=weights, atol=DB)
        for arguments, weights in [
            ({"decibel": True, "ref": "max", "top_db": 30.0, "window": np.hanning(128)}, ()),
            ({"decibel": True, "pad_mode": "reflect", "n_fft": 127}, ()),
            ({"decibel": True, "center": False}, ()),
            ({"learn_stft": "window"}, WINDOW),
            ({"learn_mel": "matrix", "power": 1.0}, MATRIX),
            ({"learn_mel": "bands", "mel_scale": "kaldi", "norm": None}, BANDS),
            (
                {
                    "decibel": True,
                    "learn_stft": "window",
                    "learn_mel": "matrix",
                    "learn_decibel": "affine",
                    "ref": "max",
                    "top_db": None,
                },
                (*WINDOW, *MATRIX, *AFFINE),
            ),
        ]
    ],
    Case(
        "LogFrequencySpectrogram",
        {**LOG, "learn_bands": "matrix", "learn_stft": "window"},
        atol=DB,
        weights=(*WINDOW, *MATRIX),
    ),
    Case(
        "StftMagnitude",
        {**SMALL, "decibel": True, "learn_stft": "window"},
        atol=DB,
        weights=WINDOW,
    ),
    Case("StftMagnitude", {**SMALL, "pad_mode": "reflect", "center": False}),
    Case(
        "Energy",
        {
            "sample_rate": RATE,
            "frame_length": 128,
            "hop_length": 50,
            "pad_end": True,
            "pad_value": 0.5,
        },
    ),
    Case("PreEmphasis", {"start": "repeat"}),
    Case("DeEmphasis", {"start": "repeat"}),
    Case("DeEmphasis", {"start": "extrapolate"}),
    Case("Resample", {"orig_sr": 2, "target_sr": 3, "quality": "fast"}),
    Case("Resample", {"orig_sr": 441, "target_sr": 160}),
    Case("Delta", {"mode": "reflect", "order": 2}, after="decibel", atol=DB),
    Case("Delta", {"mode": "symmetric"}, after="decibel", atol=DB),
    Case("Delta", {"mode": "constant"}, after="decibel", atol=DB),
    Case("AmplitudeEnvelope", {"frame_length": 99, "hop_length": 40, "center": False}, atol=DB),
    Case("RMS", {"frame_length": 128, "hop_length": 64, "decibel": False}),
    Case("Cepstrum", {"n_cepstra": 8, "norm": None, "lifter": 22}, after="decibel", atol=DB),
    Case(
        "MFCC",
        {
            **SMALL,
            "sample_rate": RATE,
            "n_mels": 12,
            "n_mfcc": 8,
            "lifter": 22,
            "dct_norm": None,
            "learn_stft": "window",
            "learn_mel": "bands",
        },
        atol=DB,
        weights=(*WINDOW, *BANDS),
    ),
    Case(
        "LFCC",
        {
            **SMALL,
            "sample_rate": RATE,
            "n_bands": 12,
            "n_lfcc": 8,
            "learn_bands": "matrix",
            "norm": "slaney",
        },
        atol=DB,
        weights=MATRIX,
    ),
    Case("Loudness", {"sample_rate": 3500, "mode": "short_term"}, atol=DB),
    Case(
        "GaborFrontEnd", {**FILTERS, "learn": "bands", "compression": "log"}, weights=GABOR[:2]
    ),
    Case(
        "GaborFrontEnd", {**FILTERS, "method": "direct", "compression": None}, weights=GABOR[:3]
    ),
    Case("SincFrontEnd", {**FILTERS, "learn": None, "compression": "pcen"}, atol=DB),
    Case("SincFrontEnd", {**FILTERS, "learn": None, "method": "direct"}, atol=DB),
    Case(
        "FrontEndNormalization",
        {"mode": "sliding", "window": 10, "window_align": "past", "min_window": 4},
        "decibel",
        atol=DB,
    ),
    Case("FrontEndNormalization", {"mode": "clip"}, "decibel", atol=DB),
    Case("CQT", {**OCTAVES, "hop_length": 50, "window": ("kaiser", 8.0)}),
    Case("CQT", {**OCTAVES, "hop_length": 50, "learn": "kernels"}, weights=OCTAVE_KERNELS),
    Case("CQT", {**OCTAVES, "pad_mode": "reflect"}),
    Case("VQT", {**OCTAVES, "gamma": 5.0}),
    Case("VQT", {**OCTAVES, "learn": "kernels"}, weights=OCTAVE_KERNELS),
    Case("Chroma", {"sample_rate": RATE, "norm": 1}, after="power"),
    Case("Chroma", {"sample_rate": RATE, "norm": None}, after="power"),
]
# What every promise is tried with.
EVERY = CASES + FURTHER
# The first case of each formula. Cases that differ in numbers only are left out.
FORMULAS = list({case.formula: case for case in reversed(EVERY)}.values())[::-1]
# The first of each kind, which learns or treats the ends of a clip otherwise; and the rest.
KINDS = list({case.kind: case for case in reversed(EVERY)}.values())[::-1]
LIKE_OTHERS = [case for case in EVERY if all(case is not first for first in KINDS)]
