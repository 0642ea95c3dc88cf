"""Filterbanks: mel, linear, log-frequency, Bark, ERB, gammatone, or a given matrix."""

import dataclasses
import functools
import math
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.filters import bands
from kapre_like.filters.scales import MEL_SCALES, check_range, equivalent_bandwidth

TYPES = ("bark", "erb", "gammatone", "linear", "log", "mel")
NORMS = (None, "slaney")
BAND_SHAPES = (None, "gabor", "gaussian", "triangle")
# Default numbers of bands: semitones of seven octaves (log), the critical bands up to 16 kHz
# (bark), and common choices for linear-frequency cepstra and auditory models.
N_BANDS = {"bark": 24, "erb": 40, "gammatone": 64, "linear": 128, "log": 84}
# The note C1 in Hz: the default center of the first log-frequency band.
LOWEST_NOTE = 32.70319566
_SCALES = {"bark": "bark", "erb": "erb", "gammatone": "erb", "linear": "hz", "log": "octave"}
# Full width at half height of a Gaussian, in standard deviations.
_SIGMAS = 2.0 * math.sqrt(2.0 * math.log(2.0))


@dataclasses.dataclass(frozen=True)
class Filterbank:
    """Bands over the frequencies of a spectrum: their centers, widths and matrix.

    Centers and widths are fractions of `scale`; `filters.bands` defines them. A width is the
    full width at half height. The corners of a triangle are one width from its center.

    Args:
        type: One of `TYPES`, or `"matrix"` for the bands in `values`.
        sample_rate: Number > 0, Hz.
        n_mels: Int > 0, number of mel bands.
        n_bands: Int > 0, number of other bands. `None` selects the default in `N_BANDS`.
        fmin: Number >= 0, Hz, lower corner of the first band, or its center if `type="log"`.
            `None` is 0 Hz, or C1 if `type="log"`.
        fmax: Number > `fmin`, Hz, upper corner of the last band. `None` is half the rate.
        mel_scale: `"slaney"`, `"htk"` or `"kaldi"`.
        norm: `"slaney"` scales each band to area 1 in Hz, or to sum 1 over the bins if
            `type="log"`. `None` keeps height 1.
        bins_per_octave: Int > 0, log-frequency bands per octave.
        spread: Number > 0, standard deviation of a log-frequency band, in bands.
        band_shape: `"triangle"`, `"gaussian"` (on the scale), `"gabor"` (Gaussian in Hz, the
            squared response of a complex Gabor filter), or `None` for the type's own shape.
        values: Float array `(freqs, bands)` if `type="matrix"`.
        owner: Name of the class or function that errors and warnings mention.

    Raises:
        ValueError: If an argument is outside its domain.
    """

    type: str
    sample_rate: float
    n_mels: int = 128
    n_bands: int | None = None
    fmin: float | None = None
    fmax: float | None = None
    mel_scale: str = "slaney"
    norm: str | None = "slaney"
    bins_per_octave: int = 12
    spread: float = 0.125
    band_shape: str | None = None
    values: np.ndarray | None = dataclasses.field(default=None, compare=False)
    owner: str = dataclasses.field(default="Filterbank", compare=False)

    def __post_init__(self) -> None:
        owner = self.owner
        _check.one_of(owner, (*TYPES, "matrix"), type=self.type)
        if (self.type == "matrix") != (self.values is not None):
            rule = "an array if type='matrix', and None otherwise"
            _check.fail(owner, "values", rule, self.values)
        _check.positive(owner, sample_rate=self.sample_rate, spread=self.spread)
        _check.positive_int(owner, n_mels=self.n_mels, bins_per_octave=self.bins_per_octave)
        _check.one_of(owner, MEL_SCALES, mel_scale=self.mel_scale)
        _check.one_of(owner, NORMS, norm=self.norm)
        _check.one_of(owner, BAND_SHAPES, band_shape=self.band_shape)
        if self.n_bands is not None:
            if self.type == "mel":
                fix = "Use n_mels."
                _check.fail(owner, "n_bands", "None if type='mel'", self.n_bands, fix)
            _check.positive_int(owner, n_bands=self.n_bands)
        if self.type in ("gammatone", "matrix") and self.band_shape is not None:
            rule = f"None if type='{self.type}'"
            _check.fail(owner, "band_shape", rule, self.band_shape, "Or use type='erb'.")
        if self.type == "log":
            self._check_log()
        else:
            check_range(owner, sample_rate=self.sample_rate, fmin=self._low, fmax=self.fmax)

    def _check_log(self) -> None:
        owner, nyquist = self.owner, self.sample_rate / 2
        _check.positive(owner, fmin=self._low)
        if self.fmax is not None:
            fix = "n_bands and bins_per_octave set the last band."
            _check.fail(owner, "fmax", "None if type='log'", self.fmax, fix)
        fitting = count_log_bands(self.sample_rate, self._low, self.bins_per_octave)
        if fitting < 1:
            rule = f"at least one band below half of sample_rate={self.sample_rate}"
            _check.fail(owner, "fmin", rule, self._low)
        if self.count > fitting:
            rule = f"so small that the last band ends below {nyquist} Hz"
            _check.fail(owner, "n_bands", rule, self.n_bands, f"Use n_bands={fitting}.")

    @property
    def count(self) -> int:
        """Number of bands."""
        if self.type == "matrix":
            return self.values.shape[1]
        if self.type == "mel":
            return self.n_mels
        if self.n_bands is not None:
            return self.n_bands
        if self.type != "log":
            return N_BANDS[self.type]
        fitting = count_log_bands(self.sample_rate, self._low, self.bins_per_octave)
        return min(N_BANDS["log"], fitting)

    @property
    def _low(self) -> float:
        """`fmin` in Hz, also if it is `None`."""
        if self.fmin is not None:
            return self.fmin
        return LOWEST_NOTE if self.type == "log" else 0.0

    @property
    def _spacing(self) -> str:
        """The scale on which the bands are evenly spaced."""
        return self.mel_scale if self.type == "mel" else _SCALES[self.type]

    @property
    def scale(self) -> str:
        """The scale on which each band is symmetric: one of `scales.SCALES`."""
        return "hz" if self.shape in ("gabor", "gammatone") else self._spacing

    @property
    def shape(self) -> str:
        """`"triangle"`, `"gaussian"`, `"gabor"` or `"gammatone"` (of order 4)."""
        if self.type == "gammatone":
            return "gammatone"
        return self.band_shape or ("gaussian" if self.type == "log" else "triangle")

    @property
    def straight_in_hz(self) -> bool:
        """Whether the sides of the triangles are straight in Hz, not on the scale."""
        kaldi = self.mel_scale == "kaldi"
        return self.type == "mel" and self.shape == "triangle" and not kaldi

    @property
    def normalization(self) -> str | None:
        """`"area"` (1 in Hz), `"sum"` (1 over the bins), or `None` (height 1)."""
        if self.norm is None:
            return None
        return "sum" if self.type == "log" else "area"

    @property
    def center(self) -> np.ndarray:
        """Centers of the bands `(bands,)`, fractions of `scale`."""
        return self._placed[0]

    @property
    def width(self) -> np.ndarray:
        """Full widths at half height `(bands,)`, fractions of `scale`."""
        return self._placed[1]

    @functools.cached_property
    def _placed(self) -> tuple[np.ndarray, np.ndarray]:
        nyquist = self.sample_rate / 2
        center, width = self._notes() if self.type == "log" else self._evenly_spaced()
        if self.shape not in ("gabor", "gammatone"):
            return center, width
        hz = bands.fraction_to_hz(center, self._spacing, self.sample_rate)
        if self.shape == "gabor":
            width_hz = bands.width_hz(center, width, self._spacing, self.sample_rate)
        else:
            width_hz = bands.GAMMATONE_WIDTH * 1.019 * equivalent_bandwidth(hz)
        return hz / nyquist, width_hz / nyquist

    def _evenly_spaced(self) -> tuple[np.ndarray, np.ndarray]:
        """Spaces `count + 2` points evenly; each band spans three of them."""
        top = self.sample_rate / 2 if self.fmax is None else self.fmax
        low, high = bands.to_fraction([self._low, top], self._spacing, self.sample_rate)
        points = np.linspace(low, high, self.count + 2)
        return points[1:-1], np.full(self.count, (high - low) / (self.count + 1))

    def _notes(self) -> tuple[np.ndarray, np.ndarray]:
        """Places log-normal bands of constant quality at their notes.

        Kapre and librosa 0.4 divide each Gaussian by `f ** log2(e)`, which moves its center
        `sigma ** 2` octaves below the note.
        """
        octaves = math.log2(self._low) + np.arange(self.count) / self.bins_per_octave
        center = bands.to_fraction(2.0**octaves, "octave", self.sample_rate)
        width = _SIGMAS * self.spread / self.bins_per_octave / math.log2(self.sample_rate / 2)
        return center, np.full(self.count, width)

    def hz(self, fraction: Any) -> np.ndarray:
        """Converts fractions of `scale` to Hz."""
        return bands.fraction_to_hz(fraction, self.scale, self.sample_rate)

    def width_hz(self, center: Any, width: Any) -> np.ndarray:
        """Converts widths of bands at `center` to Hz."""
        return bands.width_hz(center, width, self.scale, self.sample_rate)

    def offsets(self, n_fft: int) -> np.ndarray:
        """Returns each bin's fraction minus each center, `(n_fft // 2 + 1, bands)`."""
        hz = np.arange(n_fft // 2 + 1)[:, None] * (self.sample_rate / n_fft)
        return bands.to_fraction(hz, self.scale, self.sample_rate) - self.center

    def matrix(self, n_fft: int) -> np.ndarray:
        """Returns the bands as a float64 matrix `(n_fft // 2 + 1, bands)`."""
        if self.type == "matrix":
            return self.values
        offsets = self.offsets(n_fft)
        return bands.band_matrix(self.center, self.width, bank=self, offsets=offsets)

    def warn_if_empty(self, matrix: np.ndarray, n_fft: int) -> None:
        """Warns if a named bank's `matrix(n_fft)` has empty bands, and names a remedy."""
        if self.type == "matrix":
            return
        count = "n_mels" if self.type == "mel" else "n_bands"
        received = {count: self.count, "n_fft": n_fft, "sample_rate": self.sample_rate}
        changes = [(count, bands.smaller_counts(self.count))]
        if self.type == "log":
            # The lowest bands are the empty ones, so a smaller number of bands does not help.
            received["spread"] = self.spread
            changes = [("spread", [self.spread * 2**k for k in range(1, 8)])]

        def rebuild(n_fft: int = n_fft, **changed: Any) -> np.ndarray:
            return dataclasses.replace(self, **changed).matrix(n_fft)

        bands.warn_if_empty(
            self.owner, matrix, kind=self.type, received=received, rebuild=rebuild,
            changes=[*changes, ("n_fft", bands.longer_ffts(n_fft))],
        )  # fmt: skip


def count_log_bands(sample_rate: float, fmin: float, bins_per_octave: int) -> int:
    """Returns how many log-frequency bands fit between `fmin` and half the sample rate."""
    octaves = math.log2(sample_rate / 2 / fmin)
    return math.floor(octaves * bins_per_octave + 1e-9)
