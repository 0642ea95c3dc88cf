"""How each kind of layer takes part in `Streaming`: what it keeps from chunk to chunk.

A stage has `begin(nothing)`, which starts a clip that comes in chunks like this empty one and
returns an empty result, and `feed(x, last)`, which takes more of the clip, adds the clip's end
if `last`, and returns what is ready.
"""

from types import SimpleNamespace

import keras
import numpy as np

from kapre_like import layers
from kapre_like._stream_samples import Emphasis, Padding, Pointwise, Program

FRAMING = (
    "STFT", "MelSpectrogram", "LogFrequencySpectrogram", "StftMagnitude", "MFCC", "LFCC",
    "KaldiFbank",
)  # fmt: skip
# What may come before the frames.
SAMPLES = ("Pad", "PreEmphasis")
POINTWISE = (
    "Magnitude", "Power", "Phase", "ApplyFilterbank", "MagnitudeToDecibel", "PowerToDecibel",
    "LogCompression", "ConcatenateFrequencyMap", "Cepstrum", "FrontEndNormalization",
)  # fmt: skip


def stages_of(front_end):
    """Returns the stages of layers in a row, or raises with the reason why one has none."""
    stages = []
    for layer in front_end:
        framed = any(isinstance(stage, Framing) for stage in stages)
        stages.append(_stage_of(layer, first=not framed))
    if any(isinstance(stage, Framing) for stage in stages):
        return stages
    raise ValueError(
        f"Streaming: `front_end` must have one of {', '.join(FRAMING)}. "
        f"Received: {', '.join(type(layer).__name__ for layer in front_end)}."
    )


def _stage_of(layer, *, first):
    name = type(layer).__name__
    known = getattr(layers, name, None) is type(layer)
    if known and first and name in SAMPLES:
        return _sample_stage(layer)
    if known and first and name in FRAMING:
        _refuse_peaks(layer)
        return Framing(layer)
    if known and not first and name in (*POINTWISE, "PCEN", "Delta"):
        _refuse_peaks(layer)
        stage = {"PCEN": Carrying, "Delta": Looking}.get(name, Pointwise)
        return stage(layer)
    wanted = (*SAMPLES, *FRAMING) if first else (*POINTWISE, "PCEN", "Delta")
    place = "the first layer" if first else "a later layer"
    raise ValueError(
        f"Streaming: `front_end` must have one of {', '.join(wanted)} as {place}. "
        f"Received: {name}."
    )


def _sample_stage(layer):
    """The stage of a layer of `SAMPLES`."""
    if isinstance(layer, layers.PreEmphasis):
        return Emphasis(layer)
    if layer.mode != "constant":
        raise ValueError(
            "Streaming: Pad must add zeros. Received: "
            f"mode={layer.mode!r}. Use pad_mode='reflect' of the layer behind it."
        )
    return Padding(layer)


def _refuse_peaks(layer):
    """What follows the loudest frame of a clip, or its mean, is not known before its end."""
    if getattr(layer, "mode", "dataset") != "dataset" and not isinstance(layer, layers.Delta):
        raise ValueError(
            f"Streaming: {type(layer).__name__} must not depend on the whole clip. Received: "
            f"mode={layer.mode!r}. Use mode='dataset'."
        )
    if not getattr(layer, "decibel", True):
        return
    if getattr(layer, "top_db", None) is not None or getattr(layer, "ref", None) == "max":
        raise ValueError(
            f"Streaming: {type(layer).__name__} must not depend on the clip's peak. Received: "
            f"ref={layer.ref!r}, top_db={layer.top_db!r}. Use a number as ref and top_db=None."
        )


class Carrying(Pointwise):
    """A recursion along the frames, `PCEN`: its state is kept."""

    def begin(self, nothing):
        """Starts in the state in which the layer starts a clip."""
        self._state = None
        return super().begin(nothing)

    def feed(self, x, *, last):  # noqa: ARG002
        """Returns the result for these frames and keeps the state after them."""
        if not x.shape[1]:
            return self._nothing
        y, self._state = self._layer.stream(x, self._state)
        return keras.ops.convert_to_numpy(y)


class Looking(Pointwise):
    """Looks some frames back and ahead, `Delta`: a window of frames is kept."""

    def begin(self, nothing):
        """Starts with no frames."""
        self._frames, self._dropped, self._given = nothing, 0, 0
        return super().begin(nothing)

    def feed(self, x, *, last):
        """Returns the frames whose surroundings are complete."""
        window = self._layer.win_length
        frames = np.concatenate([self._frames, x], axis=1)
        total = self._dropped + frames.shape[1]
        # The first frames may depend on the first whole window, whatever the mode.
        ready = total if last else (total - window // 2 if total >= window else 0)
        if ready <= self._given:
            self._frames = frames
            return self._nothing
        y = self._run(frames)[:, self._given - self._dropped : ready - self._dropped]
        drop = max(0, ready - window - self._dropped)
        self._frames, self._given = frames[:, drop:], ready
        self._dropped += drop
        return y


def _analysis(layer):
    """How a layer cuts frames: its `Analysis`, or what Kaldi's has of one."""
    if not isinstance(layer, layers.KaldiFbank):
        return layer._analysis
    return SimpleNamespace(
        n_fft=layer.win_length, hop_length=layer.hop_length, center=False, pad_mode="constant"
    )


class Framing(Pointwise):
    """Cuts samples into frames: the samples that later frames need are kept."""

    def __init__(self, layer):
        super().__init__(layer)
        self._analysis = _analysis(layer)
        self._side = self._analysis.n_fft // 2 if self._analysis.center else 0
        self._mirror = self._side and self._analysis.pad_mode == "reflect"
        # The same layer without what is beside the clip, which is added here.
        config = layer.get_config()
        uncentred = {"center": False} if "center" in config else {}
        self._twin = type(layer).from_config({**config, **uncentred})
        self._framed = Program(self._twin)

    def begin(self, nothing):
        """Starts with no samples and with the layer's weights of this moment."""
        shape = (nothing.shape[0], None, nothing.shape[2])
        if not self._layer.built:
            self._layer.build(shape)
        if not self._twin.built:
            self._twin.build(shape)
        self._twin.set_weights(self._layer.get_weights())
        self._kept, self._started, self._skip = nothing, False, 0
        self._tail = self._kept
        frame = self._run(np.zeros((shape[0], 1, shape[2]), "float32"))
        self._nothing = frame[:, :0]
        return self._nothing

    def feed(self, x, *, last):
        """Returns the frames that are complete."""
        # A mirror needs the samples around the clip's ends, wherever frames have got to.
        self._tail = np.concatenate([self._tail, x], axis=1)[:, -(self._side + 1) :]
        kept = np.concatenate([self._kept, x], axis=1)
        if not self._started:
            if self._mirror and kept.shape[1] <= self._side:
                self._kept = kept
                return self._run(kept) if last else self._nothing
            kept, self._started = np.concatenate([self._before(kept), kept], axis=1), True
            self._first = True
        if last:
            kept = np.concatenate([kept, self._after(kept)], axis=1)
        return self._cut(kept)

    def _cut(self, samples):
        """All whole frames of what there is; keeps the rest."""
        n_fft, hop = self._analysis.n_fft, self._analysis.hop_length
        samples, skipped = samples[:, self._skip :], min(self._skip, samples.shape[1])
        self._skip -= skipped
        count = max(0, 1 + (samples.shape[1] - n_fft) // hop) if not self._skip else 0
        used = count * hop
        self._kept, self._skip = samples[:, used:], self._skip + max(0, used - samples.shape[1])
        if not count:
            return self._nothing
        self._first = False
        part = samples[:, : (count - 1) * hop + n_fft]
        return self._framed(part)

    def _before(self, x):
        if self._mirror:
            return x[:, self._side : 0 : -1]
        return np.zeros((x.shape[0], self._side, x.shape[2]), "float32")

    def _after(self, kept):
        """What stands past the clip's end; a clip too short for a frame is filled up."""
        if self._mirror:
            return self._tail[:, -2 : -self._side - 2 : -1]
        missing = self._analysis.n_fft - kept.shape[1] if self._first else 0
        return np.zeros((kept.shape[0], max(self._side, missing), kept.shape[2]), "float32")
