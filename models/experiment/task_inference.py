"""Infers from the labels whether they are classes, scores or transcripts.

Texts are classes. Texts of several words that hardly repeat are transcripts. Numbers with
decimals and many different values are scores. A few consecutive integers from 0 or 1 are
classes if the name of the column says so, such as `label` or `digit`. All other labels are an
error that names both options, because a wrong guess could waste an hour of training.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_FIX = "Choose --task classify or --task regress"
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
# Up to this many different numbers may be classes. More numbers with decimals are scores.
_MAX_CLASSES = 10
# Most transcripts have at least this many words.
_MIN_WORDS = 2
# A class with fewer clips is hard to learn.
_FEW = 10


class Inferred(NamedTuple):
    """A task, `"classify"`, `"regress"` or `"transcribe"`, and a line with the reason."""

    task: str
    note: str


class Decided(NamedTuple):
    """The task of a training, whether it was inferred, and a note for the log."""

    task: str
    inferred: bool
    note: str


class _Numbers(NamedTuple):
    """The different numbers among the labels, ascending, and the rows that have a number."""

    different: list[float]
    rows: int

    @property
    def decimals(self) -> bool:
        return any(value != int(value) for value in self.different)

    @property
    def many(self) -> bool:
        """Whether there are too many different numbers for classes."""
        n = len(self.different)
        return n > _MAX_CLASSES or (n > 3 and 2 * n > self.rows)

    @property
    def consecutive(self) -> bool:
        first, last = self.different[0], self.different[-1]
        return first in (0, 1) and last - first == len(self.different) - 1

    def text(self) -> str:
        kind = "different numbers" if self.decimals else "different whole numbers"
        return f"{len(self.different)} {kind} from {self.different[0]:g} to " + (
            f"{self.different[-1]:g}"
        )


def decide_task(data: str | Path, task: str | None, columns: Mapping[str, Any]) -> Decided:
    """Returns the task of a training. Opens no audio file.

    Args:
        data: A folder of class folders, or a manifest.
        task: The task of the user; `None` infers it from the labels.
        columns: Columns of the manifest, as `kapre_like.audio.read_dataset` takes them.

    Raises:
        ValueError: If the labels can be classes or scores, or do not fit the task.
    """
    from kapre_like.audio.manifest import read_labels

    if task in ("regress", "transcribe"):
        return Decided(task, False, "")
    words = ("label_column", "split_column", "test_split")
    labels = read_labels(data, **{name: columns[name] for name in words if name in columns})
    try:
        if task is None:
            found = infer_task(labels.texts, column=labels.column, folders=labels.folders)
            return Decided(found.task, True, found.note)
        warning = "" if labels.folders else check_classes(labels.texts, column=labels.column)
    except ValueError as error:
        raise ValueError(f"{data}: {error}") from None
    return Decided(task, False, warning)


def check_same_task(recipe: Mapping[str, Any], labels: Sequence[str]) -> None:
    """Raises an error if labels do not fit the task of a trained model.

    Args:
        recipe: Recipe of the model, with `task` and `class_names`.
        labels: Labels as text.
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
                f"the model predicts scores, but the labels are text (such as {names[0]!r}). "
                f"{fix}, or evaluate a model for classes."
            )
        return
    known = recipe["class_names"]
    if names and not set(names) & set(known):
        scores = None not in values and None in [_number_of(name) for name in known]
        what = "are numbers" if scores else "are none of these"
        listed = ", ".join(known[:5]) + (", ..." if len(known) > 5 else "")
        raise ValueError(
            f"the model predicts classes ({listed}), but the labels {what} (such as "
            f"{names[0]!r}). {fix}, or evaluate a model for these labels."
        )


def infer_task(labels: Sequence[str], *, column: str, folders: bool = False) -> Inferred:
    """Infers the task from the labels.

    Args:
        labels: The label of each row as text. Blank labels are ignored.
        column: Name of the column. It decides if the numbers alone do not.
        folders: Whether the labels are the names of class folders.

    Raises:
        ValueError: If the labels can be classes or scores. The message names both options.
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
        note = f"task: transcripts, {len(names)} texts of about {words:.0f} words"
        return Inferred("transcribe", f"{note}; for classes: --task classify")
    if texts:
        return _with_texts(names, texts, numbers, len(labels), column)
    return _of_numbers(names, numbers, column)


def check_classes(labels: Sequence[str], *, column: str) -> str:
    """Returns a warning if labels of the task `"classify"` look like scores, else "".

    Raises:
        ValueError: If there are many different decimals, most of them with few clips.
    """
    labels = [label.strip() for label in labels if label.strip()]
    values = [_number_of(label) for label in labels]
    if not labels or None in values:
        return ""
    numbers = _Numbers(sorted(set(values)), len(values))
    if not (numbers.many and numbers.decimals):
        return ""
    looks = f"the column {column!r} contains {numbers.text()}, which look like scores"
    few = sum(count < _FEW for count in Counter(values).values())
    if 2 * few > len(numbers.different):
        raise ValueError(
            f"{looks}, and most have fewer than {_FEW} clips. Train on scores with --task "
            "regress. For classes name another column (--label-column), or round the numbers."
        )
    return f"{looks}, but are used as classes; for scores: --task regress"


def _number_of(cell: str) -> float | None:
    # Imported here, because it needs pandas, which listing the families does not.
    from kapre_like.audio.cells import number_of

    return number_of(cell)


def _are_sentences(labels: list[str], names: list[str]) -> bool:
    """Returns whether labels are transcripts: most have several words, and most occur once."""
    several = sum(len(name.split()) >= _MIN_WORDS for name in names)
    return len(names) >= _MAX_CLASSES and 2 * several > len(names) > len(labels) / 2


def _is_code(name: str) -> bool:
    """Returns whether a number is written as a code, such as `03` or `0001`."""
    return re.fullmatch(r"0\d+", name) is not None


def _classes(names: list[str], hint: str = "") -> Inferred:
    shown = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
    many = f"{len(names)} label{'s' if len(names) != 1 else ''}: {shown}"
    return Inferred("classify", f"task: classes ({many}){hint}")


def _with_texts(
    names: list[str], texts: list[str], numbers: _Numbers, rows: int, column: str
) -> Inferred:
    """Returns classes for labels with texts, unless most are decimals and a text is a typo."""
    if numbers.different and numbers.many and numbers.decimals and 2 * numbers.rows > rows:
        raise ValueError(
            f"the column {column!r} contains {numbers.text()}, and {len(texts)} "
            f"{'text' if len(texts) == 1 else 'texts'} (such as {texts[0]!r}). Correct the "
            "labels, or use all as classes: --task classify"
        )
    return _classes(names)


def _of_numbers(names: list[str], numbers: _Numbers, column: str) -> Inferred:
    words = _words(column)
    scores = _SCORE_WORDS.split()
    # Also finds `mosscore`. Short words such as `age` end many other words.
    ends = tuple(word for word in scores if len(word) > 4)
    score = any(word in scores or word.endswith(ends) for word in words)
    label = bool(words & {*_CLASS_WORDS.split()})
    if numbers.decimals and (numbers.many or (score and not label)):
        return Inferred(
            "regress", f"task: scores, {numbers.text()}; for classes: --task classify"
        )
    few = 2 <= len(numbers.different) <= _MAX_CLASSES and numbers.consecutive
    # 0 and 1 mean no and yes in a column of any name.
    if numbers.different == [0, 1] or (not numbers.decimals and few and label and not score):
        return _classes(names, "; for scores: --task regress")
    raise ValueError(
        f"the column {column!r} contains {numbers.text()}: classes or scores? {_FIX}"
    )


def _words(column: str) -> set[str]:
    """Returns the words of a column name, also in the singular: `MOS_scores` has `score`."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", column)
    words = re.findall(r"[a-z]+\d?|\d+", spaced.lower())
    return {*words, *(word.removesuffix("s") for word in words)}
