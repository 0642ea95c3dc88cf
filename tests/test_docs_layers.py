"""The site has a page for every public layer, made from the layer itself."""

import inspect
import re

import numpy as np
import pytest
from docstring_sections import read_docstring
from layer_examples import ROOT, layer_class, run_example
from layer_pages import (
    export_facts,
    layer_page,
    streaming_condition,
    streaming_facts,
    trainable_facts,
)

import kapre_like
from kapre_like import augment
from kapre_like._layer_table import ROWS
from kapre_like.streaming import stages

# How an `Output shape` section names the unit of the values.
_UNIT = re.compile(
    r"\bunits?\b|\bdB\b|\bHz\b|LUFS|radians|logarithm|codes|Same (as|structure)|That of"
)


@pytest.mark.parametrize("name", ROWS)
def test_the_page_of_a_layer_has_what_its_docstring_has(name):
    run = run_example(name)
    assert np.isfinite(run.result).all()
    page = layer_page(name, run, f"{name}.png")
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    wanted = (
        "Formula",
        "Arguments",
        "Shapes",
        "On a recording",
        "Raises",
        "Example",
        "Trainable",
        "Export",
        "Streaming",
    )
    assert [heading for heading in headings if heading in wanted] == list(wanted)
    about = read_docstring(type(run.layer))
    assert all(f"- `{argument}`: " in page for argument, _ in about.entries("Args"))
    assert str(tuple(run.result.shape)) in page
    assert headings[-1] == "Source"


@pytest.mark.parametrize("name", ROWS)
def test_the_docstring_of_a_layer_has_a_formula_a_unit_and_a_source(name):
    about = read_docstring(layer_class(name))
    assert about.defines_output(), f"write `y = ...` into the text: {about.formulas()}"
    assert _UNIT.search(about.sections["Output shape"]), "name the unit of the output"
    assert about.sections.get("Source"), "name the source of the formula"


@pytest.mark.parametrize("name", ROWS)
def test_the_docstring_of_a_layer_lists_its_arguments_in_order(name):
    listed = [argument for argument, _ in read_docstring(layer_class(name)).entries("Args")]
    parameters = inspect.signature(layer_class(name)).parameters
    assert listed == [*(key for key in parameters if key != "kwargs"), "**kwargs"]


def test_a_page_without_a_formula_is_an_error(monkeypatch):
    class Silent:
        """Has no formula.

        `top_db=None` is a setting, and `n = 3` is an equation of no output.
        """

    monkeypatch.setattr("layer_pages.layer_class", lambda name: Silent)
    with pytest.raises(ValueError, match=r"Silent: the docstring must have a formula"):
        layer_page("Silent", None, "Silent.png")


@pytest.mark.parametrize("name", sorted(augment.LAYERS))
def test_the_example_of_an_augmentation_changes_the_recording(name):
    run = run_example(name)
    changed = run.given.shape != run.result.shape or not np.allclose(run.given, run.result)
    assert changed, "its picture would show the same sound twice"


def test_a_page_lists_the_trainable_weights():
    assert "no trainable weights" in trainable("Gain")
    assert "those of the layers inside" in trainable("Chain")
    assert "`kernel`, `bias`" in trainable("FrequencyAwareConv2D")
    assert "`learn_stft` and `learn_mel` select" in trainable("MFCC")
    assert "`center`, `width`" in trainable("GaborFrontEnd")


def trainable(name):
    return trainable_facts(read_docstring(layer_class(name)), run_example(name).layer)


@pytest.mark.parametrize("name", sorted({*stages.FRAMING, *stages.FRAMES}))
def test_a_page_names_the_arguments_that_streaming_needs(name):
    def stream(**changes):
        before = [] if name in stages.FRAMING else [kapre_like.StftMagnitude(n_fft=512)]
        arguments = {**ROWS[name].example, **changes}
        kapre_like.Streaming([*before, layer_class(name)(**arguments)])

    accepted = inspect.signature(layer_class(name)).parameters
    changes = {"decibel": True} if "decibel" in accepted else {}
    condition = streaming_condition(name)
    if not condition:
        return stream(**changes)
    with pytest.raises(ValueError, match=f"Streaming: {name} must not depend"):
        stream(**changes)
    fix = {"top_db": None} if "`top_db=None`" in condition else {"mode": "dataset"}
    return stream(**changes, **fix)


def test_equations_are_found_and_settings_are_not():
    about = read_docstring(kapre_like.PCEN)
    assert "m[t] = (1 - b) * m[t - 1] + b * s[t]" in about.formulas()
    assert not any("start=" in formula for formula in about.formulas())


def test_an_entry_of_several_lines_is_one_line():
    entries = dict(read_docstring(kapre_like.STFT).entries("Args"))
    assert entries["window"].endswith("an array of `win_length` numbers.")
    assert entries["output"] == '`"complex"`, or `"real_imag"` for a last axis of 2.'


def test_a_page_has_the_exports_and_streaming_of_the_code():
    table = (ROOT / "docs/export.md").read_text("utf-8")
    rows = [line for line in export_facts("STFT").splitlines() if line.startswith("| `STFT`")]
    assert len(rows) == table.count("\n| `STFT` |") > 1
    # Markdown shows a table only if all its lines have the same number of columns.
    assert len({line.count("|") for line in export_facts("STFT").splitlines()}) == 1
    for name in (*stages.SAMPLES, *stages.FRAMING, *stages.FRAMES):
        assert "accepts this layer" in streaming_facts(name)
    with pytest.raises(ValueError, match="CQT"):
        kapre_like.Streaming(kapre_like.CQT())
    assert "does not accept" in streaming_facts("CQT")
