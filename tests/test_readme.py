"""What README and Makefile tell people to type: it parses, and the Python runs."""

import pathlib
import re
import shlex

import keras
import numpy as np
import pytest

from kapre_like.models.cli.main import main

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    typed = re.findall(r"^    (kapre-like .*?)(?:  +#.*)?$", README, re.MULTILINE)
    typed += re.findall(r"^\t\S*/(kapre-like .*)$", MAKEFILE, re.MULTILINE)
    # What make fills in: any word will do.
    return [re.sub(r"\$\(if.*?\)\)|\$\(\w+\)", "", line) for line in typed]


@pytest.mark.parametrize("command", commands())
def test_a_command_that_is_written_down_is_understood(command, capsys):
    # An option that nobody knows is refused last, after all else was understood.
    with pytest.raises(SystemExit):
        main([*shlex.split(command)[1:], "--no-such-option"])
    problem = capsys.readouterr().err.splitlines()[-1]
    assert "unrecognized arguments: --no-such-option" in problem


def test_the_model_of_the_readme_takes_sound_of_any_length_and_is_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in PYTHON if "keras.Model" in block]
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4000, 1)).astype("float32")
    expected = keras.ops.convert_to_numpy(names["model"](sound))
    assert expected.shape == (2, 10)
    loaded = keras.ops.convert_to_numpy(names["loaded"](sound))
    # The same file of weights on the same backend.
    np.testing.assert_allclose(loaded, expected, atol=1e-6)


def test_every_file_that_the_readme_links_to_exists():
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
