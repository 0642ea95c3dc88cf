"""Formats numbers and tables for the screen and the report."""

from typing import Any

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "mae": "mean absolute error",
    "rmse": "root mean square error",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
}
_PERCENT = {"accuracy", "balanced_accuracy", "macro_f1"}


def comparison_rows(result: dict[str, Any]) -> list[list[str]]:
    """Returns the comparison as rows of text: the name of a quantity, then a cell per model."""
    models = result["models"].values()
    folds = len(result["data"]["stages"]) > 1
    rows = []
    for name in result["metrics"]:
        rows.append([NAMES[name], *(_metric(name, model) for model in models)])
    per_fold = " (mean per fold)" if folds else ""
    rows += [
        ["time to read all clips", *(seconds(model["seconds_read"]) for model in models)],
        [f"time to train{per_fold}", *(seconds(model["seconds_train"]) for model in models)],
    ]
    for batch, words in (("batch_1", "one clip"), ("batch_32", "clip in a batch of 32")):
        for part, doing in (("read_ms", "read"), ("compute_ms", "compute")):
            cells = [milliseconds(model["latency_ms"][batch][part]) for model in models]
            rows.append([f"{doing} {words}", *cells])
    rows += [
        ["peak memory", *(f"{model['peak_memory_mb']:.0f} MB" for model in models)],
        ["model size", *(size(model["model_bytes"]) for model in models)],
        ["parameters", *(f"{model['n_parameters']:,}" for model in models)],
    ]
    return rows


def notes(result: dict[str, Any]) -> list[str]:
    """Returns the notes of all models, one sentence each, starting with the model's name."""
    return [
        f"{name}: {note}"
        for name, model in result["models"].items()
        for note in model.get("notes", [])
    ]


def evaluation_rows(result: dict[str, Any]) -> list[list[str]]:
    """Returns an evaluation as rows of text: metric, value, interval."""
    rows = []
    for name in (name for name in NAMES if name in result):
        low, high = (metric_value(name, bound) for bound in result["intervals"][name])
        rows.append([NAMES[name], metric_value(name, result[name]), f"{low} to {high}"])
    return rows


def cell(column: str, value: Any) -> str:
    """Returns a cell of a prediction as text."""
    if value is None:
        return ""
    digits = {"probability": ".4f", "confidence": ".4f", "start": ".3f", "end": ".3f"}
    return f"{value:{digits.get(column, '.6g')}}" if isinstance(value, float) else str(value)


def heading(result: dict[str, Any]) -> str:
    """Returns the title of the table: number of clips, split, meaning of the brackets."""
    stages = result["data"]["stages"]
    if len(stages) > 1:
        how = f"mean of {len(stages)} folds, [95 % interval], ±standard deviation over folds"
    else:
        how = (
            f"{stages[0]['test']} test clips, trained on {stages[0]['train']}, [95 % interval]"
        )
    return f"{result['data']['path']}: {how}"


def metric_value(name: str, value: float | None) -> str:
    """A metric as text: `93.1 %`, `0.722`, or a dash where it is not defined."""
    if value is None:
        return "–"  # noqa: RUF001 -- an en dash on purpose
    return f"{100 * value:.1f} %" if name in _PERCENT else f"{value:.3f}"


def seconds(value: float) -> str:
    """A duration: `0.42 s`, `12.3 s`, `4 min 5 s`, `2 h 3 min`."""
    if value < 60:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def milliseconds(value: float) -> str:
    """A short duration in ms with three significant digits."""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def size(n_bytes: float) -> str:
    """A size in bytes, kB or MB (powers of ten)."""
    if n_bytes < 1e3:
        return f"{n_bytes:.0f} B"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def _metric(name: str, model: dict[str, Any]) -> str:
    value = metric_value(name, model["metrics"][name])
    low, high = model["intervals"][name]
    if low is not None:
        value += f" [{_bare(name, low)}, {_bare(name, high)}]"
    if model["spread"] is not None and model["spread"][name] is not None:
        value += f" ±{_bare(name, model['spread'][name])}"
    return value


def _bare(name: str, value: float) -> str:
    return metric_value(name, value).removesuffix(" %")
