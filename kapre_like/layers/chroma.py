"""Pitch classes as a layer. Arithmetic: `ops.filterbank`, `ops.normalization`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters.chroma import check_chroma, chroma_matrix, fold_matrix
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating, fft_size, working_dtype
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.normalization import normalize
from kapre_like.ops.sizes import channels_last, channels_second


@keras.saving.register_keras_serializable(package="kapre_like")
class Chroma(SpectrogramLayer):
    """Energy of each pitch class, summed over octaves, in every frame.

    `p[t, c] = sum_k x[t, k] * weights[k, c]` and `y[t, c] = p[t, c] / norm(p[t])`. A silent
    frame stays 0.

    With `type="stft"` the input is a power spectrogram. A bin contributes to the classes near
    its frequency, with Gaussian weights that are largest around octave `ctroct`. With
    `type="cqt"` the input is the magnitude of a `CQT`, and each bin contributes to its nearest
    class with weight 1.

    Frames are independent. The output keeps the input's mask. The arithmetic is float32 under
    every dtype policy except float64.

    Args:
        type: `"stft"` or `"cqt"`, the transform that computed the input.
        sample_rate: Number > 0, Hz, if `type="stft"`.
        n_fft: Int > 0, FFT size of the transform before this layer, if `type="stft"`. `None`
            means `2 * (freqs - 1)` if that is a power of two. Set any other size.
        n_chroma: Int > 0, pitch classes per octave.
        tuning: Number, deviation of the music's tuning from A = 440 Hz, in classes, if
            `type="stft"`.
        ctroct: Number > 0, octaves above 27.5 Hz, center of the octave weights, if
            `type="stft"`.
        octwidth: Number > 0, standard deviation of the octave weights in octaves, if
            `type="stft"`. `None` means equal weights.
        norm: `"max"`, 1 or 2, the norm that each frame is divided by. `None` means no division.
        base_c: Whether the first class is C. Otherwise it is A.
        fmin: Number > 0, Hz, center of the lowest bin, if `type="cqt"`.
        bins_per_octave: Int > 0, a multiple of `n_chroma`, if `type="cqt"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, real: power if `type="stft"`, magnitude if
        `type="cqt"`.

    Output shape:
        `(batch, frames, n_chroma, channels)`, float32; no unit, but that of the input if
        `norm=None`.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> kapre_like.Chroma()(np.ones((2, 44, 1025, 1))).shape
        (2, 44, 12, 1)

    Source: librosa 0.11 `feature.chroma_stft` (tuning 0 unless given) and
        `feature.chroma_cqt`, there with 36 bins per octave.
    """

    def __init__(
        self,
        *,
        type="stft",
        sample_rate=16000,
        n_fft=None,
        n_chroma=12,
        tuning=0.0,
        ctroct=5.0,
        octwidth=2.0,
        norm="max",
        base_c=True,
        fmin=32.70319566,
        bins_per_octave=12,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.one_of("Chroma", ("cqt", "stft"), type=type)
        check_chroma(
            "Chroma", sample_rate=sample_rate, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning,
            ctroct=ctroct, octwidth=octwidth, base_c=base_c, fmin=fmin,
            bins_per_octave=bins_per_octave,
        )  # fmt: skip
        _check_norm(norm)
        if type == "cqt" and bins_per_octave % n_chroma:
            rule = f"a multiple of n_chroma={n_chroma}"
            fix = f"Use bins_per_octave={n_chroma * max(1, round(bins_per_octave / n_chroma))}."
            _check.fail("Chroma", "bins_per_octave", rule, bins_per_octave, fix)
        self.type, self.sample_rate, self.n_fft = type, sample_rate, n_fft
        self.n_chroma, self.tuning, self.ctroct = n_chroma, tuning, ctroct
        self.octwidth, self.norm, self.base_c = octwidth, norm, base_c
        self.fmin, self.bins_per_octave = fmin, bins_per_octave

    def build(self, input_shape):
        super().build(input_shape)
        matrix = self._weights_of_bins(input_shape[2])
        self._matrix = matrix.astype(working_dtype(self))

    def _weights_of_bins(self, freqs):
        if self.type == "cqt":
            return fold_matrix(
                freqs, self.bins_per_octave, self.n_chroma, self.fmin, self.base_c
            )
        n_fft = fft_size("Chroma", self.n_fft, freqs)
        return chroma_matrix(
            self.sample_rate, n_fft, self.n_chroma, self.tuning, self.ctroct, self.octwidth,
            self.base_c,
        )  # fmt: skip

    def call(self, inputs):
        check_floating("Chroma", inputs)
        x = channels_second(ops.cast(inputs, working_dtype(self)))
        return channels_last(normalize(apply_matrix(x, matrix=self._matrix), norm=self.norm))

    def _output_shape(self, shape):
        batch, frames, _, channels = shape
        return (batch, frames, self.n_chroma, channels)

    def _check_shape(self, shape):
        """The number of bins must be known, and be the one that is expected."""
        super()._check_shape(shape)
        known = self.type == "stft" and self.n_fft is not None
        wanted = self.n_fft // 2 + 1 if known else None
        if shape[2] is None or shape[2] < 2 or wanted not in (None, shape[2]):
            rule = "a known number of freqs > 1" if wanted is None else f"{wanted} freqs"
            raise ValueError(f"Chroma: expects {rule}. Received: shape={tuple(shape)}.")


def _check_norm(norm):
    known = isinstance(norm, (str, int, float)) and not isinstance(norm, bool)
    if norm is not None and not (known and norm in ("max", 1, 2)):
        _check.fail("Chroma", "norm", '"max", 1, 2 or None', norm)
