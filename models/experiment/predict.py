"""Predicts files and table rows, and explains the prediction of one file step by step."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like import _check
from kapre_like.audio.channels import MIX, channel_name
from kapre_like.models.artifact.clip_input import Part
from kapre_like.models.artifact.opening import load_predictor
from kapre_like.models.artifact.predictor import TEXT_TASKS, Predictor
from kapre_like.models.artifact.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def predict(
    model: str | Path | Predictor,
    files: list[str | Path],
    *,
    channel: str | int | None = None,
    min_confidence: float | None = None,
    decoder: Any | None = None,
    on_error: str = "fail",
) -> list[dict[str, Any]]:
    """Predicts labels, scores or texts of sound files.

    Files may have any sample rate, bit depth and number of channels. They are converted to mono
    and to the sample rate of the model, and the model's length rule is applied.

    Args:
        model: A predictor, or a model as `kapre_like.load_predictor` takes it: a folder that
            `train` wrote, a `.keras` file, an exported SavedModel, LiteRT or ONNX file, or the
            folder of a Wav2Vec2 checkpoint.
        files: Paths of the sound files.
        channel: As in `train`; `None` is the channel of the training.
        min_confidence: Float in [0, 1]. A record is `confident` if its probability is at least
            this value. `None`: the calibrated thresholds of the model.
        decoder: A `kapre_like.models.text.decoder.Decoder` for models that output text, such as
            one with a language model. `None`: the most probable token of each frame.
        on_error: `"fail"` raises an error at the first bad or damaged file. With `"skip"` the
            record of a bad file contains `error` in place of a prediction.

    Returns:
        One record per file, in order; see `Predictor.predict`.

    Raises:
        ValueError: For a bad file with `"fail"`, or a path that is not a model.
    """
    predictor = _opened(model, channel)
    set_min_confidence(predictor, min_confidence)
    if decoder is not None:
        predictor.read_with(decoder)
    return predictor.predict(files, on_error=on_error)


def set_min_confidence(predictor: Predictor, min_confidence: float | None) -> None:
    """Sets the smallest probability of a confident prediction; `None` changes nothing.

    Raises:
        ValueError: If the value is outside of [0, 1], or the model does not predict one label
            with a probability.
    """
    if min_confidence is None:
        return
    _check.share("predict", min_confidence=min_confidence)
    if predictor.task != "classify" or predictor.recipe.get("multi_label"):
        raise ValueError(
            f"{predictor.source}: does not predict one label with a probability, so there is "
            "no confidence. Leave --min-confidence out."
        )
    predictor.min_confidence = float(min_confidence)


def predict_each(
    model: str | Path | Predictor,
    clips: Iterable[str | Path | Part],
    *,
    channel: str | int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yields one record per clip, in order. The record of a bad file contains `error`."""
    yield from _opened(model, channel).each(clips)


def predict_recordings(
    model: str | Path | Predictor,
    clips: Iterable[Part],
    *,
    seconds_per_window: float,
    hop: float | None = None,
    channel: str | int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yields one record with `events` per recording; that of a bad file contains `error`.

    Args:
        model: As in `predict`.
        clips: The recordings, as from `clips_named`.
        seconds_per_window: Float > 0, length of the windows that the model predicts.
        hop: Float > 0, seconds from one window to the next; `None` is `seconds_per_window`.
        channel: As in `predict`. With `"split"` there is one record per channel.
    """
    from kapre_like.models.experiment.recording import recording_records

    hop = seconds_per_window if hop is None else hop
    _check.positive("predict", seconds_per_window=seconds_per_window, hop=hop)
    predictor = _opened(model, channel)
    for part in clips:
        yield from recording_records(predictor, part, seconds=seconds_per_window, hop=hop)


def predict_table(
    model: Any,
    table: "pd.DataFrame",
    *,
    calibrated: bool = True,
    log: Callable[[str], None] | None = None,
) -> "np.ndarray":
    """Returns probabilities `(rows, classes)`, or scores or texts `(rows,)`, of a table's rows.

    Args:
        model: A `Predictor`, or a trained model of a family.
        table: With `path`, `start_s`, `end_s` and optionally `channel`.
        log: Receives the progress; see `Progress`. `None` reports none.
        calibrated: As in `Predictor.outputs`.
    """
    predictor = copy(model) if isinstance(model, Predictor) else Predictor(model)
    # The rows contain their channel.
    predictor.channel = MIX
    # Imported here, because predicting files needs no tables.
    from kapre_like.audio.rows import read_row, rows_of

    rate = predictor.sample_rate
    rows = rows_of(table)
    counted = rows if log is None else Progress(log, "predicting", len(rows)).over(rows)
    clips = (read_row(row, sample_rate=rate) for row in counted)
    return predictor.outputs(clips, calibrated=calibrated)


def labels_of(recipe: dict[str, Any], output: "np.ndarray") -> list:
    """Returns the most probable class of each row, or each score or text."""
    if recipe["task"] == "regress":
        return [float(score) for score in output]
    if recipe["task"] in TEXT_TASKS:
        return [str(text) for text in output]
    return [recipe["class_names"][index] for index in output.argmax(axis=1)]


def explain(model: str | Path | Predictor, file: Any) -> list[dict[str, Any]]:
    """Returns how a model processes one file, stage by stage, as JSON values.

    Args:
        model: As in `predict`.
        file: A path, or an array at the model's sample rate.

    Returns:
        Dicts of `title` and `facts`, see `Predictor.explain`.
    """
    stages = _opened(model).explain(file)
    return [{"title": title, "facts": facts} for title, facts in stages]


def explain_lines(stages: list[dict[str, Any]]) -> list[str]:
    """Returns the stages of `explain` as lines of text: a title, then one fact per line."""
    lines = []
    for stage in stages:
        lines.append(stage["title"])
        facts = list(_flat(stage["facts"]))
        width = max((len(name) for name, _ in facts), default=0)
        lines += [f"  {name.ljust(width)}  {_text(value)}" for name, value in facts]
    return lines


def _flat(facts: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yields pairs of full name and value, also of nested facts."""
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name} ")
        else:
            yield f"{before}{name}", value


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return " ".join(f"{name} {_text(v)}" for name, v in value.items())
    if isinstance(value, list):
        pair = len(value) == 2 and all(isinstance(v, float) for v in value)
        return ("-" if pair else ", ").join(_text(v) for v in value)
    return str(value)


def _opened(model: str | Path | Predictor, channel: str | int | None = None) -> Predictor:
    predictor = model if isinstance(model, Predictor) else load_predictor(model)
    if channel is not None:
        predictor.channel = channel_name("predict", channel)
    return predictor
