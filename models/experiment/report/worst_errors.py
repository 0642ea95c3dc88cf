"""The worst errors of each model with spectrograms and sound, and an example clip."""

import base64
import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.experiment import wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Clips,
    Drawing,
    PlayableClip,
    Section,
    Words,
    drawings,
)
from kapre_like.models.experiment.splitting import Stage

_MAX_CLIPS = 10
# Keeps the HTML file below about 10 MB, because base64 takes four bytes for three.
_MAX_BYTES = 6_000_000
_MAX_SECONDS = 6.0
_MIN_SECONDS = 1.0
_LISTENING_RATE = 24000
_FRAMES = 300


def errors(result: dict[str, Any]) -> Section | None:
    """Returns the worst errors of each model. Those of the recommended model are unfolded."""
    worst = {name: list(found) for name, found in (result.get("worst") or {}).items() if found}
    if not worst:
        return None
    worst = {name: found[:_MAX_CLIPS] for name, found in worst.items()}
    limit = _seconds_each(worst, result["settings"]["sample_rate"])
    load = cache(
        lambda path, start, end, channel: _load(path, start, end, channel, result, limit)
    )
    shown_first = result["advice"].get("recommended") or result["advice"].get("best")
    blocks: list[Any] = [Words(_WORST.format(seconds=f"{limit:.2g}"))]
    for name, found in worst.items():
        clips = [_playable(one, result["task"], load(*_place(one))) for one in found]
        title = f"{name}: {wording.count(len(clips), 'error')}"
        blocks.append(Clips(title, clips, name == shown_first or len(worst) == 1))
    return Section("errors", "The worst errors", blocks)


_WORST = (
    "The test clips with the greatest errors of each model: a wrong class with the highest "
    "confidence, the greatest distance to the true score, or the most wrong words. Mislabeled "
    "clips are often among them. Sound and picture are the model's input, at most the first "
    "{seconds} seconds."
)


def _place(one: dict[str, Any]) -> tuple[str, float, float, str]:
    start, end = (
        float("nan") if one.get(key) is None else one[key] for key in ("start_s", "end_s")
    )
    return one["path"], start, end, str(one.get("channel") or "mix")


def _seconds_each(worst: dict[str, list[dict[str, Any]]], sample_rate: int) -> float:
    """Returns the seconds of each clip so that all clips of all models fit into the page."""
    n = sum(len(found) for found in worst.values())
    # 16-bit samples. FLAC takes about half of their size, and at most all of it.
    fits = _MAX_BYTES / (n * 2 * min(sample_rate, _LISTENING_RATE))
    return float(min(_MAX_SECONDS, max(_MIN_SECONDS, fits)))


def _load(
    path: str, start: float, end: float, channel: str, result: dict[str, Any], limit: float
) -> tuple[str, str, str]:
    """Returns picture and sound as data URIs, and a text alternative.

    Picture and sound are empty if the file cannot be read.
    """
    from kapre_like.audio.rows import Row, read_row

    rate = result["settings"]["sample_rate"]
    try:
        waveform = read_row(Row(path, start, end, channel, known=True), sample_rate=rate)
    except (ValueError, OSError):
        return "", "", "The file could not be read again."
    waveform = np.asarray(waveform[: round(limit * rate)], np.float32)
    seconds, top = len(waveform) / rate, rate / 2000
    words = f"log-mel spectrogram, {seconds:.2f} s from left to right, 0 to {top:g} kHz upwards"
    return _picture(waveform, rate), _sound(waveform, rate), words


def _picture(waveform: np.ndarray, rate: int) -> str:
    """Returns a log-mel spectrogram as a PNG with one pixel per band and frame."""
    from matplotlib.image import imsave

    from kapre_like.models.experiment.logmel import log_mel

    db = log_mel(waveform, rate).db
    buffer = io.BytesIO()
    step = -(-db.shape[1] // _FRAMES)
    shown = {"cmap": "magma", "vmin": -80, "vmax": 0, "origin": "lower", "format": "png"}
    imsave(buffer, db[:, ::step], **shown)
    return _uri(buffer, "image/png")


def _sound(waveform: np.ndarray, rate: int) -> str:
    """Returns the clip as FLAC, which all browsers play, or as WAV if FLAC fails."""
    import soundfile
    import soxr

    if rate > _LISTENING_RATE:
        waveform, rate = soxr.resample(waveform, rate, _LISTENING_RATE), _LISTENING_RATE
    for kind, name in (("FLAC", "audio/flac"), ("WAV", "audio/wav")):
        buffer = io.BytesIO()
        try:
            soundfile.write(
                buffer, np.clip(waveform, -1, 1), rate, format=kind, subtype="PCM_16"
            )
        except (RuntimeError, ValueError):
            continue
        return _uri(buffer, name)
    return ""


def _uri(buffer: io.BytesIO, name: str) -> str:
    return f"data:{name};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _playable(one: dict[str, Any], task: str, loaded: tuple[str, str, str]) -> PlayableClip:
    picture, sound, words = loaded
    if task == "regress":
        title = f"true {one['true']:.3g}, predicted {one['predicted']:.3g}"
    elif task == "transcribe":
        title = f"{one['true']}, transcribed as {one['predicted'] or 'nothing'}"
    else:
        title = f"{one['true']}, predicted as {one['predicted']}"
    about = []
    if one.get("confidence") is not None:
        about.append(f"confidence {wording.percent(one['confidence'])}")
    if one.get("error") is not None:
        about.append(f"off by {one['error']:.3g}")
    if one.get("wrong_words") is not None:
        about.append(wording.count(one["wrong_words"], "wrong word"))
    if one.get("group"):
        about.append(f"group {one['group']}")
    about.append(one["path"])
    if one.get("start_s") is not None:
        end = "the end" if one.get("end_s") is None else f"{one['end_s']:.2f} s"
        about.append(f"{one['start_s']:.2f} s to {end}")
    if str(one.get("channel") or "mix") != "mix":
        about.append(f"channel {one['channel']}")
    if not sound:
        about.append(words)
    return PlayableClip(
        title, ", ".join(about), picture, sound, words, one.get("alignment", ())
    )


def example(result: dict[str, Any], stages: list[Stage]) -> Section | None:
    """Returns the log-mel spectrogram of the test clip of median length."""
    from kapre_like.audio.rows import read_row, rows_of

    test = stages[0].test
    middle = test["duration_s"].argsort().iloc[len(test) // 2]
    clip, rate = test.iloc[middle], result["settings"]["sample_rate"]
    try:
        waveform = read_row(rows_of(test)[middle], sample_rate=rate)
    except (ValueError, OSError):
        return None
    words = {"classify": "label", "regress": "score", "transcribe": "text"}
    title = f"{Path(clip['path']).name}, {words[result['task']]} {clip['label']}"
    svg = figures.to_svg(figures.spectrogram(waveform, rate), f"Log-mel spectrogram: {title}")
    text = "A test clip of median length as a log-mel spectrogram."
    return Section("example", "An example", [Words(text), *drawings(Drawing(title, svg))])
