"""Says which model of a comparison to use, or that the clips do not tell.

The weight of a model is the geometric mean of four costs: time to train, time to compute one
clip (without reading the file), peak memory, and size. It does not depend on units, and no
single cost decides. Computing time, the mean over clips, is not enough: on short clips a small
network is as fast as a boosted tree, but takes thirty times as long to train and five times
the memory.

Every statement rests on a 95 % interval by whole groups (see `intervals.py`):

1. A model counts if it beats guessing: the interval of its main metric (balanced accuracy,
   Pearson's r or word accuracy) minus that of the best guess lies above zero. With several
   models the level is raised (Bonferroni), because one of many guesses is lucky. If none
   counts, the verdict is `no_better_than_guessing`; or `undecided` if the clips would tell but
   the groups are too few, if the best seems far better than guessing, or if the clips are too
   few to tell even a perfect model.
2. Of those that count the lightest is the first choice. A heavier one replaces it only if it is
   told apart (the interval of the difference lies above zero) and better by the margin or more.
3. If a heavier one is better by the margin or more, but not told apart, the verdict is
   `undecided`, with the number of test groups that would tell.
4. If one feature alone is told to be better than the choice, no model is recommended.

So two models that the clips do not tell apart may change their order, and the lighter one is
still advised, or the answer still open.
"""

import math
from typing import Any

from kapre_like.models.experiment import saying
from kapre_like.models.experiment.baselines import GUESSES, SINGLE
from kapre_like.models.experiment.intervals import (
    FEW_GROUPS,
    LEVEL,
    Basis,
    Gap,
    Judged,
    gap,
    quantile,
)
from kapre_like.models.experiment.metrics import MAIN_METRIC

# This share of the way from guessing to perfection, and the data are too few to say it is none.
_SEEMS = 0.3
RECOMMENDED, UNDECIDED, GUESSING = "recommended", "undecided", "no_better_than_guessing"


def advise(
    task: str,
    models: dict[str, dict[str, Any]],
    judged: dict[str, Judged],
    baselines: dict[str, Judged],
    margin: float,
) -> dict[str, Any]:
    """Returns the advice on a comparison.

    Args:
        task: `"classify"`, `"regress"` or `"transcribe"`.
        models: By name, with `seconds_train`, `latency_ms`, `peak_memory_mb`, `model_bytes`.
        judged: By name of the model.
        baselines: By name of the baseline.
        margin: Float >= 0, what a heavier model must be better by.

    Returns:
        `recommended` (name or None), `verdict`, `best`, `metric`, `margin`, `text` (one line),
        `basis` (further sentences), `groups_needed` (more test groups that would tell, or
        None), and `beats_guessing` by model: `difference`, `interval`, `beaten`.
    """
    scene = _Scene(task, models, judged, baselines, margin)
    answer = {
        "recommended": None, "verdict": UNDECIDED, "best": scene.best(),
        "metric": scene.metric, "margin": margin, "groups_needed": None,
        "beats_guessing": {name: scene.beats_guessing(name) for name in models},
    }  # fmt: skip
    return {**answer, **_verdict(scene), "basis": _basis(scene)}


class _Scene:
    """The numbers of a comparison, and what can be asked of them."""

    def __init__(
        self,
        task: str,
        models: dict[str, dict[str, Any]],
        judged: dict[str, Judged],
        baselines: dict[str, Judged],
        margin: float,
    ) -> None:
        self.task, self.models, self.judged = task, models, judged
        self.baselines, self.margin = baselines, margin
        self.metric = MAIN_METRIC[task]
        self.by_weight = sorted(models, key=lambda name: weight(models[name]))
        self.guess = max(
            (name for name in GUESSES[task] if name in baselines), key=self.value, default=None
        )

    @property
    def basis(self) -> Basis:
        return next(iter(self.judged.values())).basis

    def value(self, name: str) -> float:
        """The main metric; a correlation that is not defined says nothing, which is 0."""
        value = self._judged(name).values[self.metric]
        return value if math.isfinite(value) else 0.0

    def best(self) -> str | None:
        """The model with the greatest metric; of equals the lightest."""
        defined = [n for n in self.by_weight if self.defined(n)]
        return max(defined, key=self.value, default=None)

    def defined(self, name: str) -> bool:
        return math.isfinite(self.judged[name].values[self.metric])

    def gap(self, better: str, worse: str | None, *, level: float = LEVEL) -> Gap:
        """How much better one model or baseline is than another; `None` is no correlation."""
        other = None if worse is None else self._judged(worse)
        return gap(self._judged(better), other, self.metric, level=level)

    def over_guessing(self, name: str) -> Gap:
        """How much better a model is than the best guess, at the raised level."""
        guess = None if self.task == "regress" else self.guess
        return self.gap(name, guess, level=self.raised_level)

    @property
    def raised_level(self) -> float:
        """The level at which one of several models is told from guessing."""
        return 1 - (1 - LEVEL) / len(self.models)

    def counts(self, name: str) -> bool:
        return self.defined(name) and self.over_guessing(name).told

    def beats_guessing(self, name: str) -> dict[str, Any]:
        gap = self.over_guessing(name)
        found = {"difference": gap.value, "interval": [gap.low, gap.high]}
        return {**found, "beaten": self.counts(name)}

    def _judged(self, name: str) -> Judged:
        return self.judged[name] if name in self.judged else self.baselines[name]


def _verdict(scene: _Scene) -> dict[str, Any]:
    """The verdict with its text and, where one is recommended, its name."""
    able = [name for name in scene.by_weight if scene.counts(name)]
    if not able:
        return _nothing_beats_guessing(scene)
    choice, open_to = _choose(scene, able)
    if SINGLE in scene.baselines and (gap := scene.gap(SINGLE, choice)).told:
        return {"text": saying.one_feature_is_better(scene, choice, gap)}
    if open_to is not None:
        gap = scene.gap(open_to, choice)
        more = more_groups(gap, scene.basis.n)
        text = saying.undecided(scene, choice, open_to, gap, more)
        return {"text": text, "groups_needed": more}
    text = saying.recommended(scene, choice)
    return {"recommended": choice, "verdict": RECOMMENDED, "text": text}


def _choose(scene: _Scene, able: list[str]) -> tuple[str, str | None]:
    """The model to use, and a heavier one that may be better, if the clips do not tell."""
    choice = able[0]
    for heavier in able[1:]:
        gap = scene.gap(heavier, choice)
        if gap.told and gap.value >= scene.margin:
            choice = heavier
    heavier = able[able.index(choice) + 1 :]
    open_to = [name for name in heavier if scene.gap(name, choice).value >= scene.margin > 0]
    return choice, max(open_to, key=scene.value, default=None)


def _nothing_beats_guessing(scene: _Scene) -> dict[str, Any]:
    best = scene.best()
    if best is None:
        return {"verdict": GUESSING, "text": saying.no_metric(scene)}
    gap = scene.over_guessing(best)
    if _too_few_clips(scene, gap):
        return {"text": saying.too_few_clips(scene, best)}
    if _clips_would_tell(scene, gap) or gap.value >= _SEEMS * (1 - _guessed(scene)):
        more = more_groups(gap, scene.basis.n)
        return {"text": saying.too_few_groups(scene, best, more), "groups_needed": more}
    single = scene.over_guessing(SINGLE) if SINGLE in scene.baselines else None
    if single is not None and not single.told:
        single = None
    return {"verdict": GUESSING, "text": saying.guessing(scene, best, gap, single)}


def _too_few_clips(scene: _Scene, found: Gap) -> bool:
    """Whether not even a perfect model could be told from guessing."""
    return not _by_clip(scene, found) < 1 - _guessed(scene)


def _guessed(scene: _Scene) -> float:
    """The main metric of the best guess; no constant has a correlation."""
    return scene.value(scene.guess) if scene.task != "regress" and scene.guess else 0.0


def _clips_would_tell(scene: _Scene, found: Gap) -> bool:
    """Whether the clips would tell a model from guessing, if only they were of more groups."""
    return scene.basis.unit == "groups" and found.value > _by_clip(scene, found)


def _by_clip(scene: _Scene, found: Gap) -> float:
    """Half the width of an interval that takes the clips for independent."""
    n = next(iter(scene.judged.values())).n
    return quantile(n, scene.raised_level) * found.clip_error


def more_groups(gap: Gap, n: int) -> int | None:
    """Returns how many more test groups would make an interval exclude zero, about.

    The half width of an interval falls with the square root of the number of groups. `None`
    where there is no difference to find.
    """
    if gap.value <= 0 or not math.isfinite(gap.low):
        return None
    half = gap.value - gap.low
    return max(1, math.ceil(n * (half / gap.value) ** 2) - n)


def _basis(scene: _Scene) -> list[str]:
    """What the answer rests on, one sentence each."""
    sentences = [saying.on_what(scene)]
    if scene.basis.unit == "groups" and scene.basis.n < FEW_GROUPS:
        sentences.append(saying.few_groups(scene.basis.n))
    if scene.basis.unit == "clips":
        sentences.append(saying.BY_CLIPS)
    for name in scene.by_weight:
        sentences.append(saying.against_guessing(scene, name))
    if SINGLE in scene.baselines and (best := scene.best()) is not None:
        sentences.append(saying.against_one_feature(scene, best, scene.gap(best, SINGLE)))
    return sentences


def weight(model: dict[str, Any]) -> float:
    """Returns the geometric mean of a model's costs, for ratios between models."""
    costs = (
        model["seconds_train"],
        compute_ms(model),
        model["peak_memory_mb"],
        model["model_bytes"],
    )
    return math.exp(math.fsum(math.log(max(cost, 1e-9)) for cost in costs) / len(costs))


def compute_ms(model: dict[str, Any]) -> float:
    """Returns the mean time in ms to compute the prediction of one clip.

    Not the median, which hides what a cascade pays for the clips of its heavy part.
    """
    return model["latency_ms"]["batch_1"]["compute_ms"]
