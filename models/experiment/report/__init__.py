"""The report of a comparison: one HTML file that needs no other file and no network.

It has three parts: the answer, the evidence, the data; the data stand in small at the top. A
module of this package makes the sections of one subject (`answer.py`, `classes.py`, ...) of
blocks (`blocks.py`), and `page.html` writes the blocks. What a comparison does not have is
left out. The page works without its script, which sorts tables.
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
        result: What `compare` returns.
        stages: The stages; the example spectrogram is of a clip of the first one's test.
        path: The HTML file to write.
        predictions: `predictions.csv`, for scores and errors by group.

    Raises:
        ImportError: If jinja2 or matplotlib is missing; names the extra.
    """
    try:
        import jinja2
    except ImportError as error:
        raise ImportError(
            "the report needs jinja2. Run: pip install 'kapre-like[report]'"
        ) from error
    from kapre_like.models.experiment.report import answer, listing
    from kapre_like.models.experiment.report.answered import Answered

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(_source("page.html")).render(
        title=_title(list(result["models"])),
        heading=wording.heading(result),
        strip=listing.strip(result),
        verdict=answer.verdict(result),
        inferred=_inferred(result),
        parts=[
            answer.part(result),
            _evidence(result, stages, Answered(predictions)),
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
    return f"The labels were taken for {what}; --task says otherwise."


def _evidence(result: dict[str, Any], stages: list[Stage], answered: Any) -> Any:
    """Returns the second part."""
    from kapre_like.models.experiment.report import (
        classes,
        confidence,
        growth,
        hearing,
        importances,
        scores,
        transcripts,
    )
    from kapre_like.models.experiment.report.answered import by_group
    from kapre_like.models.experiment.report.blocks import Part, sections

    made = sections(
        classes.each_class(result),
        classes.confusion(result),
        scores.scores(result, answered),
        transcripts.kinds(result),
        by_group(result, answered),
        growth.folds(result),
        confidence.calibration(result),
        confidence.selective(result),
        confidence.out_of_set(result),
        growth.learning_curve(result),
        hearing.errors(result),
        transcripts.lattices(result),
        importances.importances(result),
        growth.training_curves(result),
        hearing.example(result, stages),
    )
    return Part("evidence", "The evidence", made)
