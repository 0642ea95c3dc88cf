"""A convolution with a frequency channel as a layer. Arithmetic: `ops`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import FrameGrid
from kapre_like.layers._base.axes import FramingLayer, SpectrogramLayer
from kapre_like.layers._base.convolution import (
    check_pairs,
    check_steps,
    pair,
    resolved,
    serialized,
    spans,
)
from kapre_like.layers._base.inputs import check_floating
from kapre_like.ops.convolution import conv, conv_mask, fill_frames, pad_clips, same_sides
from kapre_like.ops.filterbank import concatenate_frequency_map
from kapre_like.ops.masking import lengths, zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class FrequencyAwareConv2D(SpectrogramLayer):
    """`ConcatenateFrequencyMap`, then `keras.layers.Conv2D`.

    `y = activation(conv2d(concatenate(x, f), kernel) + bias)` with the additional channel
    `f[t, k] = k / (freqs - 1)`. The channel lets a kernel respond to a pattern differently at
    low and at high frequencies.

    With a mask, masked frames count as zeros, including the additional channel. The output's
    mask covers the frames that the clip has alone, and on these it has the same values as
    alone. A clip that is too short for any output frame is padded with zeros to give one: a
    clip without frames, or one shorter than the kernel if `padding="valid"`. Because of the
    bias, masked output frames are not zero. Mask them again before the next convolution.

    Args:
        filters: Int > 0, output channels.
        kernel_size: Int > 0 or a pair: frames, freqs.
        strides: Int > 0 or a pair.
        padding: `"valid"` or `"same"`.
        dilation_rate: Int > 0 or a pair. Values above 1 require `strides=1`.
        groups: 1. With more groups, only the last group would see the frequency channel.
        activation: Name or function, or `None`.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, as in `Conv2D`.
        bias_initializer: Initializer of `bias`, as in `Conv2D`.
        kernel_regularizer: As in `Conv2D`, or `None`.
        bias_regularizer: As in `Conv2D`, or `None`.
        activity_regularizer: As in `Conv2D`, or `None`.
        kernel_constraint: As in `Conv2D`, or `None`.
        bias_constraint: As in `Conv2D`, or `None`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point.

    Output shape:
        `(batch, new_frames, new_freqs, filters)`, in the policy's compute dtype; no unit.

    Weights:
        `kernel`: `(*kernel_size, channels + 1, filters)`.
        `bias`: `(filters,)`; exists if `use_bias`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input has the wrong rank, no
            channels or too few freqs, or is not floating point.

    Example:
        >>> conv = kapre_like.FrequencyAwareConv2D(filters=8, kernel_size=3, padding="same")
        >>> conv(np.zeros((2, 10, 40, 1))).shape
        (2, 10, 40, 8)

    Source: Kapre 0.4.1 `get_frequency_aware_conv2d`; K. Koutini, H. Eghbal-zadeh, G. Widmer,
        Receptive-field-regularized CNN variants for acoustic scene classification, 2019.
    """

    def __init__(
        self,
        *,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        owner = "FrequencyAwareConv2D"
        objects = resolved(owner, {
            "activation": activation, "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer, "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer, "activity_regularizer": activity_regularizer,
            "kernel_constraint": kernel_constraint, "bias_constraint": bias_constraint,
        })  # fmt: skip
        super().__init__(activity_regularizer=objects["activity_regularizer"], **kwargs)
        _check.positive_int(owner, filters=filters, groups=groups)
        check_pairs(
            owner, kernel_size=kernel_size, strides=strides, dilation_rate=dilation_rate
        )
        check_steps(owner, strides, dilation_rate)
        _check.one_of(owner, ("same", "valid"), padding=padding)
        _check.boolean(owner, use_bias=use_bias)
        if groups != 1:
            _check.fail(owner, "groups", "1", groups, "Only the last would see the map.")
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides
        self.padding, self.dilation_rate, self.groups = padding, dilation_rate, groups
        self.use_bias, self._objects = use_bias, objects
        for name in objects.keys() - {"activity_regularizer"}:
            setattr(self, name, objects[name])
        self._spans, self._steps = spans(kernel_size, dilation_rate), pair(strides)

    _follows_policy = True

    def build(self, input_shape):
        super().build(input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=4, axes={-1: input_shape[-1]})
        shape = (*pair(self.kernel_size), input_shape[-1] + 1, self.filters)
        self.kernel = self._added("kernel", shape)
        if self.use_bias:
            self.bias = self._added("bias", (self.filters,))

    def _added(self, name, shape):
        parts = ("initializer", "regularizer", "constraint")
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=self.variable_dtype,
            autocast=False,
            **{part: self._objects[f"{name}_{part}"] for part in parts},
        )

    def call(self, inputs, mask=None):
        check_floating("FrequencyAwareConv2D", inputs)
        x = concatenate_frequency_map(ops.cast(inputs, self.compute_dtype))
        x, padding = self._padded(zero_invalid(x, mask=mask), mask)
        x = conv(
            x, kernel=ops.cast(self.kernel, x.dtype), strides=self._steps, padding=padding,
            data_format="channels_last", dilation_rate=pair(self.dilation_rate),
        )  # fmt: skip
        if self.use_bias:
            x = x + ops.cast(self.bias, x.dtype)
        return x if self.activation is None else self.activation(x)

    def _padded(self, x, mask):
        """Returns the padded input and the padding that is left to `conv`."""
        (frames, freqs), (step, skip) = self._spans, self._steps
        # TensorFlow's convolution of an input shorter than the kernel returns undefined values.
        x = fill_frames(x, min_frames=frames if self.padding == "valid" else 1)
        if self.padding == "valid" or mask is None or step == 1:
            return x, self.padding
        # The first position of the kernel depends on the length of the clip.
        x = pad_clips(x, length=lengths(mask), kernel=frames, stride=step)
        sides = same_sides(x.shape[2], kernel=freqs, stride=skip)
        return ops.pad(x, [(0, 0), (0, 0), sides, (0, 0)]), "valid"

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        if previous_mask is None:
            return None
        same = self.padding == "same"
        return conv_mask(previous_mask, kernel=self._spans[0], stride=self._steps[0], same=same)

    def _output_shape(self, shape):
        _, freqs = self._grids
        sizes = self.frame_grid.count(shape[1]), freqs.count(shape[2])
        return (shape[0], *sizes, int(self.filters))

    @property
    def frame_grid(self):
        """The grid of the output's frames over the input's frames."""
        return self._grids[0]

    @property
    def _grids(self):
        """Grids of the kernel's positions along frames and freqs."""
        same = self.padding == "same"
        spans = zip(self._spans, self._steps, strict=True)
        return tuple(FrameGrid(1 if same else span, step) for span, step in spans)

    frame_lengths = FramingLayer.frame_lengths

    def get_config(self):
        return {**super().get_config(), **serialized(self._objects)}

    def _check_shape(self, shape):
        owner = "FrequencyAwareConv2D"
        super()._check_shape(shape)
        min_freqs = self._spans[1] if self.padding == "valid" else 1
        if None in shape[2:] or shape[2] < min_freqs:
            raise ValueError(
                f"{owner}: expects known freqs and channels, at least {min_freqs} freqs. "
                f"Received: shape={tuple(shape)}."
            )
