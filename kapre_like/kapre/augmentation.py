"""Kapre's `augmentation`: layers that change training data at random."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.kapre import backend as backend
from kapre_like.kapre._graphs import at_least
from kapre_like.kapre._layer import RandomLayer
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.ops.segments import permuted, positions
from kapre_like.ops.spec_augment import in_spans

__all__ = ["ChannelSwap", "SpecAugment"]


@keras.saving.register_keras_serializable(package="Kapre")
class SpecAugment(RandomLayer):
    """Masks random ranges of frames, then of frequencies, in training.

    The width of a mask is drawn uniformly from 1 to `freq_mask_param` or `time_mask_param`, and
    its start uniformly from all that fit. Each example of a batch has its own masks at each
    call. The channels share them; Kapre rejects more than one channel.

    `kapre_like.SpecAugment` draws widths from 0 as in the paper, fills with the mean by default
    and supports Keras masks.

    Args:
        freq_mask_param: Int > 0, largest width of a frequency mask, at most the number of
            frequencies.
        time_mask_param: Int > 0, largest width of a time mask, at most the number of frames.
        n_freq_masks: Int >= 0, number of frequency masks.
        n_time_masks: Int >= 0, number of time masks.
        mask_value: Number that replaces the masked values. On decibels 0 is a loud value.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`. At inference
        any shape is allowed.

    Output shape:
        Same as the input. Floating-point dtypes become float32, or float64 under a float64
        policy. Half precision under mixed precision and integers keep their dtype.

    Raises:
        RuntimeError: If a mask parameter is 0 or `None`.
        TypeError: If `data_format` is not a string.
        ValueError: If another argument is outside its domain. In training also if the input has
            another rank or an axis shorter than its mask parameter. If the length is unknown
            until a graph of TensorFlow runs, the graph raises
            `tf.errors.InvalidArgumentError` instead.

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
                    "To mask nothing, set n_freq_masks=0 or n_time_masks=0."
                )
            _check.positive_int(owner, **{name: value})
        _check.non_negative_int(owner, n_freq_masks=n_freq_masks, n_time_masks=n_time_masks)
        _check.number(owner, mask_value=mask_value)
        self.freq_mask_param, self.time_mask_param = freq_mask_param, time_mask_param
        self.n_freq_masks, self.n_time_masks = n_freq_masks, n_time_masks
        self.mask_value = mask_value

    def _masks(self):
        """Returns axis, largest width and number of masks, for time and then for frequency."""
        time = 2 if self.data_format == _CH_FIRST_STR else 1
        return (
            (time, self.time_mask_param, self.n_time_masks),
            (time + 1, self.freq_mask_param, self.n_freq_masks),
        )

    def _check_input(self, shape):
        super()._check_input(shape)
        for axis, mask_param, n_masks in self._masks():
            if n_masks and shape[axis] is not None and shape[axis] < mask_param:
                raise ValueError(_too_short(shape, mask_param))

    def _augmented(self, x):
        for axis, mask_param, n_masks in self._masks():
            if n_masks:
                x = self._mask_axis(x, axis, mask_param, n_masks, self.mask_value)
        return x

    def _apply_masks_to_axis(self, x, axis, mask_param, n_masks, mask_value=None):
        """Masks one axis of a single spectrogram.

        Args:
            x: Tensor with three axes, without the batch axis.
            axis: 0, 1 or 2.
            mask_param: Int > 0, largest width of a mask, at most the size of the axis.
            n_masks: Int >= 0, number of masks.
            mask_value: Number that replaces the masked values; `None` means `mask_value` of
                the layer.

        Raises:
            NotImplementedError: If `axis` is not 0, 1 or 2.
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
        batch = ops.expand_dims(x, axis=0)
        return self._mask_axis(batch, axis + 1, mask_param, n_masks, value)[0]

    def _mask_axis(self, x, axis, mask_param, n_masks, value):
        if x.shape[axis] is None and keras.config.backend() == "tensorflow":
            x = at_least(x, axis, mask_param, _too_short(x.shape, mask_param))
        where = in_spans(
            positions(x, axis=axis),
            self._draws(ops.shape(x)[0], 2, n_masks),
            limit=ops.cast(ops.shape(x)[axis], "float32"),
            min_width=1,
            max_width=mask_param,
        )
        return ops.where(where, ops.cast(value, x.dtype), x)


def _too_short(shape, mask_param):
    return (
        "SpecAugment: expects axes that are at least as long as their mask parameter. "
        f"Received: shape={tuple(shape)}, parameter {mask_param}."
    )


@keras.saving.register_keras_serializable(package="Kapre")
class ChannelSwap(RandomLayer):
    """Puts the channels into a random order in training, the same order for the whole batch.

    All orders are equally likely, and each call draws a new one. Kapre's graphs repeat the
    order that was drawn when they were traced. `kapre_like.ChannelSwap` draws an order for each
    clip.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Waveform or spectrogram with three or four axes. The channels are the last axis, or the
        second one for `channels_first`. At inference any shape is allowed.

    Output shape:
        Same as the input. Floating-point dtypes become float32, or float64 under a float64
        policy. Half precision under mixed precision and integers keep their dtype.

    Raises:
        TypeError: If `data_format` is not a string.
        ValueError: If `data_format` is an unknown string. In training also if the input has
            another rank or an unknown number of channels.

    Example:
        >>> stereo = np.array([[[1.0, -1.0]]])
        >>> swapped = kapre_like.kapre.ChannelSwap()(stereo, training=True)
        >>> sorted(keras.ops.convert_to_numpy(swapped)[0, 0].tolist())
        [-1.0, 1.0]
    """

    _ranks = (3, 4)

    def __init__(self, data_format="default", **kwargs):
        super().__init__(data_format=data_format, **kwargs)

    def _axis(self, shape):
        return 1 if self.data_format == _CH_FIRST_STR else len(shape) - 1

    def _check_input(self, shape):
        super()._check_input(shape)
        if not shape[self._axis(shape)]:
            raise ValueError(
                "ChannelSwap: expects a known number of channels, at least one. "
                f"Received: shape={tuple(shape)}, data_format={self.data_format!r}."
            )

    def _augmented(self, x):
        axis = self._axis(x.shape)
        if x.shape[axis] == 1:
            return x
        return permuted(x, draws=self._draws(1, x.shape[axis]), axis=axis)
