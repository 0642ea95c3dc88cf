"""Argument checks in one error form.

Every message reads ``OWNER: `name` must be RULE. Received: name=value.`` and then, where it
is known, the fix. Checks run at construction; nothing here runs inside a traced `call`.
"""

import math
import numbers
from collections.abc import Collection
from typing import Any, NoReturn

# Hz. A number below is of kHz or a slip; recorders and bat detectors end below the upper one.
AUDIO_RATES = (500, 1_000_000)


def fail(owner: str, name: str, rule: str, value: Any, fix: str = "") -> NoReturn:
    """Raises the `ValueError` of the house form."""
    message = f"{owner}: `{name}` must be {rule}. Received: {name}={value!r}."
    raise ValueError(f"{message} {fix}".rstrip())


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def positive_int(owner: str, **values: Any) -> None:
    """Each value is an int > 0."""
    for name, value in values.items():
        if not _is_int(value) or value <= 0:
            fail(owner, name, "an int > 0", value)


def odd(owner: str, **values: Any) -> None:
    """Each value is an odd int > 1: a filter has a middle."""
    positive_int(owner, **values)
    for name, value in values.items():
        if value < 3 or value % 2 == 0:
            fix = f"Use {name}={max(3, value + 1)}."
            fail(owner, name, "an odd int > 1", value, fix)


def non_negative_int(owner: str, **values: Any) -> None:
    """Each value is an int >= 0."""
    for name, value in values.items():
        if not _is_int(value) or value < 0:
            fail(owner, name, "an int >= 0", value)


def audio_rate(owner: str, **values: Any) -> None:
    """Each value is an int that can be the sample rate of sound, in Hz and not in kHz."""
    positive_int(owner, **values)
    for name, value in values.items():
        if not AUDIO_RATES[0] <= value <= AUDIO_RATES[1]:
            low, high = AUDIO_RATES
            fix = f"Give Hz: {value * 1000} for {value} kHz." if 4 <= value < low else ""
            fail(owner, name, f"an int from {low} to {high} (Hz)", value, fix)


def number(owner: str, **values: Any) -> None:
    """Each value is a finite number."""
    for name, value in values.items():
        if not _is_number(value):
            fail(owner, name, "a finite number", value)


def positive(owner: str, **values: Any) -> None:
    """Each value is a finite number > 0."""
    for name, value in values.items():
        if not _is_number(value) or value <= 0:
            fail(owner, name, "a number > 0", value)


def non_negative(owner: str, **values: Any) -> None:
    """Each value is a finite number >= 0."""
    for name, value in values.items():
        if not _is_number(value) or value < 0:
            fail(owner, name, "a number >= 0", value)


def ordered(owner: str, **values: Any) -> None:
    """Both values are numbers, and the second is not less than the first."""
    number(owner, **values)
    (low_name, low), (high_name, high) = values.items()
    if high < low:
        fail(owner, high_name, f"at least {low_name}={low!r}", high)


def share(owner: str, **values: Any) -> None:
    """Raises unless each value is a number from 0 to 1."""
    for name, value in values.items():
        if not (_is_number(value) and 0 <= value <= 1):
            fail(owner, name, "a number from 0 to 1", value)


def one_of(owner: str, options: Collection[Any], **values: Any) -> None:
    """Each value is one of `options`; the message lists them in order."""
    for name, value in values.items():
        # Type first: an unhashable or array value must give the message, not a TypeError.
        known = value is None or isinstance(value, str)
        if not known or value not in options:
            listed = sorted(options, key=lambda option: (option is not None, str(option)))
            fail(owner, name, f"one of {listed}", value)


def boolean(owner: str, **values: Any) -> None:
    """Each value is True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            fail(owner, name, "True or False", value)
