"""Base class of the layers that compute descriptors of each frame."""

from keras import ops

from kapre_like import _check
from kapre_like.filters import FrameGrid
from kapre_like.filters.fourier import fft_frequencies
from kapre_like.layers._base.axes import FramingLayer, SpectrogramLayer
from kapre_like.layers._base.inputs import (
    check_floating,
    fft_size,
    take_waveform,
    working_dtype,
)
from kapre_like.ops.framing import frame, pad_waveform
from kapre_like.ops.sizes import as_int, channels_last, channels_second


def check_share(owner, **values):
    """Raises an error unless each value is between 0 and 1."""
    for name, value in values.items():
        _check.positive(owner, **{name: value})
        if value >= 1:
            _check.fail(owner, name, "a number between 0 and 1", value)


class SpectrumDescriptor(SpectrogramLayer):
    """Computes values of each frame of a power spectrogram, in the working dtype.

    A subclass implements `_describe(power, n_fft)`, which takes `(batch, channels, frames,
    freqs)` and returns its values on the last axis. It overrides `_count(n_fft)` if there is
    more than one value.
    """

    sample_rate = n_fft = _built_n_fft = None

    def _keep_rate(self, sample_rate, n_fft):
        """Checks and stores the two arguments that determine the frequencies of the bins."""
        owner = type(self).__name__
        _check.positive(owner, sample_rate=sample_rate)
        if n_fft is not None:
            _check.positive_int(owner, n_fft=n_fft)
        self.sample_rate, self.n_fft = sample_rate, n_fft

    def _hz(self, n_fft):
        """Returns the frequency of each bin in Hz."""
        return fft_frequencies(float(self.sample_rate), n_fft).astype(working_dtype(self))

    def build(self, input_shape):
        super().build(input_shape)
        self._built_n_fft = self._checked_n_fft(input_shape)

    def call(self, inputs):
        check_floating(type(self).__name__, inputs)
        power = channels_second(ops.cast(inputs, working_dtype(self)))
        n_fft = self._checked_n_fft(inputs.shape)
        return channels_last(self._describe(power, n_fft))

    def _count(self, n_fft):  # noqa: ARG002
        return 1

    def _output_shape(self, shape):
        batch, frames, _, channels = shape
        return (batch, frames, self._count(self._checked_n_fft(shape)), channels)

    def _checked_n_fft(self, shape):
        """Returns the FFT size of a spectrogram. Raises an error if its shape is wrong."""
        owner = type(self).__name__
        self._check_shape(shape)
        wanted = None if self.n_fft is None else self.n_fft // 2 + 1
        # In a graph the number of bins may be unknown. Use the one from build time.
        n_fft = self._built_n_fft if self.n_fft is None else int(self.n_fft)
        freqs = as_int(shape[2])
        if freqs is None and n_fft is not None:
            return n_fft
        if freqs is None or freqs < 2 or wanted not in (None, freqs):
            rule = "a known number of freqs > 1" if wanted is None else f"{wanted} freqs"
            raise ValueError(f"{owner}: expects {rule}. Received: shape={tuple(shape)}.")
        # A layer that needs no frequencies accepts any number of bins.
        return fft_size(owner, self.n_fft, freqs) if self.sample_rate else 2 * (freqs - 1)


class FrameDescriptor(FramingLayer):
    """Computes one value of each frame of a waveform, in the working dtype.

    A subclass implements `_describe(frames)`, which takes `(batch, channels, frames,
    frame_length)` and returns a last axis of 1.
    """

    def _keep_frames(self, frame_length, hop_length, center):
        """Checks and stores the arguments that define the frames."""
        owner = type(self).__name__
        _check.positive_int(owner, frame_length=frame_length)
        if hop_length is not None:
            _check.positive_int(owner, hop_length=hop_length)
        _check.boolean(owner, center=center)
        self.frame_length, self.hop_length, self.center = frame_length, hop_length, center
        hop = max(1, int(frame_length) // 4) if hop_length is None else int(hop_length)
        self.frame_grid = FrameGrid(int(frame_length), hop, center)

    def call(self, inputs, mask=None):
        grid = self.frame_grid
        x = take_waveform(self, type(self).__name__, inputs, mask)
        x = pad_waveform(
            x, n_fft=grid.length, center=grid.center, pad_mode="constant", length=None
        )
        frames = frame(x, frame_length=grid.length, hop_length=grid.hop_length)
        return channels_last(self._describe(frames))

    def _frame_shape(self, channels):
        return (1, channels)
