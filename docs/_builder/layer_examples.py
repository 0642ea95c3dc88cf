"""Runs the example of each layer's page on a recording of this repository.

The rows of `kapre_like/_layer_table.py` contain the input and the arguments of the examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import soundfile

import kapre_like
from kapre_like import augment, layers
from kapre_like._layer_table import MEL, ROWS, STFT

ROOT = Path(__file__).resolve().parents[2]
RECORDING = "examples/data/spoken_digits/clips/7/s26-0.flac"
OTHER_RECORDING = "examples/data/spoken_digits/clips/5/s07-0.flac"

# Layers that compute the input of an example from the waveform.
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
    """A layer, and the first example of its input and output as NumPy arrays."""

    layer: keras.layers.Layer
    given: np.ndarray
    result: np.ndarray


def run_example(name: str) -> Run:
    """Runs the example of a layer on the recording."""
    row = ROWS[name]
    layer = _build(layer_class(name), row.example, random=name in augment.LAYERS)
    given, labels = _inputs(row.after)
    result = _call(layer, given, labels, after=row.after, random=name in augment.LAYERS)
    given, result = (keras.ops.convert_to_numpy(x)[:1] for x in (given, result))
    return Run(layer, given, result)


def _build(make: type, arguments: Mapping[str, Any], *, random: bool) -> keras.layers.Layer:
    """Returns a layer. A random one gets a fixed seed and always changes its input."""
    arguments = dict(arguments)
    if "layers" in arguments:
        inner = arguments["layers"]
        arguments["layers"] = [_build(layer_class(n), a, random=False) for n, a in inner]
    if "bank" in arguments:
        arguments["bank"] = [np.array(room, "float32") for room in arguments["bank"]]
    if random:
        arguments |= {"seed": 1} | ({} if make in _ALWAYS else {"probability": 1.0})
    return make(**arguments)


# Layers without an argument `probability`, because they change every example.
_ALWAYS = (augment.RandomCrop,)


def _inputs(after: str | Sequence[tuple[str, Any]]) -> tuple[Any, Any]:
    """Returns the input of a layer, and labels for layers that mix them."""
    clip = waveform()
    if after == "pair":
        other = waveform(OTHER_RECORDING, clip.shape[1])
        return np.concatenate([clip, other]), np.array([7, 5])
    if after == "stereo":
        other = waveform(OTHER_RECORDING, clip.shape[1])
        return np.concatenate([clip, other], axis=-1), None
    if after == "mask":
        return clip, None
    for name, arguments in CHAINS[after] if isinstance(after, str) else after:
        clip = getattr(kapre_like, name)(**arguments)(clip)
    return clip, None


def _call(layer, given, labels, *, after: Any, random: bool) -> Any:
    if after == "mask":
        return layer([given, np.array([given.shape[1] // 2])])
    if after == "pair":
        return layer((given, labels), training=True)[0]
    return layer(given, training=True) if random else layer(given)
