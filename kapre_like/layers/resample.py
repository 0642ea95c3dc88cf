"""Sample-rate conversion as a layer. Arithmetic: `ops.resampling`."""

import dataclasses
import math
from fractions import Fraction

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters.resampling import (
    METHODS,
    QUALITIES,
    fits,
    periods,
    resampled_count,
    resampler,
)
from kapre_like.layers._base.axes import WaveformLayer
from kapre_like.layers._base.inputs import take_waveform
from kapre_like.layers._base.resampled_mask import ResampledMask
from kapre_like.layers._base.stream_stage import AROUND, StreamContext
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.resampling import resample, resampled_lengths
from kapre_like.ops.sizes import channels_last


@keras.saving.register_keras_serializable(package="kapre_like")
class Resample(WaveformLayer):
    """Converts every channel to another sample rate with a windowed sinc filter.

    `y[j] = sum_i x[i] * h(i / orig_sr - j / target_sr)` with
    `h(t) = c * sinc(c * orig_sr * t) * w(t)`, where
    `c = rolloff * min(orig_sr, target_sr) / orig_sr` is the cutoff, and the window `w` ends
    after `lowpass_filter_width` zero crossings. A clip of `n` samples becomes
    `ceil(n * target_sr / orig_sr)` samples. Sample 0 keeps its time. Zeros extend the clip at
    both ends. The layer is linear and has an exact gradient. With equal rates, the output is
    the input.

    | quality | flat to 0.1 dB up to | aliasing | window |
    |---|---|---|---|
    | `"fast"` | 0.74 of half the lower rate | -6 dB, falling | Hann, 6 crossings |
    | `"high"` | 0.91 | below -105 dB | Kaiser, 64 crossings |
    | `"best"` | 0.95 | below -115 dB | Kaiser, 160 crossings |

    Aliasing is measured with tones above half the lower rate. `"fast"` is torchaudio's default.
    The last four arguments replace single settings of a quality. They are those of torchaudio
    and give its results.

    With a mask over samples, each clip ends after `ceil(length * target_sr / orig_sr)` valid
    samples, zeros follow, and the output carries a mask at the new rate. The arithmetic is
    float32 under every dtype policy except float64.

    Args:
        orig_sr: Int > 0, Hz, sample rate of the input.
        target_sr: Int > 0, Hz, sample rate of the output.
        quality: `"fast"`, `"high"` or `"best"`.
        resampling_method: `"sinc_interp_hann"` or `"sinc_interp_kaiser"`, or `None` for the one
            of `quality`.
        lowpass_filter_width: Int > 0, zero crossings on each side, or `None` for those of
            `quality`.
        rolloff: Number in 0 .. 1, cutoff as a fraction of half the lower rate, or `None` for
            that of `quality`.
        beta: Number >= 0, shape of the Kaiser window, or `None` for that of `quality`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        `(batch, ceil(samples * target_sr / orig_sr), channels)`, float32, in the unit of the
        input.

    Raises:
        ValueError: If an argument is outside its domain, if the common divisor of the rates is
            so small that the filters would not fit into memory, or if the input is not floating
            point or lacks a channel axis or channels.

    Example:
        >>> layer = kapre_like.Resample(orig_sr=44100, target_sr=16000)
        >>> layer(np.zeros((2, 44100, 1))).shape
        (2, 16000, 1)

    Source: J. O. Smith, Digital audio resampling, 2002; torchaudio 2.11
        `functional.resample`, whose default beta is 14.769656459379492.
    """

    stream_stage = AROUND

    def __init__(
        self,
        *,
        orig_sr=16000,
        target_sr=16000,
        quality="high",
        resampling_method=None,
        lowpass_filter_width=None,
        rolloff=None,
        beta=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "Resample"
        _check.positive_int(owner, orig_sr=orig_sr, target_sr=target_sr)
        _check.one_of(owner, tuple(QUALITIES), quality=quality)
        sinc = _sinc(
            owner, QUALITIES[quality], method=resampling_method, width=lowpass_filter_width,
            rolloff=rolloff, beta=beta,
        )  # fmt: skip
        self.orig_sr, self.target_sr, self.quality = orig_sr, target_sr, quality
        self.resampling_method, self.rolloff, self.beta = resampling_method, rolloff, beta
        self.lowpass_filter_width = lowpass_filter_width
        self._source, self._target = periods(int(orig_sr), int(target_sr))
        self._resampler = None
        if self._source != self._target:
            _check_fits(owner, self._source, self._target, target_sr, sinc)
            self._resampler = resampler(self._source, self._target, sinc)
        self._mask = ResampledMask(self._source, self._target)

    def call(self, inputs, mask=None):
        x = take_waveform(self, "Resample", inputs, mask)
        if self._resampler is None:
            return channels_last(x)
        samples = ops.shape(x)[-1]
        count = resampled_lengths(samples, source=self._source, target=self._target)
        y = channels_last(resample(x, resampler=self._resampler, count=count))
        return y if mask is None else zero_invalid(y, mask=self._mask(mask))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        same = previous_mask is None or self._resampler is None
        return previous_mask if same else self._mask(previous_mask)

    def _output_shape(self, shape):
        batch, samples, channels = shape
        if samples is not None:
            samples = resampled_count(samples, self._source, self._target)
        return (batch, samples, channels)

    def stream_context(self):
        """Returns the samples that a period of outputs depends on, `None` at equal rates."""
        plan = self._resampler
        if plan is None:
            return None
        ahead = 2 * plan.source - plan.reach
        if plan.starts is not None:
            last = int(plan.starts[-1]) + plan.kernels.shape[1] - plan.reach
            ahead = max(plan.source, last)
        past = math.ceil(plan.reach / plan.source)
        return StreamContext(plan.source, plan.target, past, ahead)

    def sample_lengths(self, length):
        """Returns the valid samples of the resampled clips, int32."""
        length = ops.cast(length, "int32")
        return resampled_lengths(length, source=self._source, target=self._target)


def _sinc(owner, quality, *, method, width, rolloff, beta):
    """Returns the settings of a quality, with the given ones replaced."""
    _check.one_of(owner, (None, *METHODS), resampling_method=method)
    if width is not None:
        _check.positive_int(owner, lowpass_filter_width=width)
    if rolloff is not None:
        _check.positive(owner, rolloff=rolloff)
        if rolloff > 1:
            _check.fail(owner, "rolloff", "a number in 0 .. 1", rolloff)
    if beta is not None:
        _check.non_negative(owner, beta=beta)
    given = {"method": method, "width": width, "rolloff": rolloff, "beta": beta}
    return dataclasses.replace(quality, **{k: v for k, v in given.items() if v is not None})


def _check_fits(owner, source, target, target_sr, sinc):
    if fits(source, target, sinc):
        return
    fix = f"They have a period of {source} samples in and {target} out; use a faster quality"
    for max_period in (640, 160, 10):
        near = Fraction(target, source).limit_denominator(max_period)
        if near > 0 and fits(near.denominator, near.numerator, sinc):
            fix += f" or rates in the ratio of {near.denominator} to {near.numerator}"
            break
    rule = "such that orig_sr and target_sr have a large enough common divisor"
    _check.fail(owner, "target_sr", rule, target_sr, f"{fix}.")
