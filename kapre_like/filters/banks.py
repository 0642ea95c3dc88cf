"""The filterbanks by name: mel, linear, log-frequency, Bark, ERB and gammatone."""

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from kapre_like import _check
from kapre_like.filters.bands import (
    GAMMATONE_WIDTH,
    Bands,
    evenly_spaced,
    gabor,
    to_fraction,
    warn_of_empty,
)
from kapre_like.filters.mel import MEL_SCALES, NORMS, check_range, fewer, longer, mel_bands

TYPES = ("bark", "erb", "gammatone", "linear", "log", "mel")
BAND_SHAPES = (None, "gabor", "gaussian", "triangle")
# Bands if none are asked for: semitones of seven octaves, the critical bands up to 16 kHz,
# what linear-frequency cepstra and auditory models usually take.
N_BANDS = {"bark": 24, "erb": 40, "gammatone": 64, "linear": 128, "log": 84}
# C1, where a log-frequency bank starts if nothing else is said.
LOWEST_NOTE = 32.70319566
_SCALES = {"bark": "bark", "erb": "erb", "gammatone": "erb", "linear": "hz"}
# Standard deviations to one full width at half height.
_SIGMAS = 2.0 * math.sqrt(2.0 * math.log(2.0))


class Bank(NamedTuple):
    """What names a filterbank; the arguments of `ApplyFilterbank` under the same names."""

    type: str
    sample_rate: float
    n_mels: int
    n_bands: int | None
    fmin: float | None
    fmax: float | None
    mel_scale: str
    norm: str | None
    bins_per_octave: int
    spread: float
    band_shape: str | None

    @property
    def count(self) -> int:
        """How many bands it has."""
        if self.type == "mel":
            return self.n_mels
        if self.n_bands is not None:
            return self.n_bands
        usual = N_BANDS[self.type]
        return min(usual, self.fitting) if self.type == "log" else usual

    @property
    def low(self) -> float:
        """`fmin`, or what `None` stands for, in Hz."""
        if self.fmin is not None:
            return self.fmin
        return LOWEST_NOTE if self.type == "log" else 0.0

    @property
    def fitting(self) -> int:
        """Log-frequency bands between `fmin` and half the rate."""
        octaves = math.log2(self.sample_rate / 2 / self.low)
        return math.floor(octaves * self.bins_per_octave + 1e-9)

    def check(self, owner: str) -> None:
        """Raises the house error of `owner` unless the arguments make a filterbank."""
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
            self._check_log(owner)
        else:
            low = 0.0 if self.fmin is None else self.fmin
            check_range(owner, sample_rate=self.sample_rate, fmin=low, fmax=self.fmax)

    def _check_log(self, owner: str) -> None:
        _check.positive(owner, fmin=self.low)
        if self.fmax is not None:
            fix = "n_bands and bins_per_octave say where the bands end."
            _check.fail(owner, "fmax", "None if type='log'", self.fmax, fix)
        if self.fitting < 1:
            rule = f"at least one band below half of sample_rate={self.sample_rate}"
            _check.fail(owner, "fmin", rule, self.low)
        if self.count > self.fitting:
            rule = f"so small that the last band ends below {self.sample_rate / 2} Hz"
            _check.fail(owner, "n_bands", rule, self.n_bands, f"Use n_bands={self.fitting}.")

    def bands(self) -> Bands:
        """Returns where the bands lie and what they look like."""
        if self.type == "gammatone":
            return self._gammatones()
        if self.type == "log":
            bands = self._notes()
        elif self.type == "mel":
            bands = mel_bands(
                self.sample_rate, self.n_mels, self.low, self.fmax, self.mel_scale, self.norm
            )
        else:
            centre, width = self._spaced()
            bands = Bands(
                self.sample_rate, _SCALES[self.type], "triangle",
                norm="area" if self.norm else None, in_hz=False, centre=centre, width=width,
            )  # fmt: skip
        if self.band_shape == "gabor":
            return gabor(bands)
        if self.band_shape == "gaussian":
            return dataclasses.replace(bands, shape="gaussian", in_hz=False)
        return bands

    def _spaced(self) -> tuple[np.ndarray, np.ndarray]:
        top = self.sample_rate / 2 if self.fmax is None else self.fmax
        scale = _SCALES[self.type]
        return evenly_spaced(self.sample_rate, self.count, self.low, top, scale)

    def _notes(self) -> Bands:
        """Log-normal bands of constant quality.

        Kapre and librosa 0.4 divide the bell by `f ** log2(e)`, which moves its middle from
        the note that it is named after: `sigma ** 2` octaves down.
        """
        sigma = self.spread / self.bins_per_octave
        octaves = math.log2(self.low) + np.arange(self.count) / self.bins_per_octave
        centre = to_fraction(2.0**octaves, "octave", self.sample_rate)
        width = _SIGMAS * sigma / math.log2(self.sample_rate / 2)
        return Bands(
            self.sample_rate, "octave",
            "triangle" if self.band_shape == "triangle" else "gaussian",
            norm="sum" if self.norm else None, in_hz=False, centre=centre,
            width=np.full(self.count, width),
        )  # fmt: skip

    def _gammatones(self) -> Bands:
        centre, _ = self._spaced()
        nyquist = self.sample_rate / 2
        spaced = Bands(self.sample_rate, "erb", "triangle", None, False, centre, centre)
        hz = spaced.hz(centre)
        width = GAMMATONE_WIDTH * 1.019 * equivalent_bandwidth(hz)
        return Bands(
            self.sample_rate, "hz", "gammatone", norm="area" if self.norm else None,
            in_hz=False, centre=hz / nyquist, width=width / nyquist,
        )  # fmt: skip

    def warn_of_empty(self, owner: str, matrix: np.ndarray, n_fft: int) -> None:
        """Warns if some of the bands of `matrix` hold nothing, with numbers that mend it."""
        count = "n_mels" if self.type == "mel" else "n_bands"
        changes = [(count, fewer(self.count)), ("n_fft", longer(n_fft))]
        if self.type == "log":
            # The lowest bands are the empty ones: fewer of them would mend nothing.
            wider = [self.spread * 2**k for k in range(1, 8)]
            changes = [("spread", wider), ("n_fft", longer(n_fft))]

        def rebuild(n_fft: int = n_fft, **changed: Any) -> np.ndarray:
            return self._replace(**changed).bands().constant(n_fft)

        warn_of_empty(
            owner, matrix, kind=self.type, changes=changes, rebuild=rebuild,
            received={
                count: self.count, "n_fft": n_fft, "sample_rate": self.sample_rate,
                **({"spread": self.spread} if self.type == "log" else {}),
            },
        )  # fmt: skip


def equivalent_bandwidth(hz: Any) -> np.ndarray:
    """Returns the bandwidth in Hz of the auditory filter at each frequency.

    `24.7 * (0.00437 * f + 1)`. Source: B. Glasberg, B. Moore, 1990.
    """
    return 24.7 * (0.00437 * np.asarray(hz, "float64") + 1.0)
