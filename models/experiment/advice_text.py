"""Writes the sentences of the advice.

A difference between two models is expressed per 1,000 clips, together with its cost: the number
of additional right answers, and the additional computing and training time.
"""

import math
from typing import Any

from kapre_like.models.experiment import wording

BY_CLIPS = (
    "The test clips are of one group or have no group. So the intervals resample clips and say "
    "nothing about other speakers or devices."
)
_THOUSAND = 1000
# Greater numbers of groups are not realistic, so they are not printed.
_MAX_GROUPS = 500


def recommended(facts: Any, choice: str) -> str:
    """Returns which model to use and why, and gain and cost of the other one."""
    head = f"Use {choice}: it {_reaches(facts, choice)}"
    if len(facts.by_weight) == 1:
        beats = against_guessing(facts, choice)
        return f"{head}. {beats} Name a second model to compare it with."
    others = [name for name in facts.by_weight if name != choice and facts.defined(name)]
    if not others:
        return f"{head}. The predictions of the others do not vary."
    other = max(others, key=facts.value)
    light, heavy = sorted((choice, other), key=facts.by_weight.index)
    gap = facts.gap(heavy, light)
    if choice == heavy:
        why = f"It is better than {light}, which is lighter, by {_gap(facts, gap)}."
    else:
        why = _why_lighter(facts, heavy, gap)
    return f"{head}. {why} {_price(facts, light, heavy, gap)}"


def undecided(facts: Any, light: str, heavy: str, gap: Any, more: int | None) -> str:
    """Returns the text for a heavier model that seems better, but not significantly."""
    return (
        f"Undecided between {light} and {heavy}: {heavy} seems better by {_gap(facts, gap)}, "
        f"but the difference is not significant{_more(facts, more)}. Until then start with "
        f"{light}, the lighter one: it {_reaches(facts, light)}. "
        f"{_price(facts, light, heavy, gap)}"
    )


def guessing(facts: Any, best: str, gap: Any, single: Any | None = None) -> str:
    """Returns the text for models that do not beat guessing.

    With `single`, one feature alone beats guessing, by that difference.
    """
    if single is None:
        advice = (
            "First check the labels, and whether a listener can recognize the classes. Then "
            "add recordings."
        )
    else:
        advice = (
            f"One feature alone does, by {_gap(facts, single)}, so there is something to "
            "learn. Start with a rule on that feature, and add recordings."
        )
    return (
        f"No model here beats guessing: the best, {best}, {_reaches(facts, best)}, and "
        f"{_guess(facts)}, a difference of {_gap(facts, gap)}. {advice}"
    )


def no_metric(facts: Any) -> str:
    """Returns the text for models whose predictions are constant."""
    return (
        "No model here beats guessing: all models predict a constant, so "
        f"{_metric(facts)} is undefined."
    )


def too_few_groups(facts: Any, best: str, more: int | None) -> str:
    """Returns the text for a model that seems better than guessing on a small test."""
    unit = facts.basis.unit
    why = "which differ too much to decide" if unit == "groups" else "too few to decide"
    return (
        f"Undecided: {best} {_reaches(facts, best)} and {_guess(facts)}, but the "
        f"test has {facts.basis.n} {unit}, {why}{_more(facts, more)}."
    )


def too_few_clips(facts: Any, best: str) -> str:
    """Returns the text for a test on which even a perfect model would not be significant."""
    n = next(iter(facts.judged.values())).n
    clips = f"{wording.count(n, 'test clip')} {'is' if n == 1 else 'are'}"
    return (
        f"Undecided: {best} {_reaches(facts, best)} and {_guess(facts)}, but {clips} too few "
        "to show that even a perfect model beats guessing. Add clips to the test, or test "
        "every clip once with --folds."
    )


def one_feature_is_better(facts: Any, choice: str, gap: Any) -> str:
    """Returns the text for a rule on one feature that is better than every model."""
    return (
        f"No model is recommended: one feature alone is better than {choice}, by "
        f"{_gap(facts, gap)}. Use a rule on that feature, or find out why the models miss it."
    )


def on_what(facts: Any) -> str:
    """Returns the metric, the number of test clips and groups, and the kind of intervals."""
    n = next(iter(facts.judged.values())).n
    groups = f" of {facts.basis.n} groups" if facts.basis.unit == "groups" else ""
    level = (
        "95 % intervals resample whole groups" if groups else "95 % intervals resample clips"
    )
    return f"Compared by {_metric(facts)} on {wording.count(n, 'test clip')}{groups}; {level}."


def few_groups(n: int) -> str:
    """Returns a warning about few test groups."""
    return (
        f"Only {n} groups are in the test, so every interval is wide. With 10 or more the "
        "result is more reliable: add speakers or devices, or use --folds."
    )


def against_guessing(facts: Any, name: str) -> str:
    """Returns whether a model beats guessing, with the interval."""
    if not facts.defined(name):
        return f"The predictions of {name} do not vary."
    gap = facts.over_guessing(name)
    does = "beats" if gap.significant else "is not shown to beat"
    return f"{name} {does} guessing ({_guess(facts)}): {_gap(facts, gap)}."


def against_one_feature(facts: Any, name: str, gap: Any) -> str:
    """Returns whether the best model beats a rule on one feature, with the interval."""
    does = "beats" if gap.significant else "is not shown to beat"
    return f"{name} {does} the best single feature: {_gap(facts, gap)}."


def _why_lighter(facts: Any, heavy: str, gap: Any) -> str:
    margin = _plain(facts, facts.margin).lstrip("+")
    unit = "of Pearson's r" if facts.task == "regress" else "points"
    if gap.significant:
        return (
            f"It is the lighter one. {heavy} is better by {_gap(facts, gap)}, which is "
            f"less than the margin of {margin} {unit}."
        )
    if gap.high < 0:
        return f"It is lighter and better: {heavy} differs by {_gap(facts, gap)}."
    return (
        f"It is the lighter one, and these clips do not show that {heavy} is better: the "
        f"difference is {_gap(facts, gap)}."
    )


def _price(facts: Any, light: str, heavy: str, gap: Any) -> str:
    """Returns gain and cost of the heavier model per thousand clips."""
    models = facts.models
    ms = [models[name]["latency_ms"]["batch_1"]["compute_ms"] for name in (light, heavy)]
    training = [models[name]["seconds_train"] for name in (light, heavy)]
    price = (
        f"{_difference(_THOUSAND * (ms[1] - ms[0]) / 1e3)} computing and "
        f"{_difference(training[1] - training[0])} training"
    )
    if facts.task == "regress":
        return f"On 1,000 clips {heavy} takes {price}."
    right = round(_THOUSAND * gap.value)
    low, high = (round(_THOUSAND * end) for end in (gap.low, gap.high))
    more = f"{abs(right)} {'more' if right >= 0 else 'fewer'} right ({low:+d} to {high:+d})"
    if facts.task == "transcribe":
        # Word accuracy can be below 0, so the number of right words is only approximate.
        return f"Of 1,000 words {heavy} would get about {more}; 1,000 clips take {price}."
    return (
        f"On 1,000 clips with equally frequent classes {heavy} would get about {more}, for "
        f"{price}."
    )


def _difference(seconds: float) -> str:
    """Formats a difference of times, such as `12.3 s more`."""
    return f"{wording.seconds(abs(seconds))} {'more' if seconds >= 0 else 'less'}"


def _reaches(facts: Any, name: str) -> str:
    low, high = facts.judged[name].intervals[facts.metric]
    value = _show(facts, facts.value(name))
    return f"reaches {_metric(facts)} {value}{_interval(facts, low, high)}"


def _guess(facts: Any) -> str:
    if facts.task == "regress" or facts.guess is None:
        return "a constant has none"
    what = {"classify": "the majority class", "transcribe": f"the guess {facts.guess!r}"}
    return f"{what[facts.task]} reaches {_show(facts, facts.value(facts.guess))}"


def _more(facts: Any, more: int | None) -> str:
    if more is None:
        return ""
    kind = "groups" if facts.basis.unit == "groups" else "clips"
    many = f"more than {_MAX_GROUPS}" if more > _MAX_GROUPS else f"about {more}"
    return f"; {many} more test {kind} would decide"


def _gap(facts: Any, gap: Any) -> str:
    unit = " of Pearson's r" if facts.task == "regress" else " points"
    return f"{_plain(facts, gap.value)}{unit}{_interval(facts, gap.low, gap.high, plain=True)}"


def _interval(facts: Any, low: float, high: float, *, plain: bool = False) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    show = _plain if plain else _bare
    return f" ({show(facts, low)} to {show(facts, high)})"


def _metric(facts: Any) -> str:
    return wording.NAMES[facts.metric]


def _show(facts: Any, value: float) -> str:
    return wording.metric_value(facts.metric, value)


def _bare(facts: Any, value: float) -> str:
    return _show(facts, value).removesuffix(" %")


def _plain(facts: Any, value: float) -> str:
    return wording.signed(facts.task, value)
