"""Families by name and by place, what they declare, and the error if one is missing."""

import dataclasses
import subprocess
import sys
from importlib import metadata

import fake_family
import pytest

from kapre_like.models.artifact import registry
from kapre_like.models.artifact.settings import NoSettings, describe

ENTERED = metadata.entry_points(group=registry.GROUP)
OURS = sorted(entry.name for entry in ENTERED if entry.value.startswith("kapre_like."))


def test_a_family_is_found_by_entry_point_and_by_place():
    assert registry.family("level") is fake_family.Level
    assert registry.family("fake_family:Level") is fake_family.Level
    assert registry.folder_name("fake_family:Level") == "Level"
    assert registry.folder_name("vgg") == "vgg"


@pytest.mark.parametrize("name", ["catboost", "", "vgg:", "a b:C", None])
def test_an_unknown_family_lists_the_known(name):
    with pytest.raises(ValueError, match=r"Use one of: .*boosted, .*probe, .*vgg"):
        registry.family(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.at_all:Model", "there is no module 'nowhere'"),
        ("fake_family:Nothing", "the module fake_family has no 'Nothing'"),
    ],
)
def test_the_error_for_a_missing_class_names_it(name, words):
    with pytest.raises(ValueError, match=words):
        registry.family(name)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("boosted", "catboost", "catboost"), ("vgg", "tensorflow", "tensorflow")],
)
def test_a_missing_package_names_the_extra(name, package, extra, monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda asked: None if asked == package else True)
    with pytest.raises(ImportError, match=rf"pip install 'kapre-like\[{extra}\]'"):
        registry.family(name)
    (one,) = [one for one in registry.listed() if one.name == name]
    assert package in one.trouble
    assert one.family is not None


def test_a_family_that_cannot_be_imported_does_not_hide_the_others(monkeypatch):
    def broken(name):
        if name == "level":
            raise RuntimeError("half installed")
        return real(name)

    real = registry.find
    monkeypatch.setattr(registry, "find", broken)
    found = {one.name: one for one in registry.listed()}
    assert found["level"].trouble == "RuntimeError: half installed"
    assert found["vgg"].family is not None


@pytest.mark.parametrize("name", OURS)
def test_every_setting_has_a_type_a_line_of_help_and_a_default_of_its_domain(name):
    cls = registry.find(name)
    assert dataclasses.is_dataclass(cls.Settings)
    assert cls.Settings is not NoSettings
    for about in describe(cls.Settings, registry.find):
        assert about.help, about.name
        assert "\n" not in about.help
        assert about.choices is None or about.default in about.choices
    assert cls.name == name
    assert cls.summary
    # A family made of others needs what they need, and no more.
    made_of = [f for f in dataclasses.fields(cls.Settings) if f.metadata.get("nested")]
    assert cls.needs or made_of
    assert made_of or cls.install.startswith("kapre-like[")


def test_listing_the_families_imports_nothing_heavy():
    code = (
        "import sys\nfrom kapre_like.models.artifact.registry import listed\n"
        "from kapre_like.models.experiment.listing import families\nfamilies()\n"
        "heavy = {'keras', 'tensorflow', 'torch', 'jax', 'catboost', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
