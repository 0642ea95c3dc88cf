"""Facts about a sound file: format, true length, level, and problems."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.audio.channels import Cancellation
from kapre_like.audio.limits import Meter
from kapre_like.audio.opening import Source, bad, by_ffmpeg_too, open_source
from kapre_like.audio.parts import damage_of
from kapre_like.audio.sndfile_source import SndfileSource

# Full scale of 16-bit samples. Samples at or above it count as clipped.
_FULL = 1.0 - 2.0**-15
# Samples in a row at full scale that are a clipped peak. One or two may be a true peak.
_RUN = 3
# Windows of 20 ms with a peak below -60 dB of full scale are silent.
_WINDOW_S, _SILENT = 0.02, 1e-3
# Shares above which a problem is reported.
_MUCH_CLIPPED, _MUCH_SILENT, _MUCH_OFFSET = 1e-3, 0.9, 0.01


@dataclass
class _Figures:
    """Sums over the blocks of a file."""

    channels: int
    peak: float = 0.0
    square: float = 0.0
    samples: int = 0
    clipped: int = 0
    windows: int = 0
    silent: int = 0
    not_finite: int = 0
    seconds: float = 0.0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(1))
    cancellation: Cancellation = field(default_factory=Cancellation)

    def block(self, samples: np.ndarray, rate: int) -> None:
        """Adds samples `(frames, channels)`."""
        self.seconds += len(samples) / rate
        bad_ones = ~np.isfinite(samples)
        if bad_ones.any():
            self.not_finite += int(bad_ones.sum())
            samples = np.where(bad_ones, np.float32(0), samples)
        size = np.abs(samples)
        self.peak = max(self.peak, float(size.max(initial=0.0)))
        self.square += float(np.vdot(samples, samples))
        self.samples += samples.size
        self.clipped += _clipped(size >= _FULL)
        window = max(1, round(_WINDOW_S * rate))
        starts = np.arange(0, len(size), window)
        peaks = np.maximum.reduceat(size.max(axis=1), starts)
        self.windows += len(peaks)
        self.silent += int((peaks < _SILENT).sum())
        if len(self.sums) != samples.shape[1]:
            self.sums = np.zeros(samples.shape[1])
        self.sums += samples.sum(axis=0, dtype=np.float64)
        self.cancellation.block(samples, samples.mean(axis=1, dtype=np.float32))


def _clipped(full: np.ndarray) -> int:
    """Counts samples `(frames, channels)` in runs of `_RUN` or more at full scale."""
    if not full.any():
        return 0
    ahead = full[:-2] & full[1:-1] & full[2:]
    held = np.zeros_like(full)
    for shift in range(_RUN):
        held[shift : len(ahead) + shift] |= ahead
    return int(held.sum())


def inspect(path: str | Path) -> dict[str, Any]:
    """Decodes a file in blocks and describes it. Memory does not grow with its length.

    Args:
        path: A file in a format that `read` supports.

    Returns:
        A dict of JSON values: `path`, `format` (such as `"WAV PCM_16"`), `sample_rate` (Hz),
        `channels`, `duration_s` (as decoded, not as in the header), `peak_db` and `rms_db`
        (relative to full scale, `None` for silence), `clipped` (share of samples in runs of
        three or more at full scale), `silent` (share of windows of 20 ms with a peak below
        -60 dB), `dc_offset` (largest mean of a channel), `anti_phase` (whether channels cancel
        in their mean by 20 dB or more) and `problems` (list of texts).

    Raises:
        ValueError: `PATH: reason. Fix.` if the file is missing or is not audio.
    """
    with closing(open_source(path)) as source:
        figures = _figures(path, source)
        damage = damage_of(figures.seconds * source.rate, source)
        if isinstance(source, SndfileSource) and (source.failed or source.changes):
            source, figures, damage = _by_ffmpeg(path, source, figures, damage)
    if not figures.samples:
        bad(path, "holds no samples", "Copy or record it again, or remove it from the data.")
    return _described(path, source, figures, damage)


def _by_ffmpeg(
    path: str | Path, source: Source, figures: _Figures, damage: str
) -> tuple[Source, _Figures, str]:
    """Returns the source and results of FFmpeg, if it decodes more than libsndfile."""
    other = by_ffmpeg_too(path)
    if other is None:
        return source, figures, damage
    with closing(other):
        again = _figures(path, other)
    if again.seconds <= figures.seconds:
        return source, figures, damage
    return other, again, damage_of(again.seconds * other.rate, other)


def _figures(path: str | Path, source: Source) -> _Figures:
    meter, figures = Meter(path), _Figures(source.channels)
    for samples, rate in source.blocks():
        meter.block(0, rate)
        figures.block(samples, rate)
    return figures


def _described(
    path: str | Path, source: Source, figures: _Figures, damage: str
) -> dict[str, Any]:
    offset = figures.sums * max(1, len(figures.sums)) / max(1, figures.samples)
    found = {
        "path": str(path),
        "format": source.format,
        "sample_rate": source.rate,
        "channels": source.channels,
        "duration_s": round(figures.seconds, 6),
        "peak_db": _decibels(figures.peak),
        "rms_db": _decibels((figures.square / max(1, figures.samples)) ** 0.5),
        "clipped": figures.clipped / max(1, figures.samples),
        "silent": figures.silent / max(1, figures.windows),
        "dc_offset": round(float(offset[np.abs(offset).argmax()]), 6),
        "anti_phase": figures.cancellation.canceled,
    }
    return found | {"problems": _problems(found, figures, damage)}


def _problems(found: dict[str, Any], figures: _Figures, damage: str) -> list[str]:
    problems = [
        damage,
        f"{figures.not_finite} NaN or infinite samples" if figures.not_finite else "",
        figures.cancellation.problem(),
    ]
    if found["clipped"] > _MUCH_CLIPPED:
        problems.append(f"clipped: {found['clipped']:.1%} of the samples at full scale")
    if found["peak_db"] is None:
        problems.append("silent: every sample is 0")
    elif found["silent"] > _MUCH_SILENT:
        problems.append(f"silent: {found['silent']:.0%} of it under -60 dB")
    if abs(found["dc_offset"]) > _MUCH_OFFSET:
        problems.append(f"DC offset: {found['dc_offset']:+.3f} of full scale")
    return [problem for problem in problems if problem]


def _decibels(amplitude: float) -> float | None:
    return round(20 * float(np.log10(amplitude)), 2) if amplitude > 0 else None
