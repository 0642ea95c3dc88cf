"""Base classes of the layers that compute a spectrogram from a waveform.

The steps are padding, transform, power, filters and decibels. Arithmetic: `ops`.
"""

from keras import ops

from kapre_like import _check
from kapre_like.layers._base.analysis import LEARN, Analysis
from kapre_like.layers._base.axes import FramingLayer
from kapre_like.layers._base.decibel import DecibelScale, peak_obstacle
from kapre_like.layers._base.inputs import take_waveform, working_dtype
from kapre_like.layers._base.stream_stage import FRAMING
from kapre_like.ops.filterbank import apply_bands
from kapre_like.ops.lowering import over_clips
from kapre_like.ops.polar import power as to_power
from kapre_like.ops.sizes import channels_last


class Composed(FramingLayer):
    """Computes a real spectrogram from `(batch, samples, channels)`.

    A subclass has the arguments of `STFT` except `output` and `learn`, and also `power`,
    `decibel`, `ref`, `amin`, `top_db` and `learn_stft`. It passes all of its arguments to
    `_compose`. It may have `learn_decibel`.
    """

    stream_stage = FRAMING

    learn_decibel = None

    def _compose(self, *, filters=None, **arguments):
        """Stores every argument in an attribute of its name and checks the common ones.

        Args:
            filters: `_bands.BankFilters` between power and decibels, or `None`.
            **arguments: Arguments of the subclass.
        """
        for name, value in arguments.items():
            setattr(self, name, value)
        owner = type(self).__name__
        _check.one_of(owner, LEARN, learn_stft=self.learn_stft)
        _check.positive(owner, power=self.power)
        _check.boolean(owner, decibel=self.decibel)
        self._decibels = DecibelScale(
            owner, factor=20.0 / self.power, ref=self.ref, amin=self.amin, top_db=self.top_db,
            argument="learn_decibel", learn=self.learn_decibel,
        )  # fmt: skip
        if self.learn_decibel is not None and not self.decibel:
            _check.fail(owner, "learn_decibel", "None if decibel=False", self.learn_decibel)
        self._analysis = Analysis(
            owner, n_fft=self.n_fft, win_length=self.win_length, hop_length=self.hop_length,
            window=self.window, center=self.center, pad_mode=self.pad_mode,
            learn=self.learn_stft,
        )  # fmt: skip
        self.frame_grid, self._filters = self._analysis.grid, filters

    def build(self, input_shape):
        super().build(input_shape)
        self._analysis.add_weights(self)
        if self._filters is not None:
            self._filters.build(self, self.n_fft)
        self._decibels.build(self, self.compute_output_shape(input_shape))

    def call(self, inputs, mask=None):
        x = take_waveform(self, type(self).__name__, inputs, mask)
        # The matrix is computed once per batch, whatever the number of pieces.
        matrix = None if self._filters is None else self._filters.matrix(self)
        masks = () if mask is None else (mask,)
        # Each piece goes through all steps, so that it stays in the cache.
        return over_clips(lambda clips, *masks: self._steps(clips, matrix, *masks), x, *masks)

    def _steps(self, x, matrix, mask=None):
        """Returns the layer's output for `(clips, channels, samples)`."""
        spectrum = self._spectrum(self._analysis.pad(x, mask), matrix)
        return self._scale(channels_last(spectrum), self._frame_mask(mask))

    def _spectrum(self, x, matrix):
        """Returns the power or magnitude of padded `(clips, channels, samples)`, in bands."""
        real, imag = self._analysis.real_imag(self, x)
        spectrum = to_power(real, imag, exponent=self.power)
        return spectrum if matrix is None else apply_bands(spectrum, matrix=matrix)

    def _scale(self, x, mask):
        """Returns `x` in decibels, or `x` itself if `decibel=False`.

        Args:
            x: Linear tensor `(batch, frames, bands, channels)` in the working dtype.
            mask: Boolean `(batch, frames)`, or `None`.
        """
        if not self.decibel:
            return x
        return ops.cast(self._decibels.apply(self, x, mask), self.compute_dtype)

    def stream_obstacle(self):
        return peak_obstacle(self) if self.decibel else None

    def _frame_shape(self, channels):
        bands = self._analysis.n_freqs if self._filters is None else self._filters.count
        return (bands, channels)

    def _output_dtype(self, inputs):  # noqa: ARG002
        return self.compute_dtype if self.decibel else working_dtype(self)


class ComposedBands(Composed):
    """A composed layer with a filterbank, and therefore with a sample rate."""

    def describe(self, part="bands"):
        """Returns bands, transform or decibel scale in Hz and dB, now and before training.

        Args:
            part: `"bands"`: center and bandwidth of every band, as `ApplyFilterbank.describe`;
                `"stft"`: the transform, as `STFT.describe`; `"decibel"`: slope, reference and
                floor of every band in dB, as `PowerToDecibel.describe`.

        Returns:
            `kapre_like.description.Description`.
        """
        _check.one_of(type(self).__name__, ("bands", "decibel", "stft"), part=part)
        if part == "decibel":
            return self._decibels.describe(self)
        if part == "stft":
            return self._analysis.describe(self, self.sample_rate)
        return self._filters.describe(self)
