"""Front ends of this library as replacements of the convolutional feature encoder."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers import (
    Chain,
    FitLength,
    FrontEndNormalization,
    MelSpectrogram,
    Pad,
    Resample,
)
from kapre_like.models.wav2vec2.config.network import FRONT_ENDS, RATE, Wav2Vec2Config
from kapre_like.ops.masking import length_mask, lengths, zero_invalid

_OWNER = "wav2vec2"
_RULE = (
    'None, "logmel", or a layer of this library from (batch, samples, channels) to '
    "(batch, frames, freqs, channels), such as MelSpectrogram(hop_length=320)"
)
# Number of mel bands. 80 is common in speech recognition.
_N_MELS = 80


def logmel() -> keras.layers.Layer:
    """Returns a log-mel spectrogram with the frames of the convolutional encoder.

    It has 80 mel bands in decibels, at most 80 dB below the clip's peak. Window and hop length
    are those of the convolutions, 400 and 320 samples at 16 kHz, so labels per frame are valid
    for both.
    """
    convolutions = Wav2Vec2Config()
    return MelSpectrogram(
        sample_rate=RATE,
        n_fft=convolutions.receptive_field,
        hop_length=math.prod(convolutions.conv_stride),
        center=False,
        n_mels=_N_MELS,
        name="logmel",
    )


def as_front_end(feature_encoder: Any, rate: int) -> keras.layers.Layer | None:
    """Resolves an argument `feature_encoder` to a layer, or to `None` for convolutions.

    Args:
        feature_encoder: `None`, a name in `FRONT_ENDS`, or a layer.
        rate: Int > 0, sample rate of the network in Hz.

    Raises:
        ValueError: If `feature_encoder` is something else, or a layer for another rate.
    """
    if feature_encoder is None:
        return None
    if isinstance(feature_encoder, str) and feature_encoder in FRONT_ENDS:
        feature_encoder = logmel()
    check_front_end(feature_encoder, rate)
    return feature_encoder


def check_front_end(layer: Any, rate: int) -> None:
    """Raises an error unless `layer` computes spectrograms of waveforms at `rate`."""
    if not isinstance(layer, keras.layers.Layer) or not hasattr(layer, "frame_lengths"):
        _fail(layer, "Use a layer of `kapre_like.layers` or `kapre_like.presets`.")
    waveform = keras.KerasTensor((None, None, 1), dtype="float32")
    try:
        spectrum = layer.compute_output_spec(waveform)
        frames = layer.compute_output_shape((1, rate, 1))[1]
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        _fail(layer, f"It does not accept a waveform: {error}")
    shape, dtype = tuple(spectrum.shape), keras.backend.standardize_dtype(spectrum.dtype)
    if len(shape) != 4 or None in shape[2:] or "float" not in dtype:
        _fail(layer, f"It returns {shape} of dtype {dtype}.")
    _check_rates(layer, rate)
    mask = layer.compute_mask(None, keras.ops.ones((1, rate), dtype="bool"))
    if mask is None and not any(isinstance(part, FitLength) for part in parts(layer)):
        _fail(layer, "It does not return a mask of the valid frames.")
    if mask is not None and mask.shape[1] != frames:
        fix = f"For {rate} samples it returns {frames} frames and a mask of {mask.shape[1]}."
        _fail(layer, fix)


def _fail(layer: Any, fix: str) -> None:
    _check.fail(_OWNER, "feature_encoder", _RULE, layer, fix)


def _check_rates(layer: Any, rate: int) -> None:
    """Checks that the sample rate of every layer is that of its input."""
    for part in parts(layer):
        name = "orig_sr" if isinstance(part, Resample) else "sample_rate"
        own = getattr(part, name, None)
        if own not in (None, rate):
            rule = f"a front end for {rate} Hz"
            fix = f"Its {type(part).__name__} has {name}={own}. "
            fix += f"Set {name}={rate}, or add a Resample before it."
            _check.fail(_OWNER, "feature_encoder", rule, layer, fix)
        rate = part.target_sr if isinstance(part, Resample) else rate


def parts(layer: Any) -> Iterator[Any]:
    """Yields the layers of a chain and of nested chains in order."""
    if isinstance(layer, Chain):
        for part in layer.layers:
            yield from parts(part)
    else:
        yield layer


def frame_clock(layer: Any) -> tuple[float, float]:
    """Returns the samples between frames, and the sample at the center of the first frame.

    Raises:
        ValueError: If a layer changes the number of frames and has no `frame_grid`.
    """
    # A sample is a step of one sample, and its own middle is half a sample from its start.
    step, middle, shape = Fraction(1), Fraction(1, 2), (1, RATE, 1)
    for part in parts(layer):
        before, shape = shape[1], tuple(part.compute_output_shape(shape))
        grid = getattr(part, "frame_grid", None)
        if grid is not None:
            middle += step * (Fraction(grid.middle) - Fraction(1, 2))
            step *= grid.hop_length
        elif isinstance(part, Resample):
            step *= Fraction(int(part.orig_sr), int(part.target_sr))
        elif isinstance(part, Pad):
            middle -= step * part.before
        elif shape[1] != before and not isinstance(part, FitLength):
            fix = f"Its {type(part).__name__} changes the number of frames and has no "
            _fail(layer, f"{fix}`frame_grid` that says where they are.")
    return float(step), float(middle)


@keras.saving.register_keras_serializable(package="kapre_like")
class FrontEndFeatures(keras.layers.Layer):
    """Feature vectors of a front end, normalized to mean 0 and variance 1 per clip.

    The moments are computed over all bands of a clip's valid frames. Decibels and powers
    therefore have the same scale, and differences in loudness between frames are kept. The
    front end determines the number of frames and which of them are valid.

    Args:
        front_end: Layer from `(batch, samples, channels)` to `(batch, frames, freqs,
            channels)`, see `front_ends.check_front_end`.
        rate: Int > 0, sample rate of the waveform in Hz.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, samples)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, frames, freqs * channels)` in the compute dtype, zero past each clip's
        last valid frame, and `(batch,)` int32.

    Raises:
        ValueError: If `front_end` is not such a layer, or is for another rate.
    """

    def __init__(self, *, front_end, rate=16000, **kwargs):
        # A front end takes float32 samples under every dtype policy.
        super().__init__(autocast=False, **kwargs)
        check_front_end(front_end, rate)
        self.front_end, self.rate = front_end, rate
        # `Chain` passes `mask` and `training` to layers that take them.
        self.chain = Chain(layers=[front_end], name="chain")
        self.norm = FrontEndNormalization(name="norm", dtype=self.dtype_policy)

    def build(self, input_shape):
        shape = (*input_shape[0], 1)
        if not self.chain.built:
            self.chain.build(shape)
        self.norm.build(self.chain.compute_output_shape(shape))

    def call(self, inputs, training=None):
        waveform, length = inputs
        x = ops.expand_dims(waveform, axis=-1)
        mask = length_mask(x, length=length)
        y = self.chain(x, mask=mask, training=training)
        valid = self.chain.compute_mask(x, mask)
        y = zero_invalid(self.norm(_from_first(y), mask=valid), mask=valid)
        if valid is None:
            # The front end has a fixed length, so all frames are valid.
            valid = ops.ones_like(y[:, :, 0, 0], dtype="bool")
        y = ops.reshape(y, (ops.shape(y)[0], -1, y.shape[2] * y.shape[3]))
        return ops.cast(y, self.compute_dtype), lengths(valid)

    def compute_output_spec(self, inputs, training=None):
        del training
        waveform, length = inputs
        batch, frames, freqs, channels = self.chain.compute_output_shape((*waveform.shape, 1))
        return (
            keras.KerasTensor((batch, frames, freqs * channels), dtype=self.compute_dtype),
            keras.KerasTensor(length.shape, dtype="int32"),
        )

    def get_config(self):
        front_end = keras.saving.serialize_keras_object(self.front_end)
        return {**super().get_config(), "front_end": front_end, "rate": self.rate}

    @classmethod
    def from_config(cls, config):
        front_end = keras.saving.deserialize_keras_object(config["front_end"])
        return cls(**{**config, "front_end": front_end})


def _from_first(x):
    """Subtracts the clip's first value, and sets rounding differences to exactly 0.

    The spectrogram of silence is constant except for the last bit of the logarithm. Without
    this, normalization would divide that bit by a standard deviation close to 0.
    """
    first = x[:, :1, :1]
    x = x - first
    return ops.where(ops.abs(x) > 1e-6 * ops.abs(first), x, ops.zeros((), x.dtype))
