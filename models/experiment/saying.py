"""The sentences of the advice, in plain words.

A difference is told on one scale with its price: of 1,000 clips so many more are right, for so
much more computing and training.
"""

import math
from typing import Any

from kapre_like.models.experiment import wording

BY_CLIPS = (
    "The test clips are of one group, or name none: the intervals resample clips, and say "
    "nothing about other speakers or devices."
)
_THOUSAND = 1000
# More groups than this are no plan.
_TOO_MANY = 500


def recommended(scene: Any, choice: str) -> str:
    """The model to use, why, and what the other would give and cost."""
    head = f"Use {choice}: it {_reaches(scene, choice)}"
    if len(scene.by_weight) == 1:
        beats = against_guessing(scene, choice)
        return f"{head}. {beats} Name a second model to weigh it against."
    others = [name for name in scene.by_weight if name != choice and scene.defined(name)]
    if not others:
        return f"{head}. The predictions of the others do not vary."
    other = max(others, key=scene.value)
    light, heavy = sorted((choice, other), key=scene.by_weight.index)
    gap = scene.gap(heavy, light)
    if choice == heavy:
        why = f"It is better than {light}, which is lighter, by {_gap(scene, gap)}."
    else:
        why = _why_lighter(scene, heavy, gap)
    return f"{head}. {why} {_price(scene, light, heavy, gap)}"


def undecided(scene: Any, light: str, heavy: str, gap: Any, more: int | None) -> str:
    """Two models that the clips do not tell apart, one of which may be worth its price."""
    return (
        f"Undecided between {light} and {heavy}: {heavy} seems better by {_gap(scene, gap)}, "
        f"but these clips do not tell the two apart{_more(scene, more)}. Until then {light} is "
        f"the lighter one to start with: it {_reaches(scene, light)}. "
        f"{_price(scene, light, heavy, gap)}"
    )


def guessing(scene: Any, best: str, gap: Any, single: Any | None = None) -> str:
    """No model is better than a guess; with `single`, one feature alone is, by that gap."""
    if single is None:
        advice = (
            "Look first at the labels, and at whether a listener could tell them; then at more "
            "recordings."
        )
    else:
        advice = (
            f"One feature alone does, by {_gap(scene, single)}: there is something to learn. "
            "Start with a rule on that feature, and get more recordings."
        )
    return (
        f"No model here beats guessing: the best, {best}, {_reaches(scene, best)}, and "
        f"{_guess(scene)}, a difference of {_gap(scene, gap)}. {advice}"
    )


def no_metric(scene: Any) -> str:
    """No model varies its predictions."""
    return (
        "No model here beats guessing: the predictions of none vary, so none has a "
        f"{_metric(scene)}."
    )


def too_few_groups(scene: Any, best: str, more: int | None) -> str:
    """Better than guessing on this test, which is too small to say it of others."""
    unit = scene.basis.unit
    why = (
        "and they differ too much to say it of others" if unit == "groups" else "too few to say"
    )
    return (
        f"Undecided: {best} {_reaches(scene, best)} where {_guess(scene)}, but the "
        f"test has {scene.basis.n} {unit}, {why}{_more(scene, more)}."
    )


def too_few_clips(scene: Any, best: str) -> str:
    """Even a model that is always right could not be told from guessing."""
    n = next(iter(scene.judged.values())).n
    clips = f"{wording.count(n, 'test clip')} {'is' if n == 1 else 'are'}"
    return (
        f"Undecided: {best} {_reaches(scene, best)} where {_guess(scene)}, but {clips} too few "
        "to tell even a perfect model from guessing. Add clips to the test, or test every clip "
        "once with --folds."
    )


def one_feature_is_better(scene: Any, choice: str, gap: Any) -> str:
    """A rule on one number is better than every model."""
    return (
        f"No model is recommended: one feature alone is better than {choice}, by "
        f"{_gap(scene, gap)}. Use a rule on that feature, or look at why the models miss it."
    )


def on_what(scene: Any) -> str:
    """What was judged on what."""
    n = next(iter(scene.judged.values())).n
    groups = f" of {scene.basis.n} groups" if scene.basis.unit == "groups" else ""
    level = (
        "95 % intervals resample whole groups" if groups else "95 % intervals resample clips"
    )
    return f"Judged by {_metric(scene)} on {wording.count(n, 'test clip')}{groups}; {level}."


def few_groups(n: int) -> str:
    """A warning about few test groups."""
    return (
        f"Only {n} groups are in the test, so every interval is wide: 10 or more give a "
        "steadier answer (more speakers or devices, or --folds)."
    )


def against_guessing(scene: Any, name: str) -> str:
    """Whether a model beats guessing, with the interval."""
    if not scene.defined(name):
        return f"The predictions of {name} do not vary."
    gap = scene.over_guessing(name)
    does = "beats" if gap.told else "is not shown to beat"
    return f"{name} {does} guessing ({_guess(scene)}): {_gap(scene, gap)}."


def against_one_feature(scene: Any, name: str, gap: Any) -> str:
    """Whether the best model beats a rule on one feature."""
    does = "beats" if gap.told else "is not shown to beat"
    return f"{name} {does} the best single feature: {_gap(scene, gap)}."


def _why_lighter(scene: Any, heavy: str, gap: Any) -> str:
    margin = _plain(scene, scene.margin).lstrip("+")
    unit = "of Pearson's r" if scene.task == "regress" else "points"
    if gap.told:
        return (
            f"It is the lighter one, and {heavy} is better by {_gap(scene, gap)}, less than "
            f"the margin of {margin} {unit}."
        )
    if gap.high < 0:
        return f"It is lighter and better: {heavy} differs by {_gap(scene, gap)}."
    return (
        f"It is the lighter one, and these clips do not show that {heavy} is better: it "
        f"differs by {_gap(scene, gap)}."
    )


def _price(scene: Any, light: str, heavy: str, gap: Any) -> str:
    """What the heavier one gives and costs, per thousand clips."""
    models = scene.models
    ms = [models[name]["latency_ms"]["batch_1"]["compute_ms"] for name in (light, heavy)]
    training = [models[name]["seconds_train"] for name in (light, heavy)]
    price = (
        f"{_difference(_THOUSAND * (ms[1] - ms[0]) / 1e3)} computing and "
        f"{_difference(training[1] - training[0])} training"
    )
    if scene.task == "regress":
        return f"On 1,000 clips {heavy} takes {price}."
    right = round(_THOUSAND * gap.value)
    low, high = (round(_THOUSAND * end) for end in (gap.low, gap.high))
    more = f"{abs(right)} {'more' if right >= 0 else 'fewer'} right ({low:+d} to {high:+d})"
    if scene.task == "transcribe":
        # Errors can be more than words, so words right are a way of speaking.
        return f"Of 1,000 words {heavy} would get about {more}; 1,000 clips take {price}."
    return (
        f"On 1,000 clips with every class equally often {heavy} would get about {more}, for "
        f"{price}."
    )


def _difference(seconds: float) -> str:
    """`12.3 s more`, or `less`."""
    return f"{wording.seconds(abs(seconds))} {'more' if seconds >= 0 else 'less'}"


def _reaches(scene: Any, name: str) -> str:
    low, high = scene.judged[name].intervals[scene.metric]
    value = _show(scene, scene.value(name))
    return f"reaches {_metric(scene)} {value}{_interval(scene, low, high)}"


def _guess(scene: Any) -> str:
    if scene.task == "regress" or scene.guess is None:
        return "a constant has none"
    what = {"classify": "the majority class", "transcribe": f"the guess {scene.guess!r}"}
    return f"{what[scene.task]} reaches {_show(scene, scene.value(scene.guess))}"


def _more(scene: Any, more: int | None) -> str:
    if more is None:
        return ""
    kind = "groups" if scene.basis.unit == "groups" else "clips"
    many = f"more than {_TOO_MANY}" if more > _TOO_MANY else f"about {more}"
    return f"; {many} more test {kind} would tell"


def _gap(scene: Any, gap: Any) -> str:
    unit = " of Pearson's r" if scene.task == "regress" else " points"
    return f"{_plain(scene, gap.value)}{unit}{_interval(scene, gap.low, gap.high, plain=True)}"


def _interval(scene: Any, low: float, high: float, *, plain: bool = False) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    show = _plain if plain else _bare
    return f" ({show(scene, low)} to {show(scene, high)})"


def _metric(scene: Any) -> str:
    return wording.NAMES[scene.metric]


def _show(scene: Any, value: float) -> str:
    return wording.metric_value(scene.metric, value)


def _bare(scene: Any, value: float) -> str:
    return _show(scene, value).removesuffix(" %")


def _plain(scene: Any, value: float) -> str:
    return wording.signed(scene.task, value)
