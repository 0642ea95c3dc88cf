"""Computes the price of a model: of one training, and of predictions for a month.

With the price `p` of a machine per hour, `t` seconds of training, `n` clips per day, and `r`
clips per second that the machine reads and predicts on all cores:

    training  = p * t / 3600
    hours     = n * 365.25 / 12 / r / 3600      computing hours per month
    per_month = p * hours

A machine that is rented around the clock costs `p * 730.5` per month, even if it is idle. If
`hours` is above 730.5, one machine is not enough; `machines` is the number of machines needed.
"""

import math
import statistics
from typing import Any

from kapre_like import _check

DAYS_PER_MONTH = 365.25 / 12
HOURS_PER_MONTH = 24 * DAYS_PER_MONTH
UNIT = "price units"


def check_costs(price_per_hour: Any, clips_per_day: Any) -> None:
    """Raises an error if a price or a number of clips is neither `None` nor greater than 0."""
    given = {"price_per_hour": price_per_hour, "clips_per_day": clips_per_day}
    for name, value in given.items():
        if value is not None:
            _check.positive("compare", **{name: value})


def money(
    *,
    seconds_train: float,
    clips_per_second: float | None,
    price_per_hour: float | None,
    clips_per_day: float | None,
) -> dict[str, Any] | None:
    """Returns the costs of one model.

    Args:
        seconds_train: Float >= 0, duration of one training, features included.
        clips_per_second: Float > 0, throughput of the machine; `None`: not measured.
        price_per_hour: Float > 0, price of the machine in any currency; `None`: unknown.
        clips_per_day: Float > 0, number of clips to predict; `None`: unknown.

    Returns:
        `{"training", "per_month", "hours_per_month", "machines", "currency_unit"}`, with
        `None` for what is unknown; `None` if neither a price nor a number of clips is given.

    Example:
        >>> found = money(
        ...     seconds_train=3600, clips_per_second=10, price_per_hour=2, clips_per_day=36000
        ... )
        >>> found["training"], found["hours_per_month"], found["per_month"]
        (2.0, 30.4375, 60.875)
    """
    if price_per_hour is None and clips_per_day is None:
        return None
    hours = None
    if clips_per_day is not None and clips_per_second:
        hours = clips_per_day * DAYS_PER_MONTH / clips_per_second / 3600
    priced = price_per_hour is not None
    return {
        "training": price_per_hour * seconds_train / 3600 if priced else None,
        "per_month": price_per_hour * hours if priced and hours is not None else None,
        "hours_per_month": hours,
        "machines": None if hours is None else math.ceil(hours / HOURS_PER_MONTH),
        "currency_unit": UNIT,
    }


def prediction_costs(
    results: list[dict[str, Any]],
    *,
    cold_s: float | None,
    price_per_hour: float | None = None,
    clips_per_day: float | None = None,
) -> dict[str, Any]:
    """Returns the entries of `compare.json` on the costs of one model.

    Args:
        results: Results of `worker.run`, one per stage.
        cold_s: Float, result of `cold_start.cold_seconds`; `None`: not measured.
        price_per_hour: As in `money`.
        clips_per_day: As in `money`.

    Returns:
        `seconds_features`, `five_files`, `throughput_clips_per_s`, `energy`, `money`.
    """
    speed = _median(results, "throughput_clips_per_s")
    joules = _median(results, "joules_train"), _median(results, "joules_per_clip")
    return {
        "seconds_features": _median(results, "seconds_features"),
        "five_files": {"cold_s": cold_s, "warm_s": _median(results, "five_files_warm_s")},
        "throughput_clips_per_s": speed,
        "energy": None
        if None in joules
        else {"joules_train": joules[0], "joules_per_clip": joules[1]},
        "money": money(
            seconds_train=statistics.fmean(result["seconds_train"] for result in results),
            clips_per_second=speed,
            price_per_hour=price_per_hour,
            clips_per_day=clips_per_day,
        ),
    }


def _median(results: list[dict[str, Any]], name: str) -> float | None:
    """Returns the median over the stages; `None` if a stage lacks the value."""
    values = [result.get(name) for result in results]
    return None if None in values else statistics.median(values)
