"""`pretrain`: a folder of sound without labels becomes a checkpoint that others read."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
import soundfile
from backend_tools import untraced

from kapre_like.audio.scan import scan
from kapre_like.models import load_model, predict, pretrain
from kapre_like.models.cli.main import main
from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    from_huggingface,
    to_huggingface,
    wav2vec2,
)
from kapre_like.models.wav2vec2.pretraining.run import (
    PretrainingSettings,
    cut,
    pretrain_table,
)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Five files of noise at several depths and rates, and one that is none."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for i, (place, rate, seconds) in enumerate(
        [("a.wav", 8000, 0.5), ("x/b.flac", 44100, 0.4), ("x/y/c.wav", 16000, 1.3),
         ("x/d.wav", 16000, 0.6), ("z/e.wav", 16000, 0.3)]
    ):  # fmt: skip
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        tone = np.sin(np.arange(round(seconds * rate)) * (i + 1) * 0.1)
        soundfile.write(folder / place, 0.3 * tone * rng.uniform(0, 1, len(tone)), rate)
    (folder / "x" / "broken.wav").write_bytes(b"RIFF")
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A checkpoint of few numbers, with a pretraining head."""
    config = Wav2Vec2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8, 8, 8), conv_kernel=(10, 8, 5), conv_stride=(10, 8, 4),
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        num_codevectors_per_group=4, codevector_dim=8, proj_codevector_dim=8,
        num_negatives=5, layerdrop=0.0, hidden_dropout=0.0, activation_dropout=0.0,
        attention_dropout=0.0, final_dropout=0.0,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("start") / "hf"
    to_huggingface(wav2vec2(config, "pretrain", seed=0), folder)
    return folder


@pytest.fixture(scope="module")
def trained(sounds, start, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "out"
    said = []
    with untraced():
        recipe = pretrain(
            sounds, out=out, seconds=0.5, on_error="skip", log=said.append,
            settings={"checkpoint": str(start), "steps": 3, "batch_size": 3, "rate": 1e-3},
        )  # fmt: skip
    return out, recipe, said


def test_a_folder_without_classes_becomes_a_checkpoint(trained):
    out, recipe, said = trained
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "recipe.json"} == {
        path.name for path in out.iterdir()
    }
    assert recipe == json.loads((out / "recipe.json").read_text())
    assert (recipe["task"], recipe["trained_on"]["n"]) == ("pretrain", 5)
    assert [entry["path"].endswith("broken.wav") for entry in recipe["skipped"]] == [True]
    # Six pieces, for 1.3 s are two of them: two batches, and of the second epoch one.
    curves = recipe["settings"]["history"]
    assert {len(curve) for curve in curves.values()} == {2}
    assert {"loss", "accuracy", "contrastive_loss", "diversity_loss", "perplexity"} == {
        name.removeprefix("train_") for name in curves
    }
    assert sum(line.startswith("epoch ") and "perplexity" in line for line in said) == 2


def test_others_read_the_checkpoint(trained):
    out, *_ = trained
    fresh = []
    model = from_huggingface(
        out, "classify", labels=2, report=lambda loaded: fresh.extend(loaded.fresh)
    )
    assert model.output_shape == (None, 2)
    assert all(name.startswith(("projector", "classifier")) for name in fresh)
    assert "quantizer" in {layer.name for layer in load_model(out).layers}
    with pytest.raises(ValueError, match="kapre-like train"):
        predict(out, ["x.wav"])
    transformers = pytest.importorskip("transformers")
    _, info = transformers.Wav2Vec2ForPreTraining.from_pretrained(out, output_loading_info=True)
    assert not any(info[name] for name in ("missing_keys", "unexpected_keys"))


def settings(start, **changes):
    facts = {
        "checkpoint": str(start), "sample_rate": 16000, "seconds": 0.5, "batch_size": 3,
        "rate": 1e-2, "epochs": 2, "steps": None, "minutes": None, "seed": 1,
    }  # fmt: skip
    return PretrainingSettings(**{**facts, **changes})


@pytest.mark.usefixtures("eagerly")
@pytest.mark.slow
def test_a_run_cut_off_goes_on_and_ends_as_one_that_was_not(sounds, start, tmp_path):
    table = pd.DataFrame({"path": sorted(map(str, sounds.rglob("*.wav")))})
    table = table.assign(start_s=np.nan, end_s=np.nan)
    table = scan(table, sample_rate=16000, on_error="skip").table

    def run(name, **changes):
        return pretrain_table(
            table, settings(start, **changes), folder=tmp_path / name, log=lambda line: None
        )

    whole, progress = run("whole")
    # The minutes are over before the second epoch; with more minutes the training continues.
    assert run("cut", minutes=1e-6)[1].epoch == 1
    again, resumed = run("cut")
    assert progress.history == resumed.history
    for one, other in zip(whole.weights, again.weights, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (one, other)))
    # The temperature came down while it trained.
    temperature = float(whole.get_layer("quantizer").current_temperature())
    assert temperature == pytest.approx(0.5)


def test_long_clips_are_cut_into_pieces_that_cover_them():
    table = pd.DataFrame(
        {"path": ["a", "b"], "start_s": [np.nan, 2.0], "end_s": [np.nan, 12.0],
         "duration_s": [1.9, 10.0]}
    )  # fmt: skip
    pieces = cut(table, 3.0)
    assert list(pieces["path"]) == ["a", "b", "b", "b"]
    assert np.isnan(pieces["start_s"][0])
    np.testing.assert_allclose(pieces["start_s"][1:], [2, 2 + 10 / 3, 2 + 20 / 3])
    np.testing.assert_allclose(pieces["end_s"][1:], [2 + 10 / 3, 2 + 20 / 3, 12])
    assert (pieces["duration_s"][1:] >= 3).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "0"], "`epochs`"), (["--set", "steps=-1"], "`steps`"),
        (["--set", "minutes=nan"], "`minutes`"), (["--seconds", "0"], "`seconds`"),
        (["--set", "batch_size=0"], "`batch_size`"), (["--set", "rate=inf"], "`rate`"),
        (["--set", "rat=1"], "Did you mean `rate`?"),
        (["--model", "vgg"], "does not support pretraining"),
        (["--sample-rate", "0"], "`sample_rate`"), (["--seed", "-1"], "`seed`"),
        (["--set", "checkpoint=./nowhere"], "path_or_name"), ([], "broken.wav"),
    ],
)  # fmt: skip
def test_bad_options_and_files_are_one_line(sounds, tmp_path, capsys, options, words):
    arguments = ["pretrain", str(sounds), "--out", str(tmp_path / "o"), *options]
    if "checkpoint=./nowhere" in options:
        arguments += ["--on-error", "skip"]
    assert main(arguments) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if not x.startswith(("read", " "))]
    assert words in lines[-1]
    assert not (tmp_path / "o").exists()


def test_a_checkpoint_of_another_rate_is_refused(sounds, start, tmp_path):
    with pytest.raises(ValueError, match="trained at 16000 Hz"):
        pretrain(
            sounds,
            out=tmp_path / "o",
            sample_rate=8000,
            on_error="skip",
            settings={"checkpoint": str(start)},
        )
    assert not (tmp_path / "o").exists()


def test_a_folder_without_sound_and_a_manifest_without_labels(tmp_path, sounds):
    with pytest.raises(ValueError, match="holds no audio file"):
        pretrain(tmp_path, out=tmp_path / "o")
    with pytest.raises(ValueError, match="Check the path"):
        pretrain(tmp_path / "nothing", out=tmp_path / "o")
    (tmp_path / "m.csv").write_text(f"file,start\n{sounds / 'a.wav'},x\n")
    with pytest.raises(ValueError, match="start"):
        pretrain(
            tmp_path / "m.csv", out=tmp_path / "o", path_column="file", start_column="start"
        )
