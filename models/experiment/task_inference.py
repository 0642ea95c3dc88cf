"""Tells from the labels whether they are classes, scores or transcripts, or that nobody can.

Text is a class; texts of several words that hardly repeat are transcripts. Numbers with
decimals and many values are scores. A few whole numbers from 0 or 1 on are classes in a column
that is called so, such as `label` or `digit`. Anything else is refused, with the two ways to
say it: a guess here would cost an hour of training.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_FIX = "Say which: --task classify or --task regress"
_SCORE_WORDS = (
    "accuracy age agreement amount arousal bpm count db decibel density distance dominance "
    "duration energy f0 fluency frequency grade height hz intelligibility intensity level "
    "likert loudness mark mean median mos naturalness noise pct percent percentage percentile "
    "pitch point pressure prosodic prosody quality rank rate rating ratio regression score "
    "second severity snr speed stars temperature tempo total valence value volume weight wer "
    "wpm"
)
_CLASS_WORDS = (
    "accent category class cls code command condition device diagnosis dialect digit emotion "
    "environment event gender genre group id instrument intent key keyword kind label labels "
    "lang language letter machine person phone scene sex sound speaker species state status "
    "tag target type word y"
)
# So many whole numbers are still classes; with more different decimals, they are scores.
_MAX_CLASSES = 10
# Transcripts have so many words, most of them.
_SENTENCE = 2
# A class with fewer clips than this hardly trains.
_FEW = 10


class Inferred(NamedTuple):
    """A task, `"classify"`, `"regress"` or `"transcribe"`, and the line that says why."""

    task: str
    said: str


class Decided(NamedTuple):
    """The task of a training, whether it was inferred, and what to say of it."""

    task: str
    inferred: bool
    said: str


class _Numbers(NamedTuple):
    """The labels that are numbers, each different one once and in order; how many rows."""

    different: list[float]
    rows: int

    @property
    def decimals(self) -> bool:
        return any(value != int(value) for value in self.different)

    @property
    def many(self) -> bool:
        """Whether so many are different that no one means classes."""
        n = len(self.different)
        return n > _MAX_CLASSES or (n > 3 and 2 * n > self.rows)

    @property
    def consecutive(self) -> bool:
        first, last = self.different[0], self.different[-1]
        return first in (0, 1) and last - first == len(self.different) - 1

    def said(self) -> str:
        kind = "different numbers" if self.decimals else "different whole numbers"
        return f"{len(self.different)} {kind} from {self.different[0]:g} to " + (
            f"{self.different[-1]:g}"
        )


def decide_task(data: str | Path, task: str | None, columns: Mapping[str, Any]) -> Decided:
    """Returns the task of a training. Opens no audio file.

    Args:
        data: A folder of class folders, or a manifest.
        task: What the caller asked for; `None` looks at the labels.
        columns: Of the manifest, as `kapre_like.audio.read_dataset` takes them.

    Raises:
        ValueError: The labels can be both, or the task that was asked for makes no sense.
    """
    from kapre_like.audio.manifest import read_labels

    if task in ("regress", "transcribe"):
        return Decided(task, False, "")
    words = ("label_column", "split_column", "test_split")
    labels = read_labels(data, **{name: columns[name] for name in words if name in columns})
    try:
        if task is None:
            found = infer_task(labels.texts, column=labels.column, folders=labels.folders)
            return Decided(found.task, True, found.said)
        warning = "" if labels.folders else check_classes(labels.texts, column=labels.column)
    except ValueError as error:
        raise ValueError(f"{data}: {error}") from None
    return Decided(task, False, warning)


def check_same_task(recipe: Mapping[str, Any], labels: Sequence[str]) -> None:
    """Raises an error if labels cannot be those of a trained model.

    Args:
        recipe: `task` and `class_names` of the model.
        labels: As text.
    """
    if recipe["task"] == "transcribe":
        return
    labels = [label.strip() for label in labels if label.strip()]
    names = list(dict.fromkeys(labels))
    values = [_number_of(name) for name in names]
    fix = "Name the column with --label-column"
    if recipe["task"] == "regress":
        if names and all(value is None for value in values):
            raise ValueError(
                f"the model predicts scores, and the labels are text (such as {names[0]!r}). "
                f"{fix}, or evaluate a model of classes."
            )
        return
    known = recipe["class_names"]
    if names and not set(names) & set(known):
        scores = None not in values and None in [_number_of(name) for name in known]
        what = "are numbers" if scores else "are none of them"
        listed = ", ".join(known[:5]) + (", ..." if len(known) > 5 else "")
        raise ValueError(
            f"the model predicts classes ({listed}), and the labels {what} (such as "
            f"{names[0]!r}). {fix}, or evaluate a model of these labels."
        )


def infer_task(labels: Sequence[str], *, column: str, folders: bool = False) -> Inferred:
    """Returns the task that labels are for.

    Args:
        labels: The label of each row, as text; blank ones do not count.
        column: Name of the column, which tells where numbers alone do not.
        folders: Whether the labels are the names of class folders.

    Raises:
        ValueError: The labels can be classes or scores. Says how to say which.
    """
    labels = [label.strip() for label in labels if label.strip()]
    names = list(dict.fromkeys(labels))
    values = {name: _number_of(name) for name in names}
    if folders or len(names) < 2 or any(_is_code(name) for name in names):
        return _classes(names)
    numbers = _Numbers(
        sorted({value for value in values.values() if value is not None}),
        sum(values[label] is not None for label in labels),
    )
    texts = [name for name in names if values[name] is None]
    if _are_sentences(labels, names):
        words = sum(len(name.split()) for name in names) / len(names)
        said = f"task: transcripts, {len(names)} texts of about {words:.0f} words"
        return Inferred("transcribe", f"{said}; for classes: --task classify")
    if texts:
        return _with_texts(names, texts, numbers, len(labels), column)
    return _of_numbers(names, numbers, column)


def check_classes(labels: Sequence[str], *, column: str) -> str:
    """Returns a warning if labels that shall be classes look like scores; "" if they do not.

    Raises:
        ValueError: Decimals with many values, most of them on a few clips only.
    """
    labels = [label.strip() for label in labels if label.strip()]
    values = [_number_of(label) for label in labels]
    if not labels or None in values:
        return ""
    numbers = _Numbers(sorted(set(values)), len(values))
    if not (numbers.many and numbers.decimals):
        return ""
    looks = f"the column {column!r} holds {numbers.said()}, which look like scores"
    few = sum(count < _FEW for count in Counter(values).values())
    if 2 * few > len(numbers.different):
        raise ValueError(
            f"{looks}, and most stand on fewer than {_FEW} clips. Train on scores: --task "
            "regress. For classes name another column (--label-column), or round the numbers."
        )
    return f"{looks}, but are taken as classes; for scores: --task regress"


def _number_of(cell: str) -> float | None:
    # Imported here, because it needs pandas, and listing the families does not.
    from kapre_like.audio.cells import number_of

    return number_of(cell)


def _are_sentences(labels: list[str], names: list[str]) -> bool:
    """Whether labels are transcripts: most have several words, and most occur once."""
    several = sum(len(name.split()) >= _SENTENCE for name in names)
    return len(names) >= _MAX_CLASSES and 2 * several > len(names) > len(labels) / 2


def _is_code(name: str) -> bool:
    """Whether a number is written as a code is: `03`, `0001`."""
    return re.fullmatch(r"0\d+", name) is not None


def _classes(names: list[str], hint: str = "") -> Inferred:
    shown = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
    many = f"{len(names)} label{'s' if len(names) != 1 else ''}: {shown}"
    return Inferred("classify", f"task: classes ({many}){hint}")


def _with_texts(
    names: list[str], texts: list[str], numbers: _Numbers, rows: int, column: str
) -> Inferred:
    """Of labels some of which are text: a column of scores may have a slip of the pen."""
    if numbers.different and numbers.many and numbers.decimals and 2 * numbers.rows > rows:
        raise ValueError(
            f"the column {column!r} holds {numbers.said()}, and {len(texts)} that is no number "
            f"(such as {texts[0]!r}). Correct it, or say that all are classes: --task classify"
        )
    return _classes(names)


def _of_numbers(names: list[str], numbers: _Numbers, column: str) -> Inferred:
    words = _words(column)
    scores = _SCORE_WORDS.split()
    # `mosscore` too; short words, such as `age`, end many others.
    ends = tuple(word for word in scores if len(word) > 4)
    score = any(word in scores or word.endswith(ends) for word in words)
    label = bool(words & {*_CLASS_WORDS.split()})
    if numbers.decimals and (numbers.many or (score and not label)):
        return Inferred(
            "regress", f"task: scores, {numbers.said()}; for classes: --task classify"
        )
    few = 2 <= len(numbers.different) <= _MAX_CLASSES and numbers.consecutive
    # 0 and 1 are no and yes, whatever the column is called.
    if numbers.different == [0, 1] or (not numbers.decimals and few and label and not score):
        return _classes(names, "; for scores: --task regress")
    raise ValueError(f"the column {column!r} holds {numbers.said()}: classes or scores? {_FIX}")


def _words(column: str) -> set[str]:
    """The words of a column's name, in the singular: `MOS_scores` has `mos` and `score`."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", column)
    words = re.findall(r"[a-z]+\d?|\d+", apart.lower())
    return {*words, *(word.removesuffix("s") for word in words)}
