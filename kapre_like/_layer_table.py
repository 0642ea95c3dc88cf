"""The table of all public layers. Lists of layers in code, tests and pages are made from it.

A new layer is one row here. `make tables` then writes the imports of `kapre_like/layers` and
`kapre_like/augment`, the tables of layers in ARCHITECTURE.md, `docs/front_end.md`,
`docs/augmentation.md` and `docs/export.md`. The table imports no layer, so that
`import kapre_like` stays fast.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Layer(NamedTuple):
    """A row of the table.

    Attributes:
        name: Name of the class. Its module has the same name in snake case.
        note: In `FRONT_END`, words after the name in `docs/front_end.md`. In `AUGMENTATION`,
            what the layer does in training.
        after: Input of the example on the layer's page: a key of `CHAINS` in
            `docs/_builder/layer_examples.py`, `"mask"` for a waveform and a length, `"pair"`
            for two clips and their labels, `"stereo"` for two channels, or the layers that
            compute it from the waveform, each a name and arguments.
        example: Arguments of that example. A layer among them is a name and arguments.
        shared: In `AUGMENTATION`, whether the layer is a part of `kapre_like.layers`, too.
    """

    name: str
    note: str = ""
    after: str | Sequence[tuple[str, Mapping[str, Any]]] = "waveform"
    example: Mapping[str, Any] = {}
    shared: bool = False


# Arguments that several examples share.
STFT = {"n_fft": 512, "hop_length": 160}
MEL = {**STFT, "n_mels": 64}
FRAMES = {"frame_length": 400, "hop_length": 160}
OCTAVES = {"fmin": 55.0, "n_bins": 84, "hop_length": 256}

# Rows by subject, in the order of the table in `docs/front_end.md`.
FRONT_END = {
    "spectrogram of a waveform": [
        Layer("MelSpectrogram", example=MEL),
        Layer("LogFrequencySpectrogram", example={"n_fft": 2048, "hop_length": 160}),
        Layer("StftMagnitude", example=STFT),
        Layer("CQT", example=OCTAVES),
        Layer("VQT", example=OCTAVES),
        Layer("KaldiFbank"),
    ],
    "analysis and synthesis": [
        Layer("STFT", example=STFT),
        Layer("InverseSTFT", after="spectrum", example=STFT),
        Layer("GriffinLim", after="power", example={**STFT, "n_iter": 16}),
        Layer("InverseMel", after="mel", example={"n_fft": 512, "n_mels": 64}),
        Layer("TimeStretch", after="spectrum", example={**STFT, "rate": 1.5}),
    ],
    "parts of a spectrum": [
        Layer("Magnitude", after="spectrum"),
        Layer("Power", after="spectrum"),
        Layer("Phase", after="spectrum"),
        Layer("InstantaneousFrequency", after="spectrum", example=STFT),
        Layer("Chroma", after="power"),
    ],
    "filterbanks": [
        Layer(
            "ApplyFilterbank",
            "mel of slaney, htk or kaldi; linear, log, bark, erb, gammatone, or your matrix",
            after="power",
            example={"n_mels": 64},
        )
    ],
    "level": [
        Layer("MagnitudeToDecibel", after="magnitude"),
        Layer("PowerToDecibel", after="power"),
        Layer("PCEN", after="mel", example={"hop_length": 160, "scale": 1e6}),
        Layer("LogCompression", after="mel", example={"offset": 1e-3}),
        Layer("Loudness", example={"mode": "momentary"}),
        Layer("FrontEndNormalization", after="decibel", example={"mode": "band"}),
    ],
    "cepstra and context": [
        Layer("MFCC", example=STFT),
        Layer("LFCC", example=STFT),
        Layer("Cepstrum", after="decibel"),
        Layer("Delta", after="decibel", example={"win_length": 9}),
        Layer("ConcatenateFrequencyMap", after="decibel"),
        Layer(
            "FrequencyAwareConv2D", after="decibel", example={"filters": 1, "kernel_size": 5}
        ),
    ],
    "descriptors": [
        Layer("SpectralCentroid", after="power"),
        Layer("SpectralBandwidth", after="power"),
        Layer("SpectralRolloff", after="power"),
        Layer("SpectralFlatness", after="power"),
        Layer("SpectralContrast", after="power"),
        Layer("SpectralFlux", after="power"),
        Layer("BandEnergyRatio", after="power", example={"split": 2000.0}),
        Layer("ZeroCrossingRate", example=FRAMES),
        Layer("RMS", example=FRAMES),
        Layer("AmplitudeEnvelope", example=FRAMES),
    ],
    "learned filters": [Layer("GaborFrontEnd", "LEAF"), Layer("SincFrontEnd", "SincNet")],
    "waveforms": [
        Layer("Resample", example={"orig_sr": 16000, "target_sr": 8000}),
        Layer("PreEmphasis"),
        Layer("DeEmphasis", after="pre_emphasized"),
        Layer("MuLawEncoding"),
        Layer("MuLawDecoding", after="codes"),
        Layer("Frame", example=FRAMES),
        Layer("Energy", example=FRAMES),
        Layer("Pad", example={"before": 4000, "after": 4000}),
        Layer("FitLength", example={"length": 8000}),
    ],
    "masks and rows of layers": [
        Layer("LengthMask", after="mask"),
        Layer(
            "Chain", example={"layers": [("MelSpectrogram", MEL), ("Delta", {"win_length": 9})]}
        ),
    ],
}

# Rows by kind, in the order of the table in `docs/augmentation.md`.
AUGMENTATION = {
    "waveform: level": [
        Layer("Gain", "multiplies by a gain, uniform in dB"),
        Layer("Polarity", "inverts the sign"),
        Layer(
            "Clip",
            "limits the samples to a share of the peak",
            example={"min_share": 0.2, "max_share": 0.4},
        ),
        Layer("Saturate", "bends the peaks by a hyperbolic tangent; the RMS stays"),
    ],
    "waveform: noise and rooms": [
        Layer(
            "AddNoise",
            "adds white, pink, brown or recorded noise; signal-to-noise ratio uniform in dB",
            example={"kind": "pink", "min_snr_db": 5.0, "max_snr_db": 5.0},
        ),
        Layer(
            "AdditiveNoise",
            "adds white noise of a fixed or random level, to spectrograms too",
            example={"power": 0.05},
            shared=True,
        ),
        Layer(
            "Reverberate",
            "convolves with one of your impulse responses",
            example={"bank": [[1.0, *[0.0] * 1599, 0.6, *[0.0] * 2399, 0.3]]},
        ),
        Layer(
            "SimulatedRoom",
            "convolves with the response of a simulated room, a new one for each example",
        ),
    ],
    "waveform: frequency": [
        Layer(
            "LowPass",
            "removes what is above a random cutoff",
            example={"min_cutoff_hz": 500.0, "max_cutoff_hz": 2000.0},
        ),
        Layer(
            "HighPass",
            "removes what is below a random cutoff",
            example={"min_cutoff_hz": 500.0, "max_cutoff_hz": 2000.0},
        ),
        Layer("BandPass", "removes what is outside two random cutoffs"),
        Layer("Equalizer", "amplifies and attenuates some bands, as microphones do"),
        Layer(
            "CodecSimulation",
            "telephone: band limit, 8-bit mu-law, lost packets",
            example={"min_loss": 0.1, "max_loss": 0.2},
        ),
    ],
    "waveform: time": [
        Layer("TimeShift", "moves the sound earlier or later"),
        Layer("RandomCrop", "cuts a window out", example={"samples": 8000}),
        Layer("DropChunk", "sets short chunks to zero"),
        Layer(
            "SpeedPerturb",
            "plays faster or slower; pitch and length change",
            example={"min_speed": 1.2, "max_speed": 1.3},
        ),
        Layer("PitchShift", "changes the pitch; the length stays"),
    ],
    "waveform or spectrogram": [
        Layer("ChannelSwap", "permutes the channels", after="stereo", shared=True)
    ],
    "spectrogram": [
        Layer(
            "SpecAugment",
            "hides spans of frames and of bins, and warps time",
            after="decibel",
            example={"freq_mask_param": 12, "time_mask_param": 20},
            shared=True,
        ),
        Layer("RandomResizedSpectrogram", "stretches time and frequency", after="decibel"),
        Layer(
            "FrequencyShift",
            "moves the bins up or down",
            after="decibel",
            example={"max_shift": 8},
        ),
        Layer("FilterAugment", "makes bands louder or quieter", after="decibel"),
    ],
    "labels": [
        Layer(
            "MixUp",
            "mixes pairs of examples, and their labels with the same weights",
            after="pair",
            example={"n_classes": 10, "alpha": 8.0},
        ),
        Layer(
            "CutMix",
            "replaces a span of an example by that of another one",
            after="pair",
            example={"n_classes": 10},
        ),
        Layer(
            "BetweenClass",
            "mixes waveforms so that the labels are the ratio of their levels",
            after="pair",
            example={"n_classes": 10},
        ),
    ],
    "containers": [
        Layer(
            "Compose",
            "applies its layers one after the other",
            example={"layers": [("Gain", {}), ("TimeShift", {"max_shift_s": 0.2})]},
        ),
        Layer(
            "OneOf",
            "applies one of its layers to each example",
            example={"layers": [("Gain", {}), ("TimeShift", {})]},
        ),
        Layer(
            "SomeOf",
            "applies a random selection of its layers to each example",
            example={"layers": [("Gain", {}), ("TimeShift", {}), ("Saturate", {})]},
        ),
    ],
}

_FRONT_END = [row for rows in FRONT_END.values() for row in rows]
_AUGMENTATION = [row for rows in AUGMENTATION.values() for row in rows]

# All rows by name.
ROWS = {row.name: row for row in [*_FRONT_END, *_AUGMENTATION]}
# Names of the layers in `kapre_like.layers` and in `kapre_like.augment`.
LAYERS = sorted(row.name for row in [*_FRONT_END, *(x for x in _AUGMENTATION if x.shared)])
AUGMENTATIONS = sorted(row.name for row in _AUGMENTATION)
