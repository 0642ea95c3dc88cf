"""The site has a page for every public layer, made from the layer itself."""

import numpy as np
import pytest
from docstring_sections import read_docstring
from layer_examples import ROOT, run_example
from layer_pages import export_facts, layer_page, streaming_facts

import kapre_like
from kapre_like import augment
from kapre_like._layer_table import ROWS
from kapre_like._streaming import stages


@pytest.mark.parametrize("name", ROWS)
def test_the_page_of_a_layer_has_what_its_docstring_has(name):
    run = run_example(name)
    assert np.isfinite(run.result).all()
    page = layer_page(name, run, f"{name}.png")
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    wanted = (
        "Arguments",
        "Shapes",
        "On a recording",
        "Raises",
        "Example",
        "Export",
        "Streaming",
    )
    assert [heading for heading in headings if heading in wanted] == list(wanted)
    about = read_docstring(type(run.layer))
    assert all(f"- `{argument}`: " in page for argument, _ in about.entries("Args"))
    assert str(tuple(run.result.shape)) in page
    assert ("Source" in headings) == bool(about.sections.get("Source"))


@pytest.mark.parametrize("name", sorted(augment.LAYERS))
def test_the_example_of_an_augmentation_changes_the_recording(name):
    run = run_example(name)
    changed = run.given.shape != run.result.shape or not np.allclose(run.given, run.result)
    assert changed, "its picture would show the same sound twice"


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
    for name in (*stages.SAMPLES, *stages.FRAMING, *stages.FRAMES):
        assert "accepts this layer" in streaming_facts(name)
    with pytest.raises(ValueError, match="CQT"):
        kapre_like.Streaming(kapre_like.CQT())
    assert "does not accept" in streaming_facts("CQT")
