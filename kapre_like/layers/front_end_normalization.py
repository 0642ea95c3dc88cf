"""Normalization of waveforms and spectrograms as a layer. Arithmetic: `ops.normalization`."""

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
from kapre_like.ops.normalization import clip_moments, sliding_moments, standardize

_OWNER = "FrontEndNormalization"


@keras.saving.register_keras_serializable(package="kapre_like")
class FrontEndNormalization(FrontEnd):
    """Normalizes waveforms or spectrograms to mean 0 and variance 1.

    `y = (x - mean) / sqrt(variance + epsilon)` for each channel. The mean and the population
    variance are computed

    - `"clip"`: per clip, over time and, if present, frequency;
    - `"band"`: per clip and band, over time;
    - `"sliding"`: per clip and band, over the `window` frames around or before each frame;
    - `"dataset"`: per band, from the arguments or by `adapt`; they are 0 and 1 until then.

    The statistics exclude masked steps, which become 0. Where variance and `epsilon` are both
    0, there is no division. The arithmetic is float32 under every dtype policy except float64.
    The output has the policy's compute dtype.

    Settings of known models: Wav2Vec2 uses `epsilon=1e-7` on the waveform. AST uses
    `mode="dataset", mean=-4.2677393, variance=(2 * 4.5689974) ** 2, epsilon=0.0`. torchaudio's
    `SlidingWindowCmn()` is
    `mode="sliding", window=601, window_align="past", min_window=100, scale=False`.

    Args:
        mode: `"clip"`, `"band"`, `"sliding"` or `"dataset"`.
        center: Whether the mean is subtracted.
        scale: Whether the result is divided by the standard deviation. `center` or `scale` must
            be True.
        epsilon: Number >= 0, added to the variance.
        window: Int > 0, frames, if `mode="sliding"`.
        window_align: `"center"`: the window starts `window // 2` frames before the frame. Near
            the ends of the clip it moves inside and keeps its size. `"past"`: the window ends
            with the frame.
        min_window: Int in 1 .. `window`: smallest window, which the first `min_window` frames
            share, if `window_align="past"`.
        mean: Number, or array `(freqs,)` or `(freqs, channels)` (`(channels,)` for waveforms),
            if `mode="dataset"`. `None` means the result of `adapt`.
        variance: As `mean`, with values >= 0. Set both or neither.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        Same as the input, in the policy's compute dtype. The unit is the standard deviation, or
        that of the input if `scale=False`.

    Weights:
        `mean`, `variance`: `(freqs, channels)` or `(channels,)`, in the attributes
            `mean_weight` and `variance_weight`, not trainable; exist if `mode="dataset"` and
            both arguments are `None`.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input, or if the
            input is not floating point.

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
        """Computes mean and variance per band and channel from data; replaces earlier ones.

        Args: data: One batch as an array or a tensor, or an iterable, such as a
            `tf.data.Dataset`, of batches or of pairs `(batch, mask)` with a boolean mask
            `(batch, time)`. A batch with a Keras mask needs no pair.

        Raises: ValueError: If the layer has no statistics to compute, or if the data do not fit
            it or contain no valid frame.
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
    """Returns the two arguments as arrays, or `None` if neither is given."""
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
    """Returns a given number or array in a shape that broadcasts to the axes after time."""
    if value.ndim == 1 and len(each) == 2:
        value = value[:, None]
    sizes = zip(value.shape[::-1], each[::-1], strict=False)
    if value.ndim > len(each) or any(a not in (1, b) for a, b in sizes if b is not None):
        _check.fail(_OWNER, "mean", f"a number or an array that fits {each}", value.shape)
    return value
