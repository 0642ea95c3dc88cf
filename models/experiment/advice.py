"""Recommends a model of a comparison, or returns that the test clips do not decide.

The weight of a model is the geometric mean of four costs: training time, time to compute one
clip (without reading the file), peak memory, and size. It does not depend on units, and no
single cost decides. Mean computing time alone is not enough: on short clips a small network is
as fast as boosted trees, but takes thirty times as long to train and five times the memory.

Every statement is based on a 95 % interval that resamples whole groups (see `intervals.py`). A
difference is significant if its interval is above zero.

1. A model is a candidate if it beats guessing: its main metric (balanced accuracy, Pearson's r
   or word accuracy) is significantly greater than that of the best guess. With several models
   the confidence level is raised (Bonferroni), because one of many may be better by chance. If
   there is no candidate, the verdict is `no_better_than_guessing`. It is `undecided` if the
   difference would be significant for independent clips, if the best model seems far better
   than guessing, or if even a perfect model would not be significantly better on so few clips.
2. The lightest candidate is the first choice. A heavier one replaces it only if it is
   significantly better, and by the margin or more.
3. If a heavier one is better by the margin or more, but not significantly, the verdict is
   `undecided`, with the number of additional test groups that would decide.
4. If one feature alone is significantly better than the choice, no model is recommended.

So the order of two models without a significant difference does not matter: the lighter one is
recommended, or the verdict is `undecided`.
"""

import math
from typing import Any

from kapre_like.models.experiment import advice_text
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

# A model that covers this share of the way from guessing to perfection seems better than
# guessing. Then an insignificant difference means too few data.
_SEEMS_BETTER = 0.3
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
        models: Costs by model name: `seconds_train`, `latency_ms`, `peak_memory_mb` and
            `model_bytes`.
        judged: Metrics by model name.
        baselines: Metrics by name of the baseline.
        margin: Float >= 0, the smallest improvement that justifies a heavier model.

    Returns:
        `recommended` (name or None), `verdict`, `best`, `metric`, `margin`, `text` (one line),
        `basis` (further sentences), `groups_needed` (number of additional test groups that
        would decide, or None), and `beats_guessing` by model: `difference`, `interval`,
        `beaten`.
    """
    facts = _Facts(task, models, judged, baselines, margin)
    answer = {
        "recommended": None, "verdict": UNDECIDED, "best": facts.best(),
        "metric": facts.metric, "margin": margin, "groups_needed": None,
        "beats_guessing": {name: facts.beats_guessing(name) for name in models},
    }  # fmt: skip
    return {**answer, **_verdict(facts), "basis": _basis(facts)}


class _Facts:
    """Metrics and costs of a comparison, and the quantities that the verdict uses."""

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
        """Returns the main metric. An undefined correlation counts as 0."""
        value = self._judged(name).values[self.metric]
        return value if math.isfinite(value) else 0.0

    def best(self) -> str | None:
        """Returns the model with the greatest metric, of equal ones the lightest."""
        defined = [n for n in self.by_weight if self.defined(n)]
        return max(defined, key=self.value, default=None)

    def defined(self, name: str) -> bool:
        return math.isfinite(self.judged[name].values[self.metric])

    def gap(self, better: str, worse: str | None, *, level: float = LEVEL) -> Gap:
        """Returns how much better one model or baseline is than another.

        `worse=None` compares with a correlation of 0.
        """
        other = None if worse is None else self._judged(worse)
        return gap(self._judged(better), other, self.metric, level=level)

    def over_guessing(self, name: str) -> Gap:
        """Returns how much better a model is than the best guess, at the raised level."""
        guess = None if self.task == "regress" else self.guess
        return self.gap(name, guess, level=self.raised_level)

    @property
    def raised_level(self) -> float:
        """The confidence level for the comparison of several models with guessing."""
        return 1 - (1 - LEVEL) / len(self.models)

    def counts(self, name: str) -> bool:
        return self.defined(name) and self.over_guessing(name).significant

    def beats_guessing(self, name: str) -> dict[str, Any]:
        gap = self.over_guessing(name)
        found = {"difference": gap.value, "interval": [gap.low, gap.high]}
        return {**found, "beaten": self.counts(name)}

    def _judged(self, name: str) -> Judged:
        return self.judged[name] if name in self.judged else self.baselines[name]


def _verdict(facts: _Facts) -> dict[str, Any]:
    """Returns the entries of the advice that depend on the verdict."""
    candidates = [name for name in facts.by_weight if facts.counts(name)]
    if not candidates:
        return _nothing_beats_guessing(facts)
    choice, open_to = _choose(facts, candidates)
    if SINGLE in facts.baselines and (gap := facts.gap(SINGLE, choice)).significant:
        return {"text": advice_text.one_feature_is_better(facts, choice, gap)}
    if open_to is not None:
        gap = facts.gap(open_to, choice)
        more = more_groups(gap, facts.basis.n)
        text = advice_text.undecided(facts, choice, open_to, gap, more)
        return {"text": text, "groups_needed": more}
    text = advice_text.recommended(facts, choice)
    return {"recommended": choice, "verdict": RECOMMENDED, "text": text}


def _choose(facts: _Facts, candidates: list[str]) -> tuple[str, str | None]:
    """Returns the model to use, and a heavier one that seems better but not significantly."""
    choice = candidates[0]
    for heavier in candidates[1:]:
        gap = facts.gap(heavier, choice)
        if gap.significant and gap.value >= facts.margin:
            choice = heavier
    heavier = candidates[candidates.index(choice) + 1 :]
    open_to = [name for name in heavier if facts.gap(name, choice).value >= facts.margin > 0]
    return choice, max(open_to, key=facts.value, default=None)


def _nothing_beats_guessing(facts: _Facts) -> dict[str, Any]:
    best = facts.best()
    if best is None:
        return {"verdict": GUESSING, "text": advice_text.no_metric(facts)}
    gap = facts.over_guessing(best)
    if _too_few_clips(facts, gap):
        return {"text": advice_text.too_few_clips(facts, best)}
    seems_better = gap.value >= _SEEMS_BETTER * (1 - _guessed(facts))
    if _clips_would_decide(facts, gap) or seems_better:
        more = more_groups(gap, facts.basis.n)
        return {"text": advice_text.too_few_groups(facts, best, more), "groups_needed": more}
    single = facts.over_guessing(SINGLE) if SINGLE in facts.baselines else None
    if single is not None and not single.significant:
        single = None
    return {"verdict": GUESSING, "text": advice_text.guessing(facts, best, gap, single)}


def _too_few_clips(facts: _Facts, found: Gap) -> bool:
    """Returns whether even a perfect model would not be significantly better than guessing."""
    return not _by_clip(facts, found) < 1 - _guessed(facts)


def _guessed(facts: _Facts) -> float:
    """Returns the main metric of the best guess; 0 for scores, where a guess is constant."""
    return facts.value(facts.guess) if facts.task != "regress" and facts.guess else 0.0


def _clips_would_decide(facts: _Facts, found: Gap) -> bool:
    """Returns whether the difference to guessing would be significant for independent clips."""
    return facts.basis.unit == "groups" and found.value > _by_clip(facts, found)


def _by_clip(facts: _Facts, found: Gap) -> float:
    """Returns half the width of an interval that treats the clips as independent."""
    n = next(iter(facts.judged.values())).n
    return quantile(n, facts.raised_level) * found.clip_error


def more_groups(gap: Gap, n: int) -> int | None:
    """Returns about how many additional test groups would make the interval exclude zero.

    The half-width of an interval falls with the square root of the number of groups. Returns
    `None` if the difference is not positive.
    """
    if gap.value <= 0 or not math.isfinite(gap.low):
        return None
    half = gap.value - gap.low
    return max(1, math.ceil(n * (half / gap.value) ** 2) - n)


def _basis(facts: _Facts) -> list[str]:
    """Returns the sentences on which the advice is based."""
    sentences = [advice_text.on_what(facts)]
    if facts.basis.unit == "groups" and facts.basis.n < FEW_GROUPS:
        sentences.append(advice_text.few_groups(facts.basis.n))
    if facts.basis.unit == "clips":
        sentences.append(advice_text.BY_CLIPS)
    for name in facts.by_weight:
        sentences.append(advice_text.against_guessing(facts, name))
    if SINGLE in facts.baselines and (best := facts.best()) is not None:
        sentences.append(advice_text.against_one_feature(facts, best, facts.gap(best, SINGLE)))
    return sentences


def weight(model: dict[str, Any]) -> float:
    """Returns the geometric mean of a model's costs. Only ratios of weights have a meaning."""
    costs = (
        model["seconds_train"],
        compute_ms(model),
        model["peak_memory_mb"],
        model["model_bytes"],
    )
    return math.exp(math.fsum(math.log(max(cost, 1e-9)) for cost in costs) / len(costs))


def compute_ms(model: dict[str, Any]) -> float:
    """Returns the mean time in ms to compute the prediction of one clip.

    The median would hide the cost of the clips that a cascade sends to its heavy part.
    """
    return model["latency_ms"]["batch_1"]["compute_ms"]
