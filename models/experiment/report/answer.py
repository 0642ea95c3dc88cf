"""The first part of the page: the verdict, the metrics of each model, and its costs."""

from typing import Any

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import cost_figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Listing,
    Part,
    Section,
    TableBlock,
    Words,
    drawings,
    sections,
)
from kapre_like.models.experiment.report.figures import to_svg
from kapre_like.models.experiment.tables import Cell, Table
from kapre_like.models.training.deadline import note_of

_LABELS = {
    "recommended": "Recommended",
    "undecided": "Undecided",
    "no_better_than_guessing": "No better than guessing",
}


def verdict(result: dict[str, Any]) -> dict[str, Any]:
    """Returns the verdict at the top of the page: `kind`, `label`, `text`, `basis`, `more`."""
    advice = result["advice"]
    recommended = advice.get("recommended")
    kind = advice.get("verdict") or ("recommended" if recommended else "undecided")
    label = _LABELS.get(kind, kind.replace("_", " "))
    needed, more = advice.get("groups_needed"), ""
    if needed:
        more = f"About {wording.count(needed, 'more test group')} would decide."
        more = "" if more.rstrip(".").lower() in advice["text"].lower() else more
    return {
        "kind": kind,
        "label": f"{label}: {recommended}" if recommended else label,
        "text": advice["text"],
        "basis": advice.get("basis") or [],
        "more": more,
    }


def part(result: dict[str, Any]) -> Part:
    """Returns the first part of the page. `page.html` puts the verdict before it."""
    made = sections(
        _quality(result), _pictures(result), _cascade(result), _costs(result), _budget(result)
    )
    return Part("answer", "The answer", made)


def _quality(result: dict[str, Any]) -> Section:
    table = tables.quality(result)._replace(title="Models and baselines")
    data, text = result["data"], "Brackets contain 95 % intervals"
    basis = result.get("intervals_by") or {}
    if basis.get("unit") == "groups":
        text += (
            f". They resample the {basis['n']} test groups as wholes, because clips of one "
            "group resemble each other"
        )
    elif basis:
        text += f". They resample the {wording.count(basis['n'], 'test clip')} one by one"
    text += ". ± is the standard deviation over folds." if len(data["stages"]) > 1 else "."
    if result.get("baselines"):
        text += (
            " The lower rows are baselines: a constant prediction, or a rule on one feature. A "
            "model that does not beat them has learned nothing useful."
        )
    blocks = [TableBlock(table), Words(text, quiet=True)]
    notes = wording.notes(result)
    return Section("quality", "Metrics", [*blocks, *([Listing(notes)] if notes else [])])


def _pictures(result: dict[str, Any]) -> Section:
    computing = Drawing(
        "by computing time",
        to_svg(cost_figures.against_computing(result), "Accuracy against computing time"),
        "Up and to the left is better. Bars are 95 % intervals. The cost axis is logarithmic. "
        "Dashed lines are baselines.",
    )
    training = Drawing(
        "by training time",
        to_svg(cost_figures.against_training(result), "Accuracy against training time"),
    )
    return Section("cost-picture", "Accuracy against cost", drawings(computing, training))


def _cascade(result: dict[str, Any]) -> Section | None:
    cascades = result.get("cascades")
    if not cascades:
        return None
    blocks = [
        Words(f"{one['light']}, then {one['heavy']}: {one['text'].rstrip('.')}.")
        for one in cascades
        if one.get("text")
    ]
    blocks += [TableBlock(_cascades(cascades)), Words(_CASCADE, quiet=True)]
    return Section("cascade", "Cascades of two models", blocks)


_CASCADE = (
    "In a cascade the light model predicts the clips of which it is sure, and the heavy one "
    "predicts the others. The threshold was chosen on validation clips. The metrics are those "
    "of test clips. The gray line in the plot shows every other threshold."
)


def _cascades(cascades: list[dict[str, Any]]) -> Table:
    rows = []
    for one in cascades:
        values, heavy = one.get("metrics") or {}, one.get("heavy_metrics") or {}
        difference, ends = one.get("difference"), one.get("interval")
        reach = (
            "" if not ends or ends[0] is None else f"[{_signed(ends[0])}, {_signed(ends[1])}]"
        )
        rows.append([
            Cell(f"{one['light']}, then {one['heavy']}"),
            _number(one.get("threshold"), "{:.2f}"),
            _percent(one.get("share_heavy")),
            _percent(values.get("accuracy")),
            _percent(values.get("balanced_accuracy")),
            _percent(heavy.get("balanced_accuracy")),
            Cell(tables.NONE)
            if difference is None
            else Cell(wording.gap("classify", difference), reach, difference),
            _number(one.get("cost_ms"), "{:.3g} ms"),
            _number(one.get("cost_ratio"), "{:.2g}"),
        ])  # fmt: skip
    header = [
        "", "threshold", "clips to heavy model", "accuracy", "balanced accuracy",
        "heavy model alone", "difference", "mean cost", "relative to heavy",
    ]  # fmt: skip
    return Table("Cascades", header, rows)


def _signed(value: float) -> str:
    return wording.signed("classify", value)


def _percent(value: float | None, small: str = "") -> Cell:
    return Cell(tables.NONE) if value is None else Cell(wording.percent(value), small, value)


def _number(value: float | None, form: str) -> Cell:
    return Cell(tables.NONE) if value is None else Cell(form.format(value), value=value)


def _costs(result: dict[str, Any]) -> Section:
    text = (
        "Reading is decoding and resampling. Training is everything after that, and includes "
        "its own reading. Computing is everything between the waveform of a clip and its "
        "prediction. Peak memory is that of the process that trained and tested the model."
    )
    if any(model.get("money") for model in result["models"].values()):
        text += " Prices are in the currency of --price-per-hour."
    blocks = [TableBlock(tables.costs(result)), Words(text, quiet=True)]
    return Section("costs", "What it costs", blocks)


def _budget(result: dict[str, Any]) -> Section | None:
    budget = result.get("budget")
    if not budget:
        return None
    rows = [
        [
            Cell(name),
            _number(one.get("minutes"), "{:.3g}"),
            _number(one.get("epochs"), "{:g}"),
            Cell("" if one.get("fitted") is None else "yes" if one["fitted"] else "no"),
            Cell(note_of(one)),
        ]
        for name, one in (budget.get("models") or {}).items()
    ]
    title = f"The budget: {budget['minutes']:g} minutes in total"
    table = Table(title, ["", "minutes", "epochs", "fits", "note"], rows, sortable=False)
    return Section("budget", "Training time budget", [TableBlock(table)])
