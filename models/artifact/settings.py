"""Settings that a family of models declares, and their values.

A family declares a frozen dataclass with fields made by `setting`. A user sets a field with
`NAME=VALUE` on the command line, or with a dict in Python. A field made by `nested` names
another family. The settings of that family have names with a dot, such as `heavy.row=vgg11`.
"""

import dataclasses
import difflib
import json
import math
import numbers
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

from kapre_like import _check

Settings = TypeVar("Settings")


@dataclasses.dataclass(frozen=True)
class NoSettings:
    """The `Settings` of a family without settings."""


@dataclasses.dataclass(frozen=True)
class Chosen:
    """A family that is nested in another one, with its settings.

    Attributes:
        family: Name of the nested family, or `"module:Class"`.
        settings: An instance of that family's `Settings`.
    """

    family: str
    settings: Any


@dataclasses.dataclass(frozen=True)
class About:
    """Description of one setting.

    Attributes:
        name: As in `--set NAME=VALUE`, with dots for a nested family.
        type: Type in Python's notation, such as `int | None`.
        default: The value without `--set`.
        help: One line.
        choices: Allowed values; `None` allows every value of the type.
    """

    name: str
    type: str
    default: Any
    help: str
    choices: tuple[Any, ...] | None


def setting(
    default: Any,
    *,
    help: str,
    choices: Iterable[Any] | None = None,
    min_value: float | None = None,
    above: float | None = None,
    max_value: float | None = None,
    below: float | None = None,
) -> Any:
    """Declares a field of a family's `Settings`.

    Args:
        default: The value if a user gives none.
        help: One line for `kapre-like families`.
        choices: Allowed values. `None` allows every value of the field's type.
        min_value: Smallest allowed number.
        above: Numbers must be greater than this.
        max_value: Greatest allowed number.
        below: Numbers must be smaller than this.
    """
    limits = {"min_value": min_value, "above": above, "max_value": max_value, "below": below}
    facts = {"help": help, "choices": None if choices is None else tuple(choices), **limits}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=facts)
    return dataclasses.field(default=default, metadata=facts)


def nested(default: str, *, help: str) -> Any:
    """Declares a field that names a family. Its settings have names with a dot."""
    return dataclasses.field(default=default, metadata={"help": help, "nested": True})


def build(
    owner: str,
    declared: type[Settings],
    given: Mapping[str, Any],
    find: Callable[[str], Any] | None = None,
) -> Settings:
    """Returns the settings of a family with the given values, checked.

    Args:
        owner: The name that error messages begin with.
        declared: The `Settings` class of the family.
        given: Values by name, with a dot for a nested family. Strings are converted to the
            type of the field.
        find: Function that returns the class of a family by its name, for nested families.

    Raises:
        ValueError: If a name is unknown, or a value is outside its domain.
    """
    fields = {field.name: field for field in dataclasses.fields(declared)}
    hints = typing.get_type_hints(declared)
    values: dict[str, Any] = {}
    for path in given:
        if path.partition(".")[0] not in fields:
            unknown(owner, path, fields)
    for name, field in fields.items():
        inner = _below(name, given)
        if field.metadata.get("nested"):
            values[name] = _nested(owner, field, given, inner, find)
        elif inner and not isinstance(_default(field), dict):
            unknown(owner, f"{name}.{next(iter(inner))}", fields)
        elif name in given or inner:
            value = _typed(owner, name, given.get(name, _default(field)), hints[name])
            values[name] = (
                {**value, **{k: _plain(v) for k, v in inner.items()}} if inner else value
            )
            _check_domain(owner, name, values[name], field.metadata)
    return declared(**values)


def to_json(settings: Any) -> dict[str, Any]:
    """Returns settings as JSON values by name. `build` restores the settings from them."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Chosen):
            values[field.name] = value.family
            values |= {f"{field.name}.{k}": v for k, v in to_json(value.settings).items()}
        else:
            values[field.name] = value
    return values


def describe(declared: type, find: Callable[[str], Any] | None = None) -> list[About]:
    """Returns a description of each setting. Nested settings follow the nested family."""
    hints, listed = typing.get_type_hints(declared), []
    for field in dataclasses.fields(declared):
        facts = field.metadata
        words = "family" if facts.get("nested") else _words(hints[field.name])
        default = _default(field)
        listed.append(
            About(field.name, words, default, facts.get("help", ""), facts.get("choices"))
        )
        if facts.get("nested") and find is not None:
            listed += [
                dataclasses.replace(about, name=f"{field.name}.{about.name}")
                for about in describe(find(default).Settings, find)
            ]
    return listed


def has(
    declared: type, path: str, given: Mapping[str, Any], find: Callable[[str], Any]
) -> bool:
    """Returns whether a family, with the given nested families, has a setting."""
    name, dot, rest = path.partition(".")
    field = next((f for f in dataclasses.fields(declared) if f.name == name), None)
    if field is None or not dot:
        return field is not None
    if not field.metadata.get("nested"):
        return isinstance(_default(field), dict)
    chosen = find(given.get(name, _default(field)))
    return has(chosen.Settings, rest, _below(name, given), find)


def unknown(owner: str, name: str, known: Iterable[str], fix: str = "") -> NoReturn:
    """Raises an error for an unknown setting, which suggests the most similar name."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else "It has no settings."
    if known and not near:
        hint = f"Its settings are {', '.join(known)}."
    raise ValueError(f"{owner}: there is no setting `{name}`. {hint} {fix}".rstrip())


def _nested(owner: str, field: Any, given: Mapping, inner: dict, find: Any) -> Chosen:
    name = str(given.get(field.name, field.default))
    if find is None:
        raise TypeError(f"build: {owner} has a nested family, and `find` is missing")
    return Chosen(name, build(f"{owner}.{field.name}", find(name).Settings, inner, find))


def _below(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values whose names begin with `name` and a dot, without this prefix."""
    start = f"{name}."
    return {path.removeprefix(start): v for path, v in given.items() if path.startswith(start)}


def _default(field: dataclasses.Field) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _kinds(hint: Any) -> tuple[type, ...]:
    """Returns the types that a type hint allows."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    parts = typing.get_args(hint) if union else (hint,)
    return tuple(typing.get_origin(part) or part for part in parts)


def _words(hint: Any) -> str:
    return " | ".join("None" if k is types.NoneType else k.__name__ for k in _kinds(hint))


def _typed(owner: str, name: str, value: Any, hint: Any) -> Any:
    """Returns the value as one of the types of the field. A string is parsed if possible."""
    kinds = _kinds(hint)
    read = _plain(value) if isinstance(value, str) else value
    if isinstance(value, str) and str in kinds and not isinstance(read, (int, type(None))):
        read = value
    if isinstance(read, numbers.Integral) and not isinstance(read, bool):
        read = int(read)
        if int not in kinds and float in kinds:
            return float(read)
    elif isinstance(read, numbers.Real) and not isinstance(read, bool):
        read = float(read)
    if isinstance(read, kinds) and not (isinstance(read, bool) and bool not in kinds):
        return read
    if isinstance(value, str) and str in kinds:
        return value
    _check.fail(owner, name, f"of type {_words(hint)}", value)


def _plain(value: Any) -> Any:
    """Parses a string as JSON; returns it unchanged if it is not. `none` becomes `None`."""
    if not isinstance(value, str):
        return value
    if value.lower() in ("none", "true", "false"):
        return {"none": None, "true": True, "false": False}[value.lower()]
    try:
        return json.loads(value)
    except ValueError:
        return value


def _check_domain(owner: str, name: str, value: Any, facts: Mapping[str, Any]) -> None:
    """Raises an error if a value is not among the choices, or outside the limits."""
    choices = facts.get("choices")
    if choices is not None and value not in choices:
        near = difflib.get_close_matches(str(value), [str(c) for c in choices], n=1)
        fix = f"Did you mean {near[0]!r}?" if near else ""
        _check.fail(owner, name, f"one of {', '.join(map(repr, choices))}", value, fix)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not math.isfinite(value):
        _check.fail(owner, name, "a finite number", value)
    for key, sign, holds in (
        ("min_value", ">=", lambda limit: value >= limit),
        ("above", ">", lambda limit: value > limit),
        ("max_value", "<=", lambda limit: value <= limit),
        ("below", "<", lambda limit: value < limit),
    ):
        limit = facts.get(key)
        if limit is not None and not holds(limit):
            kind = "an int" if isinstance(limit, int) and isinstance(value, int) else "a number"
            _check.fail(owner, name, f"{kind} {sign} {limit}", value)
