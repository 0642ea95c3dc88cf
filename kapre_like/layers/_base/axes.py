"""Base classes of layers whose input has fixed axes: waveform, spectrogram, spectrum."""

import keras

from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import SPECTROGRAM, check_shape, check_waveform_shape
from kapre_like.layers._base.spectrum import spectrum_shape, without_pair
from kapre_like.ops.masking import frame_lengths, frame_mask


class WaveformLayer(FrontEnd):
    """A layer that takes a waveform `(batch, samples, channels)`."""

    def build(self, input_shape):
        self._check_shape(tuple(input_shape))
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def _check_shape(self, shape):
        check_waveform_shape(type(self).__name__, shape)


class FramingLayer(WaveformLayer):
    """A layer that cuts a waveform into frames.

    A subclass sets `frame_grid`, a `filters.FrameGrid`, in its constructor, and implements
    `_frame_shape`.
    """

    def compute_mask(self, inputs, previous_mask=None):  # noqa: ARG002
        return self._frame_mask(previous_mask)

    def frame_lengths(self, length):
        """Returns the valid frames of clips with `length` valid samples, int32."""
        grid = self.frame_grid
        return frame_lengths(
            length, n_fft=grid.length, hop_length=grid.hop_length, center=grid.center
        )

    def _frame_mask(self, mask):
        """The mask of frames for a mask of samples; `None` stays `None`."""
        if mask is None:
            return None
        grid = self.frame_grid
        return frame_mask(
            mask, n_fft=grid.length, hop_length=grid.hop_length, center=grid.center
        )

    def _output_shape(self, shape):
        batch, samples, channels = shape
        return (batch, self.frame_grid.count(samples), *self._frame_shape(channels))

    def _frame_shape(self, channels):
        """The shape of the output's axes after the frames."""
        raise NotImplementedError


class SpectrogramLayer(FrontEnd):
    """A layer that takes a spectrogram `(batch, frames, freqs, channels)`."""

    def build(self, input_shape):
        self._check_shape(tuple(input_shape))
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def _check_shape(self, shape):
        check_shape(type(self).__name__, shape, SPECTROGRAM, "")


class SpectrumLayer(FrontEnd):
    """A layer that maps each bin of a complex spectrum to a real number.

    The input is complex, or real with a last axis of 2.
    """

    def compute_output_shape(self, input_shape):
        return without_pair(input_shape)

    def compute_output_spec(self, inputs, *args, **kwargs):  # noqa: ARG002
        # The dtype tells a complex spectrum from a pair, which a shape alone does not.
        shape = spectrum_shape(type(self).__name__, inputs)
        return keras.KerasTensor(shape, dtype=self._output_dtype(inputs))
