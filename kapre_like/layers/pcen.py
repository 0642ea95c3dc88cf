"""Per-channel energy normalization as a layer. Arithmetic: `ops.pcen`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.filters.iir import smoothing_coefficient, time_constant
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.kept import kept, kept_numbers
from kapre_like.layers._base.per_band import add_per_band, known_bands
from kapre_like.layers._base.stream_stage import RECURSION
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.pcen import first_frame, pcen
from kapre_like.ops.sizes import channels_last, channels_second

# Constraints on trained values: a gain above 1 inverts the level, and a power above 1 expands
# it. At bias 0 and power 0 gradients are infinite or vanish. Smoothing 1e-4 averages over 1e4
# frames. An initial value outside its range extends the range.
_RANGES = {
    "gain": (0.0, 1.0), "bias": (1e-3, None), "power": (1e-2, 1.0), "smoothing": (1e-4, 1.0),
}  # fmt: skip


@keras.saving.register_keras_serializable(package="kapre_like")
class PCEN(SpectrogramLayer):
    """Per-channel energy normalization: gain control and root compression per band.

    `m[t] = (1 - b) * m[t - 1] + b * s[t]` smooths the energy `s = scale * x` of a band, then
    `y[t] = (s[t] / (eps + m[t]) ** gain + bias) ** power - bias ** power`. With `power=0`, the
    limit `y[t] = log(1 + s[t] / (eps + m[t]) ** gain)` is used. The recursion is exact and runs
    in blocks of frames, at any length. Bands and channels are independent, and masked frames
    count as silence.

    The defaults are those of librosa and of the original paper, which assume 32-bit integer
    samples. For a waveform in [-1, 1], set `scale=2**31` on a magnitude spectrogram. On a power
    spectrogram set `scale=2.0**62` and choose `bias` and `power`. LEAF:
    `gain=0.96, bias=2.0, power=0.5, smoothing=0.04, eps=1e-12, start="first", learn="bands"`.

    Args:
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames. Converts `time_constant` to frames,
            together with `sample_rate`.
        gain: Number >= 0. 0 keeps the level, 1 removes it.
        bias: Number >= 0, added before the compression.
        power: Number >= 0, exponent of the compression.
        time_constant: Number > 0, seconds over which the energy is smoothed.
        smoothing: Number in (0, 1], the coefficient `b` itself. `None` means
            `(sqrt(1 + 4 T^2) - 1) / (2 T^2)` with `T = time_constant * sample_rate /
            hop_length`.
        eps: Number > 0, added to the smoothed energy.
        scale: Number > 0, factor on the input.
        start: `"one"`: `m[-1] = 1`, as in librosa. `"first"`: `m[-1] = s[0]`, as in LEAF.
        learn: `None`, or `"bands"`: `gain`, `bias`, `power` and `b` of every band become
            weights; `bias` and `power` must then be > 0.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, bands, channels)`, linear and >= 0. Negative values count as 0.

    Output shape:
        Same as the input, in the policy's compute dtype; no unit.

    Weights:
        `gain`, `bias`, `power`, `smoothing`: `(bands,)`, in the attributes `gain_weight` and so
            on, constrained to [0, 1], >= 1e-3, [0.01, 1] and [1e-4, 1]; exist if
            `learn="bands"`.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input, or if the
            input is not floating point.

    Example:
        >>> mel = kapre_like.MelSpectrogram(n_fft=512, power=1.0, decibel=False)
        >>> pcen = kapre_like.PCEN(hop_length=128, scale=2**31, learn="bands")
        >>> pcen(mel(np.zeros((2, 16000, 1)))).shape
        (2, 126, 128, 1)

    Source: Y. Wang et al., Trainable frontend for robust and far-field keyword spotting, 2017;
        librosa 0.11 `pcen`, which returns the same numbers.
    """

    stream_stage = RECURSION
    _follows_policy = True

    def __init__(
        self,
        *,
        sample_rate=16000,
        hop_length=512,
        gain=0.98,
        bias=2.0,
        power=0.5,
        time_constant=0.4,
        smoothing=None,
        eps=1e-6,
        scale=1.0,
        start="one",
        learn=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "PCEN"
        _check.positive(owner, sample_rate=sample_rate, time_constant=time_constant)
        _check.positive(owner, eps=eps, scale=scale)
        _check.positive_int(owner, hop_length=hop_length)
        _check.non_negative(owner, gain=gain)
        _check.one_of(owner, ("first", "one"), start=start)
        _check.one_of(owner, (None, "bands"), learn=learn)
        check = _check.non_negative if learn is None else _check.positive
        check(owner, bias=bias, power=power)
        if smoothing is not None:
            _check.positive(owner, smoothing=smoothing)
            if smoothing > 1:
                _check.fail(owner, "smoothing", "in (0, 1]", smoothing)
        self.sample_rate, self.hop_length = sample_rate, hop_length
        self.gain, self.bias, self.power = gain, bias, power
        self.time_constant, self.smoothing = time_constant, smoothing
        self.eps, self.scale, self.start, self.learn = eps, scale, start, learn
        b = smoothing_coefficient(time_constant, sample_rate, hop_length)
        b = b if smoothing is None else smoothing
        given = {"gain": gain, "bias": bias, "power": power, "smoothing": b}
        self._initial = {name: float(value) for name, value in given.items()}
        self._bands = None

    def build(self, input_shape):
        super().build(input_shape)
        self._bands = tuple(input_shape)[2]
        if self.learn is None:
            return
        self._bands = known_bands("PCEN", input_shape)
        for name, (low, high) in _RANGES.items():
            start = np.full(self._bands, self._initial[name])
            weight = add_per_band(self, name, start=start, low=low, high=high)
            setattr(self, f"{name}_weight", weight)

    def call(self, inputs, mask=None):
        return self._from(zero_invalid(inputs, mask=mask), None)[0]

    def stream(self, inputs, state=None):
        """Normalizes the next frames of a clip that arrives in chunks.

        Args: inputs: `(batch, frames, bands, channels)`, any number of frames. state: State
            returned by the call for the preceding frames, or `None` for the first.

        Returns: The output for these frames, equal to that of the whole clip, and the new
            state.
        """
        if not self.built:
            self.build(inputs.shape)
        return self._from(ops.convert_to_tensor(inputs), state)

    def _from(self, inputs, state):
        check_floating("PCEN", inputs)
        dtype = working_dtype(self)
        x = channels_second(ops.maximum(ops.cast(inputs, dtype), 0.0))
        x = x if self.scale == 1 else x * float(self.scale)
        if state is None:
            state = 1.0 if self.start == "one" else first_frame(x)
        values = self._initial
        if self.learn == "bands":
            values = {name: kept(w, dtype) for name, w in self._learned().items()}
        y, state = pcen(x, **values, eps=self.eps, state=state)
        return ops.cast(channels_last(y), self.compute_dtype), state

    def _learned(self):
        return {name: getattr(self, f"{name}_weight") for name in _RANGES}

    def describe(self):
        """Returns time constant (s), gain, bias and power per band, now and at the start.

        Returns:
            `kapre_like.description.Description`.
        """
        if self._bands is None:
            raise ValueError(
                "PCEN: describe() needs to know the number of bands. Call the layer once."
            )
        initial = {name: np.full(self._bands, v) for name, v in self._initial.items()}
        now = initial
        if self.learn == "bands":
            now = {name: kept_numbers(weight) for name, weight in self._learned().items()}
        return Description(self._in_seconds(now), self._in_seconds(initial), "PCEN")

    def _in_seconds(self, values):
        seconds = time_constant(values["smoothing"], self.sample_rate, self.hop_length)
        return {"time_constant_s": seconds, **{k: values[k] for k in ("gain", "bias", "power")}}
