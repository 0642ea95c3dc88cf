"""Lists the families of models, their settings, and how to install missing packages."""

import dataclasses
import textwrap
from typing import Any

from kapre_like.models.artifact.registry import Listed, find, listed
from kapre_like.models.artifact.settings import About, describe

_WIDTH = 96


def families(names: list[str] | None = None) -> list[dict[str, Any]]:
    """Returns facts about each family as JSON values.

    Args:
        names: Names of families, or `"module:Class"`. `None` or empty: all registered families.

    Returns:
        Per family `name`, `summary`, `installed`, `trouble` (why it cannot be used and how to
        fix that, or `""`), `needs`, `install`, `tasks`, `sample_rate` (Hz or `None`),
        `trains_on_valid`, `settings` and `pretraining`. The last two are lists of `name`,
        `type`, `default`, `help`, `choices`; `pretraining` is `None` if not supported.

    Raises:
        ValueError: If there is no family with a name.
    """
    if not names:
        return [_facts(one) for one in listed()]
    known = {one.name: one for one in listed()}
    return [_facts(known.get(name) or Listed.of(name)) for name in names]


def family_lines(found: list[dict[str, Any]]) -> list[str]:
    """Returns the list as lines of text."""
    lines: list[str] = []
    for one in found:
        lines += [*([""] if lines else []), *_heading(one)]
        for title, settings in (("", one["settings"]), ("pretrain: ", one["pretraining"])):
            for setting in settings or []:
                lines += _setting_lines(setting, title)
    return lines


def _facts(one: Listed) -> dict[str, Any]:
    cls = one.family
    if cls is None:
        empty = dict.fromkeys(("summary", "install"), "")
        return {
            "name": one.name, **empty, "installed": False, "trouble": one.trouble, "needs": [],
            "tasks": [], "sample_rate": None, "trains_on_valid": False, "settings": [],
            "pretraining": None,
        }  # fmt: skip
    pretraining = None if cls.Pretraining is None else _settings(cls.Pretraining)
    return {
        "name": one.name,
        "summary": cls.summary,
        "installed": not one.trouble,
        "trouble": one.trouble,
        "needs": list(cls.needs),
        "install": cls.install,
        "tasks": list(cls.tasks),
        "sample_rate": cls.only_sample_rate,
        "trains_on_valid": cls.trains_on_valid,
        "settings": _settings(cls.Settings),
        "pretraining": pretraining,
    }


def _settings(declared: type) -> list[dict[str, Any]]:
    return [dataclasses.asdict(about) for about in describe(declared, find)]


def _heading(one: dict[str, Any]) -> list[str]:
    lines = [f"{one['name']}: {one['summary']}" if one["summary"] else one["name"]]
    rate = f"{one['sample_rate']} Hz only; " if one["sample_rate"] else ""
    if one["tasks"]:
        lines.append(f"  {rate}{', '.join(one['tasks'])}")
    if one["trouble"]:
        lines.append(f"  NOT USABLE HERE: {one['trouble']}")
    return lines


def _setting_lines(setting: dict[str, Any], title: str) -> list[str]:
    """Formats a setting as `--set NAME=DEFAULT  help (type; one of ...)`, wrapped."""
    about = About(**setting)
    start = f"  {title}--set {about.name}={_word(about.default)}"
    allowed = (
        "" if about.choices is None else f"; one of {', '.join(map(_word, about.choices))}"
    )
    text = f"{about.help} ({about.type}{allowed})"
    return textwrap.wrap(
        f"{start:<40}  {text}", _WIDTH, subsequent_indent=" " * 42, break_long_words=False
    )


def _word(choice: Any) -> str:
    return str(choice).lower() if choice is None or isinstance(choice, bool) else str(choice)
