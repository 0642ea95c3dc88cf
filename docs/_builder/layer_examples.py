"""What the page of each layer shows: the layer at work on a recording that ships here.

`EXAMPLES` has an entry for each public layer. A test compares it with the public names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import soundfile

import kapre_like
from kapre_like import augment, layers

ROOT = Path(__file__).resolve().parents[2]
RECORDING = "examples/data/spoken_digits/clips/7/s26-0.flac"
OTHER_RECORDING = "examples/data/spoken_digits/clips/5/s07-0.flac"

STFT = {"n_fft": 512, "hop_length": 160}
MEL = {**STFT, "n_mels": 64}
FRAMES = {"frame_length": 400, "hop_length": 160}
OCTAVES = {"fmin": 55.0, "n_bins": 84, "hop_length": 256}

# From the waveform to what a layer takes.
CHAINS = {
    "waveform": [],
    "spectrum": [("STFT", STFT)],
    "power": [("STFT", STFT), ("Power", {})],
    "magnitude": [("STFT", STFT), ("Magnitude", {})],
    "mel": [("MelSpectrogram", {**MEL, "decibel": False})],
    "decibel": [("MelSpectrogram", MEL)],
    "codes": [("MuLawEncoding", {})],
    "pre_emphasized": [("PreEmphasis", {})],
}


@dataclass(frozen=True)
class Example:
    """One call of a layer.

    Attributes:
        after: Key of `CHAINS`, or `"mask"` for a waveform and a length, `"pair"` for two clips
            and their labels, `"stereo"` for two channels.
        arguments: The layer's arguments; layers among them as a name and arguments.
    """

    after: str = "waveform"
    arguments: Mapping[str, Any] = field(default_factory=dict)


EXAMPLES = {
    "AddNoise": Example(arguments={"kind": "pink", "min_snr_db": 5.0, "max_snr_db": 5.0}),
    "AdditiveNoise": Example(arguments={"power": 0.05}),
    "AmplitudeEnvelope": Example(arguments=FRAMES),
    "ApplyFilterbank": Example("power", {"n_mels": 64}),
    "BandEnergyRatio": Example("power", {"split": 2000.0}),
    "BandPass": Example(),
    "BetweenClass": Example("pair", {"n_classes": 10}),
    "CQT": Example(arguments=OCTAVES),
    "Cepstrum": Example("decibel"),
    "Chain": Example(
        arguments={"layers": [("MelSpectrogram", MEL), ("Delta", {"win_length": 9})]}
    ),
    "ChannelSwap": Example("stereo"),
    "Chroma": Example("power"),
    "Clip": Example(arguments={"min_share": 0.2, "max_share": 0.4}),
    "CodecSimulation": Example(arguments={"min_loss": 0.1, "max_loss": 0.2}),
    "Compose": Example(
        arguments={"layers": [("Gain", {}), ("TimeShift", {"max_shift_s": 0.2})]}
    ),
    "ConcatenateFrequencyMap": Example("decibel"),
    "CutMix": Example("pair", {"n_classes": 10}),
    "DeEmphasis": Example("pre_emphasized"),
    "Delta": Example("decibel", {"win_length": 9}),
    "DropChunk": Example(),
    "Energy": Example(arguments=FRAMES),
    "Equalizer": Example(),
    "FilterAugment": Example("decibel"),
    "FitLength": Example(arguments={"length": 8000}),
    "Frame": Example(arguments=FRAMES),
    "FrequencyAwareConv2D": Example("decibel", {"filters": 1, "kernel_size": 5}),
    "FrequencyShift": Example("decibel", {"max_shift": 8}),
    "FrontEndNormalization": Example("decibel", {"mode": "band"}),
    "GaborFrontEnd": Example(),
    "Gain": Example(),
    "GriffinLim": Example("power", {**STFT, "n_iter": 16}),
    "HighPass": Example(arguments={"min_cutoff_hz": 500.0, "max_cutoff_hz": 2000.0}),
    "InstantaneousFrequency": Example("spectrum", STFT),
    "InverseMel": Example("mel", {"n_fft": 512, "n_mels": 64}),
    "InverseSTFT": Example("spectrum", STFT),
    "KaldiFbank": Example(),
    "LFCC": Example(arguments=STFT),
    "LengthMask": Example("mask"),
    "LogCompression": Example("mel", {"offset": 1e-3}),
    "LogFrequencySpectrogram": Example(arguments={"n_fft": 2048, "hop_length": 160}),
    "Loudness": Example(arguments={"mode": "momentary"}),
    "LowPass": Example(arguments={"min_cutoff_hz": 500.0, "max_cutoff_hz": 2000.0}),
    "MFCC": Example(arguments=STFT),
    "Magnitude": Example("spectrum"),
    "MagnitudeToDecibel": Example("magnitude"),
    "MelSpectrogram": Example(arguments=MEL),
    "MixUp": Example("pair", {"n_classes": 10, "alpha": 8.0}),
    "MuLawDecoding": Example("codes"),
    "MuLawEncoding": Example(),
    "OneOf": Example(arguments={"layers": [("Gain", {}), ("TimeShift", {})]}),
    "PCEN": Example("mel", {"hop_length": 160, "scale": 1e6}),
    "Pad": Example(arguments={"before": 4000, "after": 4000}),
    "Phase": Example("spectrum"),
    "PitchShift": Example(),
    "Polarity": Example(),
    "Power": Example("spectrum"),
    "PowerToDecibel": Example("power"),
    "PreEmphasis": Example(),
    "RMS": Example(arguments=FRAMES),
    "RandomCrop": Example(arguments={"samples": 8000}),
    "RandomResizedSpectrogram": Example("decibel"),
    "Resample": Example(arguments={"orig_sr": 16000, "target_sr": 8000}),
    "Reverberate": Example(arguments={"bank": [[1.0, *[0.0] * 1599, 0.6, *[0.0] * 2399, 0.3]]}),
    "STFT": Example(arguments=STFT),
    "Saturate": Example(),
    "SimulatedRoom": Example(),
    "SincFrontEnd": Example(),
    "SomeOf": Example(
        arguments={"layers": [("Gain", {}), ("TimeShift", {}), ("Saturate", {})]}
    ),
    "SpecAugment": Example("decibel", {"freq_mask_param": 12, "time_mask_param": 20}),
    "SpectralBandwidth": Example("power"),
    "SpectralCentroid": Example("power"),
    "SpectralContrast": Example("power"),
    "SpectralFlatness": Example("power"),
    "SpectralFlux": Example("power"),
    "SpectralRolloff": Example("power"),
    "SpeedPerturb": Example(arguments={"min_speed": 1.2, "max_speed": 1.3}),
    "StftMagnitude": Example(arguments=STFT),
    "TimeShift": Example(),
    "TimeStretch": Example("spectrum", {**STFT, "rate": 1.5}),
    "VQT": Example(arguments=OCTAVES),
    "ZeroCrossingRate": Example(arguments=FRAMES),
}


def public_layers() -> list[str]:
    """Returns the names of all public layers, of the front end and of augmentation."""
    return sorted({*layers.__all__, *augment.LAYERS})


def layer_class(name: str) -> type:
    """Returns a public layer by its name."""
    return getattr(layers if name in layers.__all__ else augment, name)


def waveform(path: str = RECORDING, samples: int | None = None) -> np.ndarray:
    """Returns a recording as `(1, samples, 1)`, at 16 kHz."""
    clip, _ = soundfile.read(ROOT / path, dtype="float32")
    clip = clip[:samples] if samples else clip
    return np.pad(clip, (0, max(0, (samples or 0) - len(clip))))[None, :, None]


@dataclass(frozen=True)
class Run:
    """What went into a layer and what came out, each a NumPy array of the first example."""

    layer: keras.layers.Layer
    given: np.ndarray
    result: np.ndarray


def run_example(name: str) -> Run:
    """Runs the example of a layer on the recording."""
    example = EXAMPLES[name]
    layer = _build(layer_class(name), example.arguments, random=name in augment.LAYERS)
    given, labels = _inputs(example.after)
    result = _call(layer, given, labels, after=example.after, random=name in augment.LAYERS)
    given, result = (keras.ops.convert_to_numpy(x)[:1] for x in (given, result))
    return Run(layer, given, result)


def _build(make: type, arguments: Mapping[str, Any], *, random: bool) -> keras.layers.Layer:
    """Returns a layer; one that draws at random always changes its input, by a fixed seed."""
    arguments = dict(arguments)
    if "layers" in arguments:
        inner = arguments["layers"]
        arguments["layers"] = [_build(layer_class(n), a, random=False) for n, a in inner]
    if "bank" in arguments:
        arguments["bank"] = [np.array(room, "float32") for room in arguments["bank"]]
    if random:
        arguments |= {"seed": 1} | ({} if make in _ALWAYS else {"probability": 1.0})
    return make(**arguments)


# They change every example: an argument `probability` would be an error.
_ALWAYS = (augment.RandomCrop,)


def _inputs(after: str) -> tuple[Any, Any]:
    """Returns what a layer takes, and labels for layers that mix them."""
    clip = waveform()
    if after == "pair":
        other = waveform(OTHER_RECORDING, clip.shape[1])
        return np.concatenate([clip, other]), np.array([7, 5])
    if after == "stereo":
        other = waveform(OTHER_RECORDING, clip.shape[1])
        return np.concatenate([clip, other], axis=-1), None
    if after == "mask":
        return clip, None
    for name, arguments in CHAINS[after]:
        clip = getattr(kapre_like, name)(**arguments)(clip)
    return clip, None


def _call(layer, given, labels, *, after: str, random: bool) -> Any:
    if after == "mask":
        return layer([given, np.array([given.shape[1] // 2])])
    if after == "pair":
        return layer((given, labels), training=True)[0]
    return layer(given, training=True) if random else layer(given)
