"""`kapre-like show --augment`: a picture and two sounds, before and after a recipe."""

import pathlib

import numpy as np
import pytest
import soundfile

from kapre_like.models.cli.main import main

CLIPS = pathlib.Path(__file__).resolve().parents[1] / "examples/data/spoken_digits/clips"
FILE = CLIPS / "3/s21-0.flac"


def show(out, recipe, *more):
    command = ["show", str(FILE), "--augment", str(recipe), "--out", str(out), *more]
    return main(command)


def samples(path):
    return soundfile.read(path, dtype="float32")


def test_a_picture_and_both_sounds_are_written_and_named(tmp_path, capsys):
    assert show(tmp_path / "X.png", "street") == 0
    written = ["X.png", "X-before.wav", "X-after.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
    lines = [line for line in capsys.readouterr().err.splitlines() if "wrote" in line]
    assert lines == [f"wrote {tmp_path / name}" for name in written]
    assert (tmp_path / "X.png").read_bytes().startswith(b"\x89PNG")
    sound, rate = samples(FILE)
    before, before_rate = samples(tmp_path / "X-before.wav")
    after, after_rate = samples(tmp_path / "X-after.wav")
    assert (before_rate, after_rate) == (rate, rate)
    np.testing.assert_array_equal(before, sound)
    # No layer of `light` changes the length.
    assert after.shape == sound.shape
    assert not np.array_equal(after, sound)


def test_the_seed_repeats_the_changes_and_another_one_does_not(tmp_path):
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert show(tmp_path / f"{name}.png", "street", "--seed", seed) == 0
    first, again, other = (samples(tmp_path / f"{name}-after.wav")[0] for name in "abc")
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_sound_after_a_faster_speed_is_as_long_as_it_sounds(tmp_path):
    recipe = tmp_path / "faster.yaml"
    recipe.write_text("waveform: [SpeedPerturb: {speeds: [2.0]}]", "utf-8")
    assert show(tmp_path / "X.png", recipe) == 0
    sound, _ = samples(FILE)
    assert abs(len(samples(tmp_path / "X-after.wav")[0]) - len(sound) / 2) <= 1


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("stret", "must be one of environment, far-field, light, speech, street, telephone"),
        ("stret.yaml", "there is no file stret.yaml"),
    ],
)
def test_an_unknown_recipe_is_one_line_and_exit_code_2(recipe, words, tmp_path, capsys):
    assert show(tmp_path / "X.png", recipe) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert list(tmp_path.iterdir()) == []
