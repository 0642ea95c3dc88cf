"""Tables of a comparison and of an evaluation: cells of text with sortable values."""

from collections.abc import Callable
from typing import Any, NamedTuple

from kapre_like.models.experiment import wording

NONE = "–"  # noqa: RUF001 -- an en dash on purpose


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: The main text.
        small: Text below it, such as an interval or a note.
        value: Value for sorting the column; `None` sorts by the text.
        share: Length of a bar, in [0, 1]; `None` draws no bar.
    """

    text: str
    small: str = ""
    value: float | None = None
    share: float | None = None

    @property
    def line(self) -> str:
        """Returns the cell as one line."""
        return f"{self.text} {self.small}" if self.small else self.text


class Table(NamedTuple):
    """A table whose first column contains the names of the rows.

    Attributes:
        title: The caption.
        header: Names of the columns.
        rows: A list of cells per row.
        note: Text below the table.
        sortable: Whether the reader may sort the rows.
        folded: Whether the table is folded until the reader opens it.
    """

    title: str
    header: list[str]
    rows: list[list[Cell]]
    note: str = ""
    sortable: bool = True
    folded: bool = False

    def lines(self) -> list[list[str]]:
        """Returns the rows as plain text. Short notes on a row are in parentheses."""
        named = [
            [
                f"{first.text} ({first.small})" if 0 < len(first.small) < 20 else first.text,
                *rest,
            ]
            for first, *rest in self.rows
        ]
        return [[first, *(cell.line for cell in rest)] for first, *rest in named]


def quality(result: dict[str, Any]) -> Table:
    """Returns the metrics of each model, followed by those of the baselines."""
    metrics, models = result["metrics"], result["models"]
    guessed = any(model.get("beats_guessing") for model in models.values())
    rows = []
    for name, model in models.items():
        advised = "advised" if name == result["advice"].get("recommended") else ""
        cells = [Cell(name, advised), *(_metric(key, model) for key in metrics)]
        if guessed:
            cells.append(_beats(result["task"], model.get("beats_guessing")))
        rows.append(cells)
    for name, baseline in (result.get("baselines") or {}).items():
        cells = [Cell(name, _guess(baseline)), *(_metric(key, baseline) for key in metrics)]
        rows.append([*cells, *([Cell("")] if guessed else [])])
    header = ["", *(wording.NAMES.get(key, key) for key in metrics)]
    return Table(
        wording.heading(result), [*header, *(["beats guessing"] if guessed else [])], rows
    )


def _guess(baseline: dict[str, Any]) -> str:
    from kapre_like.models.experiment.feature_words import feature_words

    feature = baseline.get("feature")
    return feature_words(feature) if feature else "baseline"


def _metric(key: str, entry: dict[str, Any]) -> Cell:
    value = entry["metrics"].get(key)
    small = wording.interval(key, (entry.get("intervals") or {}).get(key))
    spread = (entry.get("spread") or {}).get(key)
    if spread is not None:
        small += f" ±{wording.bare(key, spread)}"
    return Cell(wording.metric_value(key, value), small.strip(), value)


def _beats(task: str, found: dict[str, Any] | None) -> Cell:
    """Returns a cell with whether a model beats guessing, and the difference."""
    if not found:
        return Cell(NONE)
    difference, (low, high) = found["difference"], found.get("interval") or (None, None)
    if difference is None:
        return Cell("yes" if found["beaten"] else "no")
    text = f"{'yes' if found['beaten'] else 'no'}, {wording.gap(task, difference)}"
    ends = "" if low is None else f"[{wording.signed(task, low)}, {wording.signed(task, high)}]"
    return Cell(text, ends, difference)


def costs(result: dict[str, Any]) -> Table:
    """Returns the costs of each model. A cost that no model has is left out."""
    models = result["models"]
    per_fold = " (mean per fold)" if len(result["data"]["stages"]) > 1 else ""
    rows = []
    for words, find, show in _costs(per_fold):
        values = [find(model) for model in models.values()]
        if any(value is not None for value in values):
            cells = [Cell(NONE) if v is None else Cell(show(v), value=float(v)) for v in values]
            rows.append([Cell(words), *cells])
    return Table("What it costs", ["", *models], rows, sortable=False)


def _costs(per_fold: str) -> list[tuple[str, Callable[[dict], Any], Callable[[Any], str]]]:
    """Returns triples: name of a cost, function that finds it in a model's entry, formatter."""

    def at(*path: str) -> Callable[[dict[str, Any]], Any]:
        def find(model: dict[str, Any]) -> Any:
            for key in path:
                model = (model or {}).get(key)
            return model

        return find

    ms, seconds, one = wording.milliseconds, wording.seconds, ("latency_ms", "batch_1")
    return [
        ("read all clips", at("seconds_read"), seconds),
        (f"compute the features{per_fold}", at("seconds_features"), seconds),
        (f"train{per_fold}", at("seconds_train"), seconds),
        ("5 files, first time", at("five_files", "cold_s"), seconds),
        ("5 files, model loaded", at("five_files", "warm_s"), seconds),
        ("read one clip", at(*one, "read_ms"), ms),
        ("compute one clip, mean", computing, ms),
        ("compute one clip, median", at(*one, "compute_p50_ms"), ms),
        ("compute one clip, 90th percentile", at(*one, "compute_p90_ms"), ms),
        ("compute one clip, 99th percentile", at(*one, "compute_p99_ms"), ms),
        ("compute a clip in a batch of 32", at("latency_ms", "batch_32", "compute_ms"), ms),
        ("real-time factor", at("real_time_factor"), lambda factor: f"{factor:.4f}"),
        ("clips per second, all cores", at("throughput_clips_per_s"), wording.rate),
        ("peak memory", at("peak_memory_mb"), lambda mb: f"{mb:.0f} MB"),
        ("model size", at("model_bytes"), wording.size),
        ("parameters", at("n_parameters"), lambda n: f"{n:,}"),
        ("energy to train", at("energy", "joules_train"), wording.energy),
        ("energy per clip", at("energy", "joules_per_clip"), wording.energy),
        ("price of training", at("money", "training"), lambda price: f"{price:.3g}"),
        (
            "machine hours per month",
            at("money", "hours_per_month"),
            lambda hours: f"{hours:.3g}",
        ),
        ("machines needed", at("money", "machines"), str),
        ("price per month", at("money", "per_month"), lambda price: f"{price:.3g}"),
    ]


def computing(model: dict[str, Any]) -> float | None:
    """Returns the mean computing time of one clip in ms."""
    return model["latency_ms"]["batch_1"].get("compute_ms")


def comparison(result: dict[str, Any]) -> list[Table]:
    """Returns the tables of a comparison for the screen: metrics and costs."""
    features = [
        f"{name}: {_guess(entry)}."
        for name, entry in (result.get("baselines") or {}).items()
        if entry.get("feature")
    ]
    return [quality(result)._replace(note=" ".join(features)), costs(result)]


def evaluation(result: dict[str, Any], title: str) -> list[Table]:
    """Returns the tables of an evaluation: its metrics, and for classes each class."""
    rows = []
    for name in (name for name in wording.NAMES if name in result):
        ends = (result.get("intervals") or {}).get(name) or (None, None)
        low, high = (wording.metric_value(name, bound) for bound in ends)
        text = wording.metric_value(name, result[name])
        reach = "" if ends[0] is None else f"{low} to {high}"
        rows.append([Cell(name_of(name)), Cell(text), Cell(reach)])
    rows += _confidence(result)
    header = [f"{result['n']} clips", "value", "95 % interval"]
    tables = [Table(title, header, rows, sortable=False)]
    if result.get("per_class"):
        tables.append(per_class({"": result["per_class"]}))
    if thresholds := (result.get("selective") or {}).get("thresholds"):
        tables.append(confident(thresholds))
    return tables


def confident(thresholds: dict[str, dict[str, float | None]]) -> Table:
    """Returns the confidence threshold of each class, with its precision and recall."""
    rows = [
        [Cell(name), *(_share(found[key]) for key in ("threshold", "precision", "recall"))]
        for name, found in thresholds.items()
    ]
    header = ["class", "confident from", "precision", "recall"]
    return Table("Confident answers", header, rows)


def _confidence(result: dict[str, Any]) -> list[list[Cell]]:
    """Returns rows on calibration and coverage, if the evaluation contains them."""
    found = dict((result.get("calibration") or {}).get("after") or {})
    conformal = result.get("conformal") or {}
    found |= {key: conformal.get(key) for key in ("coverage", "coverage_interval")}
    names = {key: name_of(key) for key in ("ece", "brier")}
    level = conformal.get("level")
    names["coverage"] = "" if level is None else f"inside their {100 * level:.0f} % intervals"
    rows = []
    for key, words in names.items():
        if found.get(key) is not None:
            low, high = found.get(f"{key}_interval") or (None, None)
            ends = [wording.metric_value(key, bound) for bound in (low, high)]
            reach = "" if low is None else " to ".join(ends)
            rows.append([Cell(words), Cell(wording.metric_value(key, found[key])), Cell(reach)])
    return rows


def name_of(metric: str) -> str:
    """Returns the name of a metric in words."""
    return wording.NAMES.get(metric, metric.replace("_", " "))


def per_class(by_model: dict[str, dict[str, dict[str, Any]]]) -> Table:
    """Returns recall, precision and F1 of each class, for one model or several."""
    names = list(next(iter(by_model.values())))
    header = ["class", "test clips"]
    for model in by_model:
        before = f"{model}: " if model else ""
        header += [f"{before}recall", f"{before}precision", f"{before}F1"]
    rows = []
    for name in names:
        support = next(iter(by_model.values()))[name].get("support")
        row = [Cell(name), Cell(NONE if support is None else str(support), value=support)]
        for classes in by_model.values():
            found = classes.get(name, {})
            row += [
                _share(found.get(key), wording.interval(key, found.get(f"{key}_interval")))
                for key in ("recall", "precision", "f1")
            ]
        rows.append(row)
    return Table("Each class", header, rows, note=_PER_CLASS)


_PER_CLASS = (
    "Recall is the share of clips of the class that are predicted correctly. Precision is the "
    "share of predictions of the class that are right. F1 is their harmonic mean."
)


def _share(value: float | None, small: str = "") -> Cell:
    if value is None:
        return Cell(NONE)
    return Cell(wording.percent(value), small, value, value)
