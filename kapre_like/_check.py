"""Argument checks in one error form.

Every message reads ``OWNER: `name` must be RULE. Received: name=value.`` and then, where it
is known, the fix. Checks run at construction; nothing here runs inside a traced `call`.
"""

import math
import numbers
from collections.abc import Collection
from typing import Any, NoReturn


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


def non_negative_int(owner: str, **values: Any) -> None:
    """Each value is an int >= 0."""
    for name, value in values.items():
        if not _is_int(value) or value < 0:
            fail(owner, name, "an int >= 0", value)


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
