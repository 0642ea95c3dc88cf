"""The registry of families: by name, by place, and what it says when one is missing."""

import sys

import fake_family
import pytest

from kapre_like.models.artifact import families


def test_a_family_of_ones_own_is_named_by_where_it_lives():
    assert families.family("fake_family:Level") is fake_family.Level
    assert families.folder_name("fake_family:Level") == "Level"
    assert families.folder_name("vgg") == "vgg"


@pytest.mark.parametrize("name", ["catboost", "", "vgg:", "a b:C", None])
def test_an_unknown_family_lists_the_known(name):
    with pytest.raises(ValueError, match=r"Use one of: boosted, probe, .*vgg"):
        families.family(name)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("boosted", "catboost", "catboost"), ("vgg", "tensorflow", "tensorflow")],
)
def test_a_missing_package_names_the_extra(name, package, extra, monkeypatch):
    monkeypatch.setattr(families, "find_spec", lambda asked: None if asked == package else True)
    with pytest.raises(ImportError, match=rf"pip install 'kapre-like\[{extra}\]'"):
        families.check_family(name)


def test_a_package_missing_only_deep_inside_names_the_extra_too(monkeypatch):
    monkeypatch.setitem(families.FAMILIES, "deep", "needs_catboost:Model")
    monkeypatch.setitem(sys.modules, "catboost", None)
    monkeypatch.setattr(families, "import_module", lambda _: __import__("catboost"))
    with pytest.raises(ImportError, match=r"kapre-like\[catboost\]"):
        families.family("deep")
