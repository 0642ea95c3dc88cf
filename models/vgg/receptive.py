"""Receptive field of a VGG, in milliseconds and in hertz."""

import warnings
from typing import NamedTuple

import numpy as np

from kapre_like import _check
from kapre_like.filters import mel_frequencies
from kapre_like.models.vgg.defaults import FRONT_END
from kapre_like.models.vgg.rows import ROWS, Row


class ReceptiveField(NamedTuple):
    """The input region that one output cell of the last convolutional stage depends on.

    Attributes:
        frames: Int, number of spectrogram frames.
        mels: Int, number of mel bands, at most all of them.
        milliseconds: Float, duration from the first to the last sample of those frames.
        hertz: `(min, max)`, width in Hz of that many neighboring bands. Low mel bands are
            narrower than high ones.
    """

    frames: int
    mels: int
    milliseconds: float
    hertz: tuple[float, float]


def _cells(row: Row) -> int:
    """Returns the field's size along one axis. Each layer adds `(kernel - 1) * jump` cells."""
    # The first convolution of a residual row has stride 2; its last stage has no pool.
    cells, jump = (3, 2) if row.residual else (1, 1)
    for number, _ in row.stages:
        cells += 2 * (2 * number if row.residual else number) * jump + jump
        jump *= 2
    return cells - jump // 2 if row.residual else cells


def receptive_field(
    row: str = "small",
    *,
    sample_rate: int = FRONT_END.sample_rate,
    n_fft: int = FRONT_END.n_fft,
    win_length: int | None = FRONT_END.win_length,
    hop_length: int = FRONT_END.hop_length,
    n_mels: int = FRONT_END.n_mels,
    fmin: float = FRONT_END.fmin,
    fmax: float | None = FRONT_END.fmax,
    mel_scale: str = FRONT_END.mel_scale,
) -> ReceptiveField:
    """Returns the receptive field of a row of `ROWS` with a log-mel front end.

    The defaults are those of `vgg(row)`.

    Args:
        row: Name in `ROWS`.
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, window length in samples; `None` means `n_fft`.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, number of mel bands.
        fmin: Float >= 0, lowest frequency in Hz.
        fmax: Float, highest frequency in Hz; `None` means half of `sample_rate`.
        mel_scale: `"slaney"` or `"htk"`.

    Returns:
        A `ReceptiveField`.

    Raises:
        ValueError: If `row` is unknown or a number is out of its domain.

    Source: A. Araujo, W. Norris, J. Sim, "Computing Receptive Fields of Convolutional Neural
        Networks", Distill 2019, equation 2.
    """
    _check.one_of("receptive_field", list(ROWS), row=row)
    _check.positive_int("receptive_field", sample_rate=sample_rate, hop_length=hop_length)
    _check.positive_int("receptive_field", n_fft=n_fft, n_mels=n_mels)
    frames = _cells(ROWS[row])
    mels = min(frames, n_mels)
    samples = (frames - 1) * hop_length + (n_fft if win_length is None else win_length)
    top = sample_rate / 2 if fmax is None else fmax
    edges = np.asarray(mel_frequencies(n_mels + 2, fmin, top, mel_scale))
    spans = edges[mels + 1 :] - edges[: len(edges) - mels - 1]
    hertz = (float(spans.min()), float(spans.max()))
    return ReceptiveField(frames, mels, 1e3 * samples / sample_rate, hertz)


def warn_if_shorter(row: str, field: ReceptiveField, pattern_ms: float | None, **front) -> None:
    """Warns if the field is shorter than `pattern_ms`, and names rows that are long enough."""
    if pattern_ms is None or field.milliseconds >= pattern_ms:
        return
    longer = {name: receptive_field(name, **front).milliseconds for name in ROWS}
    fits = [f"{name!r} ({ms:.0f} ms)" for name, ms in longer.items() if ms >= pattern_ms]
    fix = f"Use row {' or '.join(fits)}, or" if fits else "No row is long enough. Use"
    warnings.warn(
        f"vgg: the receptive field of {row!r} is {field.milliseconds:.0f} ms, shorter than "
        f"pattern_ms={pattern_ms}. {fix} a longer hop_length.",
        stacklevel=3,
    )
