"""Evidence on confidence: calibration, selective prediction, and sounds of no class."""

from typing import Any

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Section,
    TableBlock,
    Together,
    Words,
    drawings,
)
from kapre_like.models.experiment.tables import Cell, Table

_KEYS = ("ece", "brier", "log_loss")


def calibration(result: dict[str, Any]) -> Section | None:
    """Returns reliability diagrams and calibration errors, before and after calibration."""
    found = {n: m["calibration"] for n, m in result["models"].items() if m.get("calibration")}
    if not found:
        return None
    drawn = [
        Drawing(name, figures.to_svg(_reliability(one["reliability"]), f"Reliability: {name}"))
        for name, one in found.items()
        if one.get("reliability")
    ]
    blocks = [Words(_RELIABILITY), *drawings(*drawn), TableBlock(_errors(found))]
    return Section("calibration", "Is the confidence calibrated?", blocks)


_RELIABILITY = (
    "Of predictions with a confidence of 80 %, 80 % should be right. A line below the dashed "
    "one means overconfidence, a line above it underconfidence. Each point represents the same "
    "number of clips."
)


def _reliability(bins: dict[str, list[dict[str, Any]]]) -> Any:
    drawn = figures.figure()
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 1], color=figures.QUIET, linestyle="--", linewidth=1)
    looks = (("before", figures.COLORS[1], "s"), ("after", figures.COLORS[0], "o"))
    for name, color, mark in looks:
        points = [one for one in bins.get(name) or [] if one.get("accuracy") is not None]
        if points:
            x, y = ([one[key] for one in points] for key in ("confidence", "accuracy"))
            label = f"{name} calibration"
            axes.plot(
                x, y, color=color, marker=mark, markersize=4.5, linewidth=1.4, label=label
            )
    axes.set(
        xlabel="confidence", ylabel="share of right answers", xlim=(0, 1.02), ylim=(0, 1.02)
    )
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=2)
    return drawn


def _errors(found: dict[str, dict[str, Any]]) -> Table:
    header = [""]
    for key in _KEYS:
        header += [f"{tables.name_of(key)}, before", "after"]
    rows = []
    for name, one in found.items():
        about = [one.get("method") or "", _made_on(one)]
        row = [Cell(name, ", ".join(text for text in about if text))]
        for key in _KEYS:
            row += [_value(one.get(stage) or {}, key) for stage in ("before", "after")]
        rows.append(row)
    return Table("Calibration errors (lower is better)", header, rows)


def _made_on(one: dict[str, Any]) -> str:
    if not one.get("n"):
        return ""
    groups = f" of {wording.count(one['groups'], 'group')}" if one.get("groups") else ""
    return f"from {wording.count(one['n'], 'held-out clip')}{groups}"


def _value(figures_of: dict[str, Any], key: str) -> Cell:
    value = figures_of.get(key)
    small = wording.interval(key, figures_of.get(f"{key}_interval"))
    return Cell(wording.metric_value(key, value), small, value)


def selective(result: dict[str, Any]) -> Section | None:
    """Returns how many answers are wrong if a model answers only when it is confident."""
    models = result["models"]
    found = {
        name: model["selective"] for name, model in models.items() if model.get("selective")
    }
    if not found:
        return None
    curves = {
        name: one["risk_coverage"] for name, one in found.items() if one.get("risk_coverage")
    }
    blocks: list[Any] = [Words(_RISK)]
    if curves:
        svg = figures.to_svg(_risk(curves, list(models)), "Share of wrong answers by coverage")
        blocks += drawings(Drawing("wrong answers by coverage", svg))
    blocks.append(TableBlock(_sorting(found, curves)))
    thresholds = [
        TableBlock(_thresholds(name, one["thresholds"]))
        for name, one in found.items()
        if one.get("thresholds")
    ]
    if thresholds:
        blocks += [Words(_THRESHOLDS), Together(thresholds)]
    return Section("selective", "Answering only when sure", blocks)


_THRESHOLDS = "An answer at or above the threshold of its class counts as confident."
_RISK = (
    "A model may answer only the clips of which it is most confident. Coverage is the share of "
    "clips that it answers; risk is the share of these answers that is wrong. If confidence "
    "is informative, the risk falls steeply to the left."
)


def _risk(curves: dict[str, dict[str, list[float]]], names: list[str]) -> Any:
    drawn = figures.figure()
    axes = drawn.subplots()
    looks = dict(zip(names, figures.lines(), strict=False))
    for name, curve in curves.items():
        color, style = looks[name]
        x, y = ([100 * share for share in curve[key]] for key in ("coverage", "risk"))
        axes.plot(x, y, color=color, linestyle=style, linewidth=1.6, label=name)
    axes.set(xlabel="clips that are answered (%)", ylabel="wrong answers among them (%)")
    axes.set_ylim(bottom=0)
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=3)
    return drawn


def _sorting(found: dict[str, dict[str, Any]], curves: dict[str, Any]) -> Table:
    shares = (0.5, 0.8, 0.9, 1.0)
    rows = []
    for name, one in found.items():
        auroc = one.get("auroc")
        row = [Cell(name), Cell(wording.metric_value("auroc", auroc), value=auroc)]
        for share in shares:
            value = _at(curves.get(name), share)
            row.append(
                Cell(tables.NONE) if value is None else Cell(wording.percent(value), "", value)
            )
        rows.append(row)
    header = [
        "",
        "AUROC of the confidence",
        *(f"wrong, {share:.0%} answered" for share in shares),
    ]
    return Table("Wrong answers by coverage", header, rows)


def _at(curve: dict[str, list[float]] | None, coverage: float) -> float | None:
    if not curve or not curve["coverage"]:
        return None
    nearest = min(
        range(len(curve["coverage"])), key=lambda n: abs(curve["coverage"][n] - coverage)
    )
    return curve["risk"][nearest]


def _thresholds(title: str, thresholds: dict[str, dict[str, Any]]) -> Table:
    rows = []
    for name, one in thresholds.items():
        cells = [Cell(name)]
        threshold = one.get("threshold")
        shown = tables.NONE if threshold is None else f"{threshold:.3f}"
        cells.append(Cell(shown, value=threshold))
        for key in ("precision", "recall"):
            cells.append(
                Cell(wording.metric_value(key, one.get(key)), "", one.get(key), one.get(key))
            )
        rows.append(cells)
    header = ["class", "threshold", "precision above it", "recall above it"]
    return Table(f"{title}: thresholds", header, rows, folded=len(rows) > 12)


def out_of_set(result: dict[str, Any]) -> Section | None:
    """Returns how often each model is confident of a sound that belongs to no class."""
    found = {n: m["out_of_set"] for n, m in result["models"].items() if m.get("out_of_set")}
    sounds = list(dict.fromkeys(sound for one in found.values() for sound in one))
    if not sounds:
        return None
    rows = []
    for sound in sounds:
        row = [Cell(sound)]
        for one in found.values():
            row.append(_alarms(one.get(sound) or {}))
        rows.append(row)
    table = Table("Confident answers to sounds of no class, per hour", ["", *found], rows)
    blocks = [TableBlock(table), Words(_ALARMS, quiet=True)]
    return Section("out-of-set", "Sounds that belong to no class", blocks)


_ALARMS = (
    "An answer is confident if its probability reaches the threshold of its class. Each sound "
    "was cut into clips of the median length of a test clip, so the alarms per hour depend on "
    "that length."
)


def _alarms(one: dict[str, Any]) -> Cell:
    alarms, share = one.get("alarms_per_hour"), one.get("share_confident")
    if alarms is None:
        return Cell(tables.NONE)
    small = "" if share is None else f"{100 * share:.1f} % of clips"
    small += f", mostly {one['top_label']}" if one.get("top_label") else ""
    return Cell(wording.rate(alarms) if alarms else "0", small, alarms)
