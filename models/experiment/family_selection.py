"""Resolves the families of a command, their aliases, and the settings of each.

`a=probe` gives the family `probe` the alias `a`. A setting `a.layer` applies to that alias
only. A setting `layer` applies to every family that declares it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kapre_like import _check
from kapre_like.models.artifact.families import Family, Job
from kapre_like.models.artifact.registry import family, find, folder_name
from kapre_like.models.artifact.settings import build, describe, has, to_json, unknown


class Selected(NamedTuple):
    """One selected family of a command.

    Attributes:
        family: Name of the family, or `"module:Class"`.
        settings: All settings of the family, as in `recipe.json` before training.
    """

    family: str
    settings: dict[str, Any]


def select_families(
    models: Sequence[str] | Mapping[str, str], settings: Mapping[str, Any] | None, job: Job
) -> dict[str, Selected]:
    """Returns the families of a command by alias, with their checked settings.

    Args:
        models: Names of families. `"alias=name"` or a dict assigns an alias.
        settings: Values by name, see above. Nested dicts are equivalent to dots.
        job: The job, without tables, because no sound has been read yet.

    Raises:
        ValueError: If a family is unknown or does not support the job, if two families have
            the same alias, if no family has a setting, or if a value is outside its domain.
        ImportError: If a package that a family needs is not installed.
    """
    named = aliases(models)
    classes = {alias: family(name) for alias, name in named.items()}
    for name, cls in zip(named.values(), classes.values(), strict=True):
        _check_job(name, cls, job)
    resolved = settings_by_alias(classes, _flat(settings))
    selected = {}
    for alias, cls in classes.items():
        built = build(named[alias], cls.Settings, resolved[alias], find)
        cls.check(built, job)
        selected[alias] = Selected(named[alias], to_json(built))
    return selected


def rebuilt(recipe: dict[str, Any]) -> tuple[type[Family], Any]:
    """Returns the family of a recipe, and an instance of its settings class."""
    cls = family(recipe["family"])
    return cls, build(recipe["family"], cls.Settings, recipe["settings"], find)


def aliases(models: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Returns family names by alias. The default alias is the name of the family.

    Raises:
        ValueError: If `models` is not a list of names, or two have the same alias.
    """
    if isinstance(models, Mapping):
        return dict(models)
    if isinstance(models, str) or not models:
        _check.fail("compare", "models", "a list of names such as ['boosted', 'vgg']", models)
    pairs = [_pair(str(name)) for name in models]
    if len(dict(pairs)) < len(pairs):
        fix = "Give each an alias: a=probe,b=probe"
        _check.fail("compare", "models", "different names", list(models), fix)
    return dict(pairs)


def settings_by_alias(
    classes: Mapping[str, type[Family]], given: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Returns the settings of each alias. Settings with the prefix of an alias have priority.

    Raises:
        ValueError: If no family has a setting. The message names the most similar setting.
    """
    own: dict[str, dict[str, Any]] = {alias: {} for alias in classes}
    shared: dict[str, Any] = {}
    for path, value in given.items():
        alias, dot, rest = path.partition(".")
        if dot and alias in classes:
            own[alias][rest] = value
        else:
            shared[path] = value
    resolved = {}
    for alias, cls in classes.items():
        declared = {
            path: value
            for path, value in shared.items()
            if has(cls.Settings, path, {**shared, **own[alias]}, find)
        }
        resolved[alias] = {**declared, **own[alias]}
    for path in shared:
        if not any(path in values for values in resolved.values()):
            _fail_unknown(classes, path)
    return resolved


def _check_job(name: str, cls: type[Family], job: Job) -> None:
    """Raises an error if a family does not support the task or the sample rate."""
    rate = cls.only_sample_rate
    if rate not in (None, job.sample_rate):
        raise ValueError(
            f"The model family {name!r} takes {rate} Hz only, and resamples every file to "
            f"that rate. Leave --sample-rate {job.sample_rate} out."
        )
    if job.task not in cls.tasks:
        raise ValueError(
            f"The model family {name!r} does not {job.task}; it can {', '.join(cls.tasks)}. "
            "Choose another --task or another family."
        )


def _pair(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([\w-]+)=(.+)", text)
    return (match[1], match[2]) if match else (folder_name(text), text)


def _flat(settings: Mapping[str, Any] | None, start: str = "") -> dict[str, Any]:
    """Flattens nested dicts: `{"a": {"b": 1}}` becomes `{"a.b": 1}`."""
    if settings is None:
        return {}
    if not isinstance(settings, Mapping) or not all(isinstance(key, str) for key in settings):
        _check.fail("train", "settings", 'a dict such as {"row": "vgg11"}', settings)
    values: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            values |= _flat(value, f"{start}{key}.")
        else:
            values[f"{start}{key}"] = value
    return values


def _fail_unknown(classes: Mapping[str, type[Family]], path: str) -> None:
    known = [about.name for cls in classes.values() for about in describe(cls.Settings, find)]
    if len(classes) > 1:
        known += [
            f"{alias}.{about.name}"
            for alias, cls in classes.items()
            for about in describe(cls.Settings, find)
        ]
    fix = "`kapre-like families` lists the settings of every family."
    unknown(", ".join(classes), path, known, fix)
