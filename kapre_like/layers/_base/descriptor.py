"""Base class of the layers that compute descriptors of each frame."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import frame_count
from kapre_like.filters.fourier import fft_frequencies
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import (
    SPECTROGRAM,
    check_floating,
    check_shape,
    check_waveform_shape,
    fft_size,
    take_waveform,
    working_dtype,
)
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.masking import frame_mask
from kapre_like.ops.sizes import as_int, channels_last, channels_second


def check_share(owner, **values):
    """Raises unless each value lies between 0 and 1."""
    for name, value in values.items():
        _check.positive(owner, **{name: value})
        if value >= 1:
            _check.fail(owner, name, "a number between 0 and 1", value)


class SpectrumDescriptor(FrontEnd):
    """Values of each frame of a power spectrogram, in the working dtype under every policy.

    A subclass has `_describe(power, n_fft)`, from `(batch, channels, frames, freqs)` to the
    same with its values on the last axis, and `_count(n_fft)` if these are not one.
    """

    sample_rate = n_fft = _built_n_fft = None

    def _keep_rate(self, sample_rate, n_fft):
        """Checks and keeps the two arguments that give bins their frequencies."""
        owner = type(self).__name__
        _check.positive(owner, sample_rate=sample_rate)
        if n_fft is not None:
            _check.positive_int(owner, n_fft=n_fft)
        self.sample_rate, self.n_fft = sample_rate, n_fft

    def _hz(self, n_fft):
        """The frequency of each bin."""
        return fft_frequencies(float(self.sample_rate), n_fft).astype(working_dtype(self))

    def build(self, input_shape):
        self._built_n_fft = self._checked_n_fft(input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs):
        check_floating(type(self).__name__, inputs)
        power = channels_second(ops.cast(inputs, working_dtype(self)))
        n_fft = self._checked_n_fft(inputs.shape)
        return channels_last(self._describe(power, n_fft))

    def _count(self, n_fft):  # noqa: ARG002
        return 1

    def compute_output_shape(self, input_shape):
        n_fft = self._checked_n_fft(input_shape)
        batch, frames, _, channels = input_shape
        return (batch, frames, self._count(n_fft), channels)

    def compute_output_spec(self, inputs):
        check_floating(type(self).__name__, inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def _checked_n_fft(self, shape):
        """The FFT size behind a spectrogram of this shape; raises if it cannot be one."""
        owner = type(self).__name__
        check_shape(owner, shape, SPECTROGRAM, "")
        wanted = None if self.n_fft is None else self.n_fft // 2 + 1
        # A graph may forget the number of bins that the layer is made or built for.
        n_fft = self._built_n_fft if self.n_fft is None else int(self.n_fft)
        freqs = as_int(shape[2])
        if freqs is None and n_fft is not None:
            return n_fft
        if freqs is None or freqs < 2 or wanted not in (None, freqs):
            rule = "a known number of freqs > 1" if wanted is None else f"{wanted} freqs"
            raise ValueError(f"{owner}: expects {rule}. Received: shape={tuple(shape)}.")
        # What looks at no frequency takes any number of bins.
        return fft_size(owner, self.n_fft, freqs) if self.sample_rate else 2 * (freqs - 1)


class FrameDescriptor(FrontEnd):
    """One value of each frame of a waveform, in the working dtype under every policy.

    A subclass has `_describe(frames)`, from `(batch, channels, frames, frame_length)` to the
    same with a last axis of 1.
    """

    def _keep_frames(self, frame_length, hop_length, center):
        """Checks and keeps the arguments that say what a frame is."""
        owner = type(self).__name__
        _check.positive_int(owner, frame_length=frame_length)
        if hop_length is not None:
            _check.positive_int(owner, hop_length=hop_length)
        _check.boolean(owner, center=center)
        self.frame_length, self.hop_length, self.center = frame_length, hop_length, center

    @property
    def _cut(self):
        """Frame length, hop length, whether centered."""
        length = int(self.frame_length)
        hop = max(1, length // 4) if self.hop_length is None else int(self.hop_length)
        return length, hop, self.center

    def build(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, inputs, mask=None):
        length, hop, center = self._cut
        x = take_waveform(self, type(self).__name__, inputs, mask)
        x = pad_waveform(x, n_fft=length, center=center, pad_mode="constant", length=None)
        return channels_last(self._describe(frame(x, frame_length=length, hop_length=hop)))

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        if previous_mask is None:
            return None
        length, hop, center = self._cut
        return frame_mask(previous_mask, n_fft=length, hop_length=hop, center=center)

    def compute_output_shape(self, input_shape):
        check_waveform_shape(type(self).__name__, input_shape)
        batch, samples, channels = input_shape
        frames = None if samples is None else frame_count(samples, *self._cut)
        return (batch, frames, 1, channels)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        check_floating(type(self).__name__, inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=working_dtype(self))

    def frame_lengths(self, length):
        """Returns the valid frames of clips with `length` valid samples, int32."""
        size, hop, center = self._cut
        added = 2 * (size // 2) if center else 0
        hops = (ops.cast(length, "int32") + (added - size)) // hop
        return ops.maximum(1 + hops, 1)
