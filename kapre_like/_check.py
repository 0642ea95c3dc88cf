"""Argument checks with one form of error messages.

Every message is ``OWNER: `name` must be RULE. Received: name=value.``, followed by the fix if
it is known. Checks run at construction, and never inside a traced `call`.
"""

import math
import numbers
from collections.abc import Collection
from typing import Any, NoReturn

# Hz. A smaller number is probably in kHz. No recorder or bat detector has a higher rate.
AUDIO_RATES = (500, 1_000_000)


def fail(owner: str, name: str, rule: str, value: Any, fix: str = "") -> NoReturn:
    """Raises a `ValueError` with a message of this module's form."""
    message = f"{owner}: `{name}` must be {rule}. Received: {name}={value!r}."
    raise ValueError(f"{message} {fix}".rstrip())


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def positive_int(owner: str, **values: Any) -> None:
    """Raises unless each value is an int > 0."""
    for name, value in values.items():
        if not _is_int(value) or value <= 0:
            fail(owner, name, "an int > 0", value)


def odd(owner: str, **values: Any) -> None:
    """Raises unless each value is an odd int > 1, so that a filter has a middle."""
    positive_int(owner, **values)
    for name, value in values.items():
        if value < 3 or value % 2 == 0:
            fix = f"Use {name}={max(3, value + 1)}."
            fail(owner, name, "an odd int > 1", value, fix)


def non_negative_int(owner: str, **values: Any) -> None:
    """Raises unless each value is an int >= 0."""
    for name, value in values.items():
        if not _is_int(value) or value < 0:
            fail(owner, name, "an int >= 0", value)


def audio_rate(owner: str, **values: Any) -> None:
    """Raises unless each value is a plausible sample rate of sound, an int in Hz."""
    positive_int(owner, **values)
    for name, value in values.items():
        if not AUDIO_RATES[0] <= value <= AUDIO_RATES[1]:
            low, high = AUDIO_RATES
            fix = f"Use Hz: {value * 1000} for {value} kHz." if 4 <= value < low else ""
            fail(owner, name, f"an int from {low} to {high} (Hz)", value, fix)


def number(owner: str, **values: Any) -> None:
    """Raises unless each value is a finite number."""
    for name, value in values.items():
        if not _is_number(value):
            fail(owner, name, "a finite number", value)


def positive(owner: str, **values: Any) -> None:
    """Raises unless each value is a finite number > 0."""
    for name, value in values.items():
        if not _is_number(value) or value <= 0:
            fail(owner, name, "a number > 0", value)


def non_negative(owner: str, **values: Any) -> None:
    """Raises unless each value is a finite number >= 0."""
    for name, value in values.items():
        if not _is_number(value) or value < 0:
            fail(owner, name, "a number >= 0", value)


def ordered(owner: str, **values: Any) -> None:
    """Raises unless both values are numbers, and the second is not less than the first."""
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
    """Raises unless each value is one of `options`. The message lists them in order."""
    for name, value in values.items():
        # Check the type first: an unhashable value or an array must not raise a TypeError.
        known = value is None or isinstance(value, str)
        if not known or value not in options:
            listed = sorted(options, key=lambda option: (option is not None, str(option)))
            fail(owner, name, f"one of {listed}", value)


def boolean(owner: str, **values: Any) -> None:
    """Raises unless each value is True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            fail(owner, name, "True or False", value)
