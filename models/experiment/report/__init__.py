"""The report of a comparison: one HTML file that needs no other, no network and no script."""

import csv
from importlib import resources
from pathlib import Path
from typing import Any

from kapre_like._replacing import replacing
from kapre_like.models.experiment import wording
from kapre_like.models.experiment.clips import Stage

_SHOWN_FEATURES = 20
_SHOWN_SKIPPED = 500


def write_report(
    result: dict[str, Any], stages: list[Stage], path: Path, *, predictions: Path
) -> None:
    """Writes the report of a comparison.

    Args:
        result: What `compare` returns.
        stages: The stages; the example spectrogram is of a clip of the first one's test.
        path: The HTML file to write.
        predictions: `predictions.csv`, for the plots of scores.

    Raises:
        ImportError: If jinja2 or matplotlib is missing; names the extra.
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError(
            "the report needs jinja2. Run: pip install 'kapre-like[report]'"
        ) from error
    source = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(source).render(
        result=result,
        heading=wording.heading(result),
        models=list(result["models"]),
        rows=wording.comparison_rows(result),
        notes=wording.notes(result),
        facts=_facts(result),
        folds=_folds(result),
        skipped=result["data"]["skipped"][:_SHOWN_SKIPPED],
        problems=result["data"]["problems"][:_SHOWN_SKIPPED],
        sections=_sections(result, stages, predictions),
    )
    with replacing(path) as temporary:
        temporary.write_text(html, "utf-8")


def _facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What the data are, in words."""
    data = result["data"]
    lengths = [wording.seconds(data["duration_s"][key]) for key in ("least", "median", "most")]
    facts = [
        ("data", data["path"]),
        ("clips", f"{data['clips']:,}, {data['hours']:.2f} hours"),
        ("length of a clip", f"{lengths[0]} to {lengths[2]}, median {lengths[1]}"),
    ]
    facts.append(("groups", f"{data['groups']:,}" if data["has_groups"] else _NO_GROUPS))
    if "classes" in data:
        counts = ", ".join(f"{name} ({n})" for name, n in data["classes"].items())
        facts.append((f"{len(data['classes'])} classes", counts))
    else:
        scores = data["scores"]
        text = f"{scores['min']:g} to {scores['max']:g}, mean {scores['mean']:.3g}, "
        facts.append(("scores", text + f"standard deviation {scores['std']:.3g}"))
    return [*facts, ("split", _split(data["stages"]))]


_NO_GROUPS = (
    "none named: each file counts as a group of its own. If one speaker or device has several "
    "clips, the figures flatter; name the column with --group-column."
)


def _split(stages: list[dict[str, Any]]) -> str:
    if len(stages) > 1:
        return f"{len(stages)} folds by group; each clip is tested once, by a model new to it"
    one = stages[0]
    parts = [
        f"{one[name]} ({one['groups'][name]} groups)" for name in ("train", "valid", "test")
    ]
    return f"train {parts[0]}, valid {parts[1]}, test {parts[2]}"


def _folds(result: dict[str, Any]) -> dict[str, Any] | None:
    """The main metric of each fold, as a table; `None` for a plain test."""
    if len(result["data"]["stages"]) < 2:
        return None
    metric = result["advice"]["metric"]
    rows = []
    for index, stage in enumerate(result["data"]["stages"]):
        values = [model["folds"][index][metric] for model in result["models"].values()]
        cells = [wording.metric_value(metric, value) for value in values]
        rows.append([stage["name"], str(stage["train"]), str(stage["test"]), *cells])
    return {
        "title": f"Each fold: {wording.NAMES[metric]}",
        "header": ["fold", "trained on", "tested on", *result["models"]],
        "rows": rows,
    }


def _sections(result: dict[str, Any], stages: list[Stage], predictions: Path) -> list[dict]:
    """Headings, each with its figures: title, words below, SVG."""
    makers = (_costs, _answers, _curves, _features, _example)
    sections = [maker(result, stages, predictions) for maker in makers]
    return [section for section in sections if section["figures"]]


def _section(title: str, text: str, figures: list[tuple[str, Any]]) -> dict[str, Any]:
    from kapre_like.models.experiment.report.figures import to_svg

    drawn = [
        {"title": name, "svg": to_svg(figure, f"{title}: {name}")}
        for name, figure in figures
        if figure is not None
    ]
    return {"title": title, "text": text, "figures": drawn}


def _costs(result: dict[str, Any], *_: Any) -> dict[str, Any]:
    from kapre_like.models.experiment.report import figures

    return _section(
        "Accuracy against cost",
        "Up and to the left is better. Bars are 95 % intervals; the axis of cost is log.",
        [
            (
                "computing one clip",
                figures.cost(
                    result,
                    lambda model: model["latency_ms"]["batch_1"]["compute_ms"],
                    "computing per clip (ms)",
                ),
            ),
            (
                "training",
                figures.cost(result, lambda model: model["seconds_train"], "training time (s)"),
            ),
        ],
    )


def _answers(result: dict[str, Any], _: Any, predictions: Path) -> dict[str, Any]:
    from kapre_like.models.experiment.report import figures

    if result["task"] == "classify":
        names = result["class_names"]
        return _section(
            "Which class is taken for which",
            "Counts of test clips; shading is the share of the true class.",
            [
                (name, figures.confusion(model["confusion"], names))
                for name, model in result["models"].items()
            ],
        )
    with predictions.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    truth = [float(row["true"]) for row in rows]
    return _section(
        "True against predicted",
        "One point per test clip. On the dashed line the prediction is right.",
        [
            (name, figures.scatter(truth, [float(row[name]) for row in rows], color))
            for name, color in zip(result["models"], figures.colors(), strict=False)
        ],
    )


def _curves(result: dict[str, Any], *_: Any) -> dict[str, Any]:
    from kapre_like.models.experiment.report import figures

    return _section(
        "Learning curves",
        "One line per fold." if len(result["data"]["stages"]) > 1 else "",
        [(name, figures.learning(m["histories"])) for name, m in result["models"].items()],
    )


def _features(result: dict[str, Any], *_: Any) -> dict[str, Any]:
    from kapre_like.models.experiment.report import figures

    drawn = []
    for name, model in result["models"].items():
        if model["importances"]:
            first = [item for item in model["importances"][:_SHOWN_FEATURES] if item[1] > 0]
            drawn.append(
                (f"{name}: the {len(first)} that matter most", figures.importances(first))
            )
            drawn.append((f"{name}: where it listens", figures.bands(model["importances"])))
    return _section("What the features say", "", drawn)


def _example(result: dict[str, Any], stages: list[Stage], _: Any) -> dict[str, Any]:
    """The test clip of median length."""
    from kapre_like.audio.rows import read_row, rows_of
    from kapre_like.models.experiment.report import figures

    test = stages[0].test
    middle = test["duration_s"].argsort().iloc[len(test) // 2]
    clip, rate = test.iloc[middle], result["settings"]["sample_rate"]
    waveform = read_row(rows_of(test)[middle], sample_rate=rate)
    title = f"{Path(clip['path']).name}, label {clip['label']}"
    return _section(
        "An example",
        "A test clip of median length as a log-mel spectrogram.",
        [(title, figures.spectrogram(waveform, rate))],
    )
