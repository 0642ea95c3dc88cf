"""Settings of families: their types and domains, and whom a name reaches."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from kapre_like.models.artifact.families import Family, Job
from kapre_like.models.artifact.registry import find
from kapre_like.models.artifact.settings import build, describe, nested, setting, to_json
from kapre_like.models.experiment.family_selection import (
    aliases,
    select_families,
    settings_by_alias,
)

JOB = Job("classify", 16000, None, None)


@dataclass(frozen=True)
class Some:
    rate: float = setting(0.1, above=0, below=1, help="a share")
    count: int | None = setting(None, min_value=1, max_value=9, help="a count")
    flag: bool = setting(True, help="a switch")
    word: str | None = setting(None, help="free text")
    either: int | str | None = setting(None, help="a number or a name")
    kind: str = setting("mean", choices=("mean", "median"), help="one of two")
    extra: dict = setting({}, help="anything else")


def made(**given):
    return build("some", Some, {key.replace("__", "."): v for key, v in given.items()})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate", "0.25", 0.25),
        ("rate", 0.5, 0.5),
        ("rate", np.float32(0.5), 0.5),
        ("count", "3", 3),
        ("count", np.int64(3), 3),
        ("count", "none", None),
        ("count", None, None),
        ("flag", "false", False),
        ("word", "12", "12"),
        ("word", "true", "true"),
        ("word", "none", None),
        ("word", "a/b.level", "a/b.level"),
        ("either", "4", 4),
        ("either", "last", "last"),
        ("kind", "median", "median"),
    ],
)
def test_text_and_numbers_become_the_declared_type(name, text, value):
    got = getattr(made(**{name: text}), name)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rate": 0}, r"some: `rate` must be a number > 0. Received: rate=0.0."),
        ({"rate": "1"}, r"`rate` must be a number < 1"),
        ({"rate": "much"}, r"`rate` must be of type float. Received: rate='much'."),
        ({"rate": True}, r"`rate` must be of type float"),
        ({"rate": float("nan")}, r"`rate` must be a finite number"),
        ({"count": 0}, r"`count` must be an int >= 1. Received: count=0."),
        ({"count": 10}, r"`count` must be an int <= 9"),
        ({"count": 2.5}, r"`count` must be of type int \| None. Received: count=2.5."),
        ({"flag": "1"}, r"`flag` must be of type bool"),
        ({"kind": "meen"}, r"must be one of 'mean', 'median'.*Did you mean 'mean'\?"),
        ({"kidn": "mean"}, r"there is no setting `kidn`. Did you mean `kind`\?"),
        ({"rate.a": 1}, r"there is no setting `rate.a`"),
        ({"zzz": 1}, r"Its settings are count, either, extra, flag, kind, rate, word."),
    ],
)
def test_what_is_outside_the_domain_is_refused_in_one_line(given, words):
    with pytest.raises(ValueError, match=words) as caught:
        build("some", Some, given)
    assert "\n" not in str(caught.value)


def test_a_dict_is_reached_by_dots_and_defaults_are_not_shared():
    first, second = made(extra__depth="4"), made()
    assert first.extra == {"depth": 4}
    assert second.extra == {}
    assert build("some", Some, to_json(first)) == first


@dataclass(frozen=True)
class Outer:
    share: float = setting(0.5, help="a share")
    inner: Any = nested("level", help="a family")


def test_a_nested_family_is_reached_by_dots_and_chosen_by_name():
    given = {"inner": "vgg", "inner.row": "vgg11", "share": "0.1"}
    got = build("outer", Outer, given, find)
    assert (got.inner.family, got.inner.settings.row) == ("vgg", "vgg11")
    assert build("outer", Outer, to_json(got), find) == got
    assert "inner.nearness" in [about.name for about in describe(Outer, find)]
    with pytest.raises(ValueError, match=r"outer.inner: there is no setting `row`"):
        build("outer", Outer, {"inner.row": "vgg11"}, find)


class One(Family):
    Settings = Some


class Two(Family):
    Settings = Outer


def test_a_name_reaches_everyone_who_has_it_and_an_alias_wins():
    classes = {"a": One, "b": One, "c": Two}
    dealt = settings_by_alias(
        classes, {"rate": 1, "b.rate": 2, "share": 3, "inner.nearness": 4}
    )
    assert dealt == {"a": {"rate": 1}, "b": {"rate": 2}, "c": {"share": 3, "inner.nearness": 4}}
    assert settings_by_alias(classes, {"b.rate": 2, "rate": 1}) == settings_by_alias(
        classes, {"rate": 1, "b.rate": 2}
    )
    with pytest.raises(ValueError, match=r"a, b, c: there is no setting `shar`.*`share`"):
        settings_by_alias(classes, {"shar": 1})


def test_families_go_by_aliases():
    assert aliases(["vgg", "a=probe", "fake_family:Level"]) == {
        "vgg": "vgg", "a": "probe", "Level": "fake_family:Level",
    }  # fmt: skip
    assert aliases({"x": "vgg"}) == {"x": "vgg"}
    with pytest.raises(ValueError, match=r"different names.*a=probe,b=probe"):
        aliases(["probe", "probe"])
    with pytest.raises(ValueError, match="a list of names"):
        aliases("vgg")


def test_python_raises_the_errors_of_the_command_line():
    flat = select_families(
        ["a=level", "pair"], {"a.nearness": 3, "pair.heavy.nearness": 4}, JOB
    )
    deep = select_families(
        ["a=level", "pair"], {"a": {"nearness": 3}, "pair": {"heavy": {"nearness": 4}}}, JOB
    )
    assert flat == deep
    assert flat["a"].settings["nearness"] == 3.0
    assert flat["pair"].settings["heavy.nearness"] == 4.0
    with pytest.raises(ValueError, match="`settings` must be a dict"):
        select_families(["level"], ["nearness=3"], JOB)


@pytest.mark.parametrize(
    ("model", "job", "words"),
    [
        ("wav2vec2", JOB._replace(sample_rate=8000), "takes 16000 Hz only"),
        ("vgg", JOB._replace(task="transcribe"), "does not transcribe; it can classify"),
    ],
)
def test_a_family_that_cannot_do_the_job_is_refused(model, job, words):
    pytest.importorskip("tensorflow")
    with pytest.raises(ValueError, match=words):
        select_families([model], None, job)
