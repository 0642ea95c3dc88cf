"""docs/kapre.md: its Python, its tables and its links are right."""

import inspect
import re

import keras
import numpy as np
import pytest
from doc_pages import DOCS, check_python, links, read_page
from tolerances import FLOAT32_LONG

import kapre_like
from kapre_like import kapre

PAGE = read_page("kapre.md")


def table(heading):
    """The rows of the table under a heading, as lists of cells."""
    part = PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_its_python_prints_what_its_comments_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = check_python(PAGE, capsys)
    # The report, as the page shows its first line of use.
    assert "magnitude: Magnitude() -> Magnitude(). Same numbers." in PAGE
    assert names["pcen"].shape == names["normal"].shape


def native_names(cell):
    """Names called or alone in the code of a cell, that could be this library's."""
    return re.findall(r"(?<![.\w])([A-Z]\w+)(?=\(|`)", cell)


@pytest.mark.parametrize("heading", ["From Kapre 0.4", "From Kapre 0.1"])
def test_the_native_side_of_every_row_exists(heading):
    rows = table(heading)
    assert len(rows) > 15
    for _, cell in rows:
        for name in native_names(cell):
            assert name in kapre_like.layers.__all__, name
        for name, arguments in re.findall(r"(?<![.\w])([A-Z]\w+)\(([^()]*)\)", cell):
            known = inspect.signature(getattr(kapre_like.layers, name)).parameters
            for argument in re.findall(r"(\w+)=", arguments):
                assert argument in known, f"{name}({argument})"


def test_every_public_name_of_kapre_is_in_the_first_table():
    left = " ".join(cell for cell, _ in table("From Kapre 0.4"))
    for name in kapre.__all__:
        if name[0].isupper() or name.startswith("get_"):
            assert name in left or name == "VERSION"


def test_the_rows_with_padding_and_windows_give_kapres_numbers():
    x = np.random.default_rng(0).standard_normal((1, 1500, 1)).astype("float32")
    pair = kapre_like.Chain(
        layers=[
            kapre_like.Pad(before=256 - 64, after=255),
            kapre_like.STFT(n_fft=256, hop_length=64, center=False),
        ]
    )
    old = kapre.STFT(256, None, 64, pad_begin=True, pad_end=True)
    np.testing.assert_allclose(
        *map(keras.ops.convert_to_numpy, (pair(x), old(x))), atol=FLOAT32_LONG
    )
    rebuilt = kapre_like.InverseSTFT(n_fft=256, hop_length=64, length=1500)(
        kapre_like.STFT(n_fft=256, hop_length=64)(x)
    )
    np.testing.assert_allclose(keras.ops.convert_to_numpy(rebuilt), x, atol=FLOAT32_LONG)


@pytest.mark.parametrize("link", links(PAGE))
def test_every_link_leads_somewhere(link):
    assert (DOCS / link).exists()
