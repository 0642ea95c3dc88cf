"""Kapre's hiding of frames and frequencies. Arithmetic: `ops.spec_augment`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.kapre._graphs import at_least
from kapre_like.kapre._random_layer import RandomLayer
from kapre_like.kapre.backend import _CH_FIRST_STR
from kapre_like.ops.segments import positions
from kapre_like.ops.spec_augment import in_spans


@keras.saving.register_keras_serializable(package="Kapre")
class SpecAugment(RandomLayer):
    """Hides random spans of frames, then of frequencies, while training.

    Each span is 1, 2, ... or `..._mask_param` wide, all equally likely, and stands anywhere on
    its axis. Every example of a batch and every call has its own. Channels share them; Kapre
    refuses more than one. `kapre_like.SpecAugment` has the widths of the paper, from 0 on,
    the mean as value, and knows masks.

    Args:
        freq_mask_param: Int > 0, the widest span of frequencies; not more than there are.
        time_mask_param: Int > 0, the widest span of frames; not more than there are.
        n_freq_masks: Int >= 0, spans of frequencies.
        n_time_masks: Int >= 0, spans of frames.
        mask_value: Number that stands where something is hidden. 0 is loud on decibels.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`. Any at
        inference.

    Output shape:
        That of the input; floats in float32, float64 under a float64 policy, half precision
        as it is under mixed precision; integers as they are.

    Raises:
        RuntimeError: If a mask parameter is 0 or `None`.
        TypeError: If `data_format` is no string.
        ValueError: If another argument is outside its domain; in training, if the input has
            another rank or an axis shorter than its mask parameter. Where TensorFlow knows a
            length only when a graph runs it is `tf.errors.InvalidArgumentError` then.

    Example:
        >>> spec = kapre_like.kapre.SpecAugment(freq_mask_param=2, time_mask_param=3)
        >>> hidden = spec(np.ones((1, 6, 4, 1)), training=True)
        >>> 6 <= int(keras.ops.sum(keras.ops.cast(hidden == 0, "int32"))) <= 18
        True
    """

    _ranks = (4,)
    _arguments = (
        "freq_mask_param", "time_mask_param", "n_freq_masks", "n_time_masks", "mask_value",
    )  # fmt: skip

    def __init__(
        self,
        freq_mask_param,
        time_mask_param,
        n_freq_masks=1,
        n_time_masks=1,
        mask_value=0.0,
        data_format="default",
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        owner = "SpecAugment"
        for name, value in (
            ("freq_mask_param", freq_mask_param),
            ("time_mask_param", time_mask_param),
        ):
            if np.ndim(value) == 0 and not value:
                raise RuntimeError(
                    f"{owner}: `{name}` must be an int > 0. Received: {name}={value!r}. "
                    "To hide nothing, set n_freq_masks=0 or n_time_masks=0."
                )
            _check.positive_int(owner, **{name: value})
        _check.non_negative_int(owner, n_freq_masks=n_freq_masks, n_time_masks=n_time_masks)
        _check.number(owner, mask_value=mask_value)
        self.freq_mask_param, self.time_mask_param = freq_mask_param, time_mask_param
        self.n_freq_masks, self.n_time_masks = n_freq_masks, n_time_masks
        self.mask_value = mask_value

    def _spans(self):
        """Axis, widest span and number of spans, of frames and then of frequencies."""
        time = 2 if self.data_format == _CH_FIRST_STR else 1
        return (
            (time, self.time_mask_param, self.n_time_masks),
            (time + 1, self.freq_mask_param, self.n_freq_masks),
        )

    def _check_input(self, shape):
        super()._check_input(shape)
        for axis, mask_param, n_masks in self._spans():
            if n_masks and shape[axis] is not None and shape[axis] < mask_param:
                raise ValueError(_too_short(shape, mask_param))

    def _augmented(self, x):
        for axis, mask_param, n_masks in self._spans():
            if n_masks:
                x = self._hide(x, axis, mask_param, n_masks, self.mask_value)
        return x

    def _apply_masks_to_axis(self, x, axis, mask_param, n_masks, mask_value=None):
        """Hides spans of one axis of a single spectrogram.

        Args:
            x: Tensor with three axes, without a batch.
            axis: 0, 1 or 2.
            mask_param: Int > 0, the widest span; not more than the axis has.
            n_masks: Int >= 0, spans.
            mask_value: Number that stands there; `None` means the layer's.

        Raises:
            NotImplementedError: If there is no such axis.
            ValueError: If the axis is shorter than `mask_param`.
        """
        if axis not in (0, 1, 2):
            raise NotImplementedError(
                f"SpecAugment: `axis` must be 0, 1 or 2. Received: axis={axis!r}."
            )
        x = ops.convert_to_tensor(x)
        if x.shape[axis] is not None and x.shape[axis] < mask_param:
            raise ValueError(_too_short(x.shape, mask_param))
        value = self.mask_value if mask_value is None else mask_value
        return self._hide(ops.expand_dims(x, axis=0), axis + 1, mask_param, n_masks, value)[0]

    def _hide(self, x, axis, mask_param, n_masks, value):
        if x.shape[axis] is None and keras.config.backend() == "tensorflow":
            x = at_least(x, axis, mask_param, _too_short(x.shape, mask_param))
        where = in_spans(
            positions(x, axis=axis),
            self._draws(ops.shape(x)[0], 2, n_masks),
            limit=ops.cast(ops.shape(x)[axis], "float32"),
            least=1,
            most=mask_param,
        )
        return ops.where(where, ops.cast(value, x.dtype), x)


def _too_short(shape, mask_param):
    return (
        "SpecAugment: expects axes that are at least as long as their mask parameter. "
        f"Received: shape={tuple(shape)}, parameter {mask_param}."
    )
