"""Formats numbers for the screen and the report; `tables.py` makes tables of them."""

from typing import Any

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "brier": "Brier score",
    "log_loss": "log loss",
    "ece": "calibration error (ECE)",
    "mae": "mean absolute error",
    "rmse": "root mean square error",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "word_accuracy": "word accuracy",
    "wer": "word error rate (WER)",
    "cer": "character error rate (CER)",
}
_PERCENT = {
    "accuracy", "balanced_accuracy", "macro_f1", "ece", "recall", "precision", "f1", "coverage",
    "word_accuracy", "wer", "cer",
}  # fmt: skip


def notes(result: dict[str, Any]) -> list[str]:
    """Returns the notes of all models. Each starts with the name of the model."""
    return [
        f"{name}: {note}"
        for name, model in result["models"].items()
        for note in model.get("notes", [])
    ]


def cell(column: str, value: Any) -> str:
    """Formats a cell of a table of predictions."""
    if value is None:
        return ""
    digits = {"probability": ".4f", "confidence": ".4f", "start": ".3f", "end": ".3f"}
    return f"{value:{digits.get(column, '.6g')}}" if isinstance(value, float) else str(value)


def heading(result: dict[str, Any]) -> str:
    """Returns the title of the table of metrics: data, number of clips, meaning of brackets."""
    stages = result["data"]["stages"]
    if len(stages) > 1:
        n = sum(stage["test"] for stage in stages)
        how = (
            f"{n} test clips in {len(stages)} folds, [95 % interval], "
            "±standard deviation over folds"
        )
    else:
        how = (
            f"{stages[0]['test']} test clips, trained on {stages[0]['train']}, [95 % interval]"
        )
    return f"{result['data']['path']}: {how}"


def metric_value(name: str, value: float | None) -> str:
    """Formats a metric: `93.1 %`, `0.722`, or a dash if it is undefined."""
    if value is None:
        return "–"  # noqa: RUF001 -- an en dash on purpose
    return f"{100 * value:.1f} %" if name in _PERCENT else f"{value:.3f}"


def seconds(value: float) -> str:
    """Formats a duration: `0.42 s`, `12.3 s`, `4 min 5 s`, `2 h 3 min`."""
    if value < 60:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def milliseconds(value: float) -> str:
    """Formats a short duration in ms with three significant digits."""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def size(n_bytes: float) -> str:
    """Formats a size in bytes, kB or MB (powers of ten)."""
    if n_bytes < 1e3:
        return f"{n_bytes:.0f} B"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def percent(value: float) -> str:
    """Formats a share as `93.1 %`."""
    return f"{100 * value:.1f} %"


def interval(name: str, ends: Any) -> str:
    """Formats the 95 % interval of a metric: `[91.0, 95.2]`; empty without an interval."""
    if not ends or ends[0] is None or ends[1] is None:
        return ""
    return f"[{bare(name, ends[0])}, {bare(name, ends[1])}]"


def bare(name: str, value: float) -> str:
    """Formats a metric without its unit."""
    return metric_value(name, value).removesuffix(" %")


def scale(task: str) -> float:
    """Returns 100 if the main metric of a task is shown in percent, else 1."""
    return 1.0 if task == "regress" else 100.0


def signed(task: str, value: float) -> str:
    """Formats a difference of the main metric with its sign, in points except for scores."""
    return f"{value:+.3f}" if task == "regress" else f"{100 * value:+.1f}"


def gap(task: str, value: float) -> str:
    """Formats a difference of the main metric with its unit: `+12.3 points`."""
    return signed(task, value) + ("" if task == "regress" else " points")


def rate(per_second: float) -> str:
    """Formats a rate per second with three significant digits."""
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.3g}"


def energy(joules: float) -> str:
    """Formats an energy: `0.42 J`, `12 kJ`."""
    return f"{joules / 1000:.3g} kJ" if joules >= 1000 else f"{joules:.3g} J"


def sentence(text: str) -> str:
    """Formats a clause as a sentence: with a capital letter and a period."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def count(n: int, noun: str, plural: str | None = None) -> str:
    """Formats a number with its noun: `1 clip`, `1,200 clips`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
