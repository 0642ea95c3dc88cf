"""The report of a comparison: one HTML file that needs no other file and no network.

It has three parts: the answer, the evidence and the data. A summary of the data is at the top.
Each module of this package makes the sections of one subject (`answer.py`, `classes.py`, ...)
from blocks (`blocks.py`), and `page.html` renders the blocks. Sections without content are left
out. The script only sorts tables and unfolds them for print, so the page works without it.
"""

from importlib import resources
from pathlib import Path
from typing import Any

from kapre_like._replacing import replacing
from kapre_like.models.experiment import wording
from kapre_like.models.experiment.splitting import Stage


def write_report(
    result: dict[str, Any], stages: list[Stage], path: Path, *, predictions: Path
) -> None:
    """Writes the report of a comparison.

    Args:
        result: The result of `compare`.
        stages: The stages. The example spectrogram shows a test clip of the first one.
        path: The HTML file to write.
        predictions: The file `predictions.csv`, for plots of scores and for errors by group.

    Raises:
        ImportError: If jinja2 or matplotlib is missing. The message names the extra.
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError(
            "the report needs jinja2. Run: pip install 'kapre-like[report]'"
        ) from error
    from kapre_like.models.experiment.report import answer, listing
    from kapre_like.models.experiment.report.predictions import Predictions

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(_source("page.html")).render(
        title=_title(list(result["models"])),
        heading=wording.heading(result),
        strip=listing.strip(result),
        verdict=answer.verdict(result),
        inferred=_inferred(result),
        parts=[
            answer.part(result),
            _evidence(result, stages, Predictions(predictions)),
            listing.part(result),
        ],
        style=_source("style.css"),
        script=_source("script.js"),
    )
    with replacing(path) as temporary:
        temporary.write_text(html, "utf-8")


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _title(models: list[str]) -> str:
    if len(models) == 1:
        return models[0]
    return f"{', '.join(models[:-1])} and {models[-1]} compared"


def _inferred(result: dict[str, Any]) -> str:
    if not result.get("task_inferred"):
        return ""
    words = {"classify": "classes", "regress": "scores", "transcribe": "transcripts"}
    what = words[result["task"]]
    return f"The task was inferred from the labels: they are {what}. Change it with --task."


def _evidence(result: dict[str, Any], stages: list[Stage], predictions: Any) -> Any:
    """Returns the second part of the page."""
    from kapre_like.models.experiment.report import (
        classes,
        confidence,
        growth,
        importances,
        scores,
        transcripts,
        worst_errors,
    )
    from kapre_like.models.experiment.report.blocks import Part, sections
    from kapre_like.models.experiment.report.predictions import by_group

    made = sections(
        classes.each_class(result),
        classes.confusion(result),
        scores.scores(result, predictions),
        transcripts.kinds(result),
        by_group(result, predictions),
        growth.folds(result),
        confidence.calibration(result),
        confidence.selective(result),
        confidence.out_of_set(result),
        growth.learning_curve(result),
        worst_errors.errors(result),
        transcripts.lattices(result),
        importances.importances(result),
        growth.training_curves(result),
        worst_errors.example(result, stages),
    )
    return Part("evidence", "The evidence", made)
