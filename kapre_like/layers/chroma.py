"""Pitch classes as a layer. Arithmetic: `ops.filterbank`, `ops.chroma`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters.chroma import check_chroma, chroma_matrix, fold_matrix
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating, fft_size, working_dtype
from kapre_like.ops.axes import channels_last, channels_second
from kapre_like.ops.chroma import normalize
from kapre_like.ops.filterbank import apply_matrix


@keras.saving.register_keras_serializable(package="kapre_like")
class Chroma(SpectrogramLayer):
    """How much of each pitch class, whatever the octave, is in every frame.

    `y[t, c] = sum_k x[t, k] * weights[k, c]`, then each frame is divided by its norm. After a
    power spectrogram (`type="stft"`) a bin belongs to the classes around its frequency, the
    more the nearer, and counts most around octave `ctroct`. After the magnitudes of a `CQT`
    (`type="cqt"`) each bin counts once, as the class nearest to it. A silent frame stays 0.
    Frames are independent, and a mask is handed on. The arithmetic is float32 under every
    policy but float64.

    Args:
        type: `"stft"` or `"cqt"`: what comes in.
        sample_rate: Number > 0, Hz, if `type="stft"`.
        n_fft: Int > 0, FFT size behind the input, if `type="stft"`. `None` means
            `2 * (freqs - 1)` if that is a power of two; any other size is asked for.
        n_chroma: Int > 0, pitch classes in an octave.
        tuning: Number, by how much the music is above A = 440 Hz, in classes, if
            `type="stft"`.
        ctroct: Number > 0, octaves above 27.5 Hz that count most, if `type="stft"`.
        octwidth: Number > 0, octaves beside `ctroct` at which a bin counts 0.61, if
            `type="stft"`. `None` counts all alike.
        norm: `"max"`, 1 or 2: what each frame is divided by. `None` divides by nothing.
        base_c: Whether the first class is C; else A.
        fmin: Number > 0, Hz, centre of the lowest bin, if `type="cqt"`.
        bins_per_octave: Int > 0, a multiple of `n_chroma`, if `type="cqt"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, real: power if `type="stft"`, magnitude if
        `type="cqt"`.

    Output shape:
        `(batch, frames, n_chroma, channels)`, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input does not fit it.

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
