"""Normalisation of waveforms and spectrograms as a layer. Arithmetic: `ops.moments`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import (
    SPECTROGRAM,
    WAVEFORM,
    check_floating,
    check_shape,
    constant,
    working_dtype,
)
from kapre_like.layers._base.running_moments import RunningMoments, batches
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.moments import clip_moments, sliding_moments, standardize

_OWNER = "FrontEndNormalization"


@keras.saving.register_keras_serializable(package="kapre_like")
class FrontEndNormalization(FrontEnd):
    """Brings waveforms or spectrograms to mean 0 and variance 1.

    `y = (x - mean) / sqrt(variance + epsilon)`, each channel by itself, with mean and
    (population) variance

    - `"clip"`: of a clip over time, and over frequency if it has any;
    - `"band"`: of each band of a clip over time;
    - `"sliding"`: of each band over the `window` frames around or before each frame;
    - `"dataset"`: given, or taken from data per band by `adapt`; 0 and 1 until then.

    Statistics are taken where the mask says that a clip is; the padding becomes 0. Where the
    variance and `epsilon` are 0, nothing is divided by. The arithmetic is float32 under every
    policy but float64.

    Wav2Vec2: `epsilon=1e-7` on the waveform. AST: `mode="dataset", mean=-4.2677393,
    variance=(2 * 4.5689974) ** 2, epsilon=0.0`. torchaudio's `SlidingWindowCmn()`:
    `mode="sliding", window=601, window_align="past", min_window=100, scale=False`.

    Args:
        mode: `"clip"`, `"band"`, `"sliding"` or `"dataset"`.
        center: Whether the mean is subtracted.
        scale: Whether the result is divided by the root of the variance; one of both must be.
        epsilon: Number >= 0, added to the variance.
        window: Int > 0, frames, if `mode="sliding"`.
        window_align: `"center"`: from `window // 2` frames before, but inside the clip and of
            full size wherever the clip is as long; `"past"`: up to and with this frame.
        min_window: Int in 1 .. `window`: so many first frames share one window of this size,
            if `window_align="past"`.
        mean: Number, or array `(freqs,)` or `(freqs, channels)` (`(channels,)` for waveforms),
            if `mode="dataset"`; `None`: what `adapt` finds.
        variance: The same, each >= 0; given if and only if `mean` is.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        Same as the input, in the policy's compute dtype.

    Weights:
        `mean`, `variance`: `(freqs, channels)` or `(channels,)`, held as `mean_weight` and
            `variance_weight`, not trainable; exist if `mode="dataset"` and none are given.

    Raises:
        ValueError: If an argument is outside its domain, the input does not fit, or it is not
            floating point.

    Example:
        >>> layer = kapre_like.FrontEndNormalization(mode="dataset")
        >>> layer.adapt(np.array([[[1.0], [3.0]]]))
        >>> keras.ops.convert_to_numpy(layer(np.array([[[2.0], [4.0]]]))).round(3).tolist()
        [[[0.0], [2.0]]]

    Source: Kaldi `apply-cmvn-sliding`; transformers `Wav2Vec2FeatureExtractor`.
    """

    stream_stage = EACH_FRAME
    _follows_policy = True

    def __init__(
        self,
        *,
        mode="clip",
        center=True,
        scale=True,
        epsilon=1e-7,
        window=600,
        window_align="center",
        min_window=1,
        mean=None,
        variance=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.one_of(_OWNER, ("clip", "band", "sliding", "dataset"), mode=mode)
        _check.boolean(_OWNER, center=center, scale=scale)
        if not (center or scale):
            _check.fail(_OWNER, "scale", "True if center=False", scale)
        _check.non_negative(_OWNER, epsilon=epsilon)
        _check.positive_int(_OWNER, window=window, min_window=min_window)
        _check.one_of(_OWNER, ("center", "past"), window_align=window_align)
        if min_window > window:
            _check.fail(_OWNER, "min_window", f"at most window={window}", min_window)
        self._given = _given(mode, mean, variance)
        self.mode, self.center, self.scale, self.epsilon = mode, center, scale, epsilon
        self.window, self.window_align = window, window_align
        self.min_window, self.mean, self.variance = min_window, mean, variance

    def build(self, input_shape):
        self._check_shape(input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=len(input_shape))
        if self.mode != "dataset":
            return
        each = tuple(input_shape)[2:]
        if self._given is not None:
            self._given = tuple(_beside(v, each) for v in self._given)
            return
        if None in each:
            rule = "a mode other than dataset if freqs or channels are unknown"
            _check.fail(_OWNER, "mode", f"{rule}, here {tuple(input_shape)}", self.mode)
        self.mean_weight = self._add("mean", np.zeros(each))
        self.variance_weight = self._add("variance", np.ones(each))

    def _add(self, name, values):
        return self.add_weight(
            name=name, shape=values.shape, initializer=constant(values), trainable=False,
            dtype=working_dtype(self), autocast=False,
        )  # fmt: skip

    def adapt(self, data):
        """Takes mean and variance, per band and channel, from data; forgets earlier ones.

        Args:
            data: One batch as array or tensor, or something to go through, such as a
                `tf.data.Dataset`, that yields batches or pairs `(batch, mask)` with a boolean
                mask `(batch, time)`. A batch that carries a Keras mask needs no pair.

        Raises:
            ValueError: If the layer takes no statistics from data, or the data do not fit or
                hold no valid frame.
        """
        if self.mode != "dataset" or self._given is not None:
            fix = "Leave mean and variance out."
            _check.fail(_OWNER, "mode", '"dataset" for adapt', self.mode, fix)
        moments = RunningMoments()
        for x, mask in batches(_OWNER, data):
            if not self.built:
                self.build((None, None, *x.shape[2:]))
            if x.shape[2:] != tuple(self.mean_weight.shape):
                rule = f"batches with axes {tuple(self.mean_weight.shape)} after time"
                _check.fail(_OWNER, "data", rule, x.shape)
            moments.add(x, mask)
        if moments.mean is None:
            _check.fail(_OWNER, "data", "at least one valid frame", data)
        self.mean_weight.assign(moments.mean)
        self.variance_weight.assign(moments.variance)

    def call(self, inputs, mask=None):
        self._check_shape(tuple(inputs.shape))
        check_floating(_OWNER, inputs)
        x = zero_invalid(ops.cast(inputs, working_dtype(self)), mask=mask)
        mean, variance = self._moments(x, mask)
        y = standardize(
            x, mean=mean if self.center else None, variance=variance if self.scale else None,
            epsilon=self.epsilon,
        )  # fmt: skip
        return ops.cast(zero_invalid(y, mask=mask), self.compute_dtype)

    def _moments(self, x, mask):
        if self.mode == "dataset":
            given = self._given or (self.mean_weight, self.variance_weight)
            return [ops.cast(v, x.dtype) for v in given]
        if self.mode == "sliding":
            return sliding_moments(
                x, window=self.window, align=self.window_align, min_window=self.min_window,
                mask=mask,
            )  # fmt: skip
        axes = (1, 2) if self.mode == "clip" and len(x.shape) == 4 else (1,)
        return clip_moments(x, axes=axes, mask=mask)

    def stream_obstacle(self):
        if self.mode == "dataset":
            return None
        return (
            f"must not depend on the whole clip. Received: mode={self.mode!r}. "
            "Use mode='dataset'."
        )

    def _check_shape(self, shape):
        check_shape(_OWNER, shape, WAVEFORM if len(tuple(shape)) < 4 else SPECTROGRAM, "")


def _given(mode, mean, variance):
    """The two arguments as arrays, or `None` if neither is given."""
    values = {"mean": mean, "variance": variance}
    given = {name: value for name, value in values.items() if value is not None}
    for name, value in given.items():
        if mode != "dataset":
            _check.fail(_OWNER, name, "None unless mode='dataset'", value)
    if len(given) == 1:
        (name,) = given
        missing = "variance" if name == "mean" else "mean"
        _check.fail(_OWNER, missing, f"given, since {name} is", None)
    return tuple(_numbers(*item) for item in given.items()) or None


def _numbers(name, value):
    rule = "a finite number or array of one or two axes"
    rule = rule if name == "mean" else f"{rule}, nowhere below 0"
    try:
        array = np.asarray(value, "float64")
    except (TypeError, ValueError):
        _check.fail(_OWNER, name, rule, value)
    wrong = isinstance(value, bool) or array.size == 0 or array.ndim > 2
    if wrong or not np.isfinite(array).all() or (name == "variance" and (array < 0).any()):
        _check.fail(_OWNER, name, rule, value)
    return array


def _beside(value, each):
    """A given number or array as it broadcasts to the axes after time."""
    if value.ndim == 1 and len(each) == 2:
        value = value[:, None]
    sizes = zip(value.shape[::-1], each[::-1], strict=False)
    if value.ndim > len(each) or any(a not in (1, b) for a, b in sizes if b is not None):
        _check.fail(_OWNER, "mean", f"a number or an array that fits {each}", value.shape)
    return value
