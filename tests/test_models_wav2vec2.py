"""The Wav2Vec2 family: from a checkpoint and without, through every command and past a kill."""

import json
import warnings

import numpy as np
import pytest
from backend_tools import untraced
from small_corpus import write_corpus
from tolerances import FLOAT32
from wav2vec2_checkpoints import save

import kapre_like
from kapre_like.audio import read
from kapre_like.audio.manifest import read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models import compare, evaluate, export, predict, train
from kapre_like.models.artifact.registry import family
from kapre_like.models.cli.main import main
from kapre_like.models.wav2vec2.family.family import Wav2Vec2Model
from kapre_like.models.wav2vec2.family.settings import Wav2Vec2Settings

pytest.importorskip("tensorflow")
SPLITS = ["train"] * 4 + ["valid"] * 2 + ["test"]
# Two blocks of few channels: a step takes milliseconds.
SIZE = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 24, "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 8, "layerdrop": 0.0, "mask_time_length": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("tones"), speakers=7, splits=SPLITS)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint") / "group"
    save(folder, size=SIZE)
    return str(folder)


@pytest.fixture(scope="module")
def tables(data):
    table = scan(read_dataset(data, task="classify"), sample_rate=16000).table
    return [table[table["split"] == name].reset_index(drop=True) for name in ("train", "valid")]


def recipe(**changes):
    facts = {
        "format": 2, "family": "wav2vec2", "task": "classify", "class_names": ["high", "low"],
        "sample_rate": 16000, "seconds": None, "seed": 3, "epochs": 3,
    }  # fmt: skip
    return {**facts, **changes}


def tune(tables, folder, checkpoint, log=lambda line: None, *, settings=None, **changes):
    with warnings.catch_warnings():
        # Nothing is learned in so few steps, and a warning is logged.
        warnings.filterwarnings("ignore", message="the wav2vec2 model has collapsed")
        return Wav2Vec2Model.train(
            *tables, recipe=recipe(**changes), folder=folder, log=log,
            settings=Wav2Vec2Settings(checkpoint=checkpoint, **(settings or {})),
        )  # fmt: skip


@pytest.fixture(scope="module")
def whole(tables, tmp_path_factory, checkpoint):
    lines = []
    folder = tmp_path_factory.mktemp("whole")
    with untraced():
        return tune(tables, folder, checkpoint, lines.append), lines


def test_stages_follow_each_other_and_are_written_down(whole, checkpoint):
    model, lines = whole
    assert "FRESH, so untrained" in lines[0]
    assert [line.split(" train_")[0] for line in lines[1:5]] == [
        "head: epoch 1/1", "body: epoch 1/1", "second cycle: all 24 clips, epochs: 1",
        "all clips: body: epoch 1/1",
    ]  # fmt: skip
    settings = model.recipe["settings"]
    assert settings["checkpoint"] == checkpoint
    assert len(settings["checkpoint_digest"]) == 16
    assert settings["freeze_feature_encoder"]
    assert settings["head_epochs"] == 1
    assert len(model.history["valid_loss"]) == len(model.history["valid_top_class"]) == 2
    assert len(model.history["train_loss"]) == 3
    best = int(np.argmin(model.history["valid_loss"])) + 1
    assert settings["best_epoch"] == best
    json.dumps(model.recipe)


def test_the_feature_encoder_stays_and_the_rest_moves(whole, checkpoint):
    from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

    model, _ = whole
    before = from_huggingface(checkpoint)
    for name, moved in (("conv_0", False), ("conv_6", False), ("block_1", True)):
        pairs = zip(
            model.model.get_layer(name).get_weights(),
            before.get_layer(name).get_weights(),
            strict=True,
        )
        assert any(np.abs(a - b).max() > 0 for a, b in pairs) == moved, name


@pytest.mark.parametrize("last", ["head: epoch 1/1", "body: epoch 1/2"])
@pytest.mark.slow
def test_a_killed_run_goes_on_in_any_stage(whole, tables, tmp_path, checkpoint, last):
    class Killed(BaseException):
        pass

    def log(line):
        if line.startswith(last):
            raise Killed

    with pytest.raises(Killed):
        tune(tables, tmp_path, checkpoint, log)
    lines = []
    resumed = tune(tables, tmp_path, checkpoint, lines.append)
    assert lines[1].startswith("head: resuming after epoch 1")
    assert len([line for line in lines if ": epoch " in line]) == (2 if "head" in last else 1)
    expected, _ = whole
    for name, values in expected.history.items():
        # Sums in threads differ in their last bits.
        np.testing.assert_allclose(resumed.history[name], values, rtol=1e-3, atol=1e-4)
    for a, b in zip(resumed.model.weights, expected.model.weights, strict=True):
        # Adam makes whole steps of 1e-4 of what is nothing but rounding, as the gradient of
        # a key's bias is: that is let out, and a few values elsewhere.
        if "float" in str(a.dtype) and not a.path.endswith("k_proj/bias"):
            assert np.median(np.abs(a.numpy() - b.numpy())) < 2e-5, a.path


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_what_is_saved_is_float32(
    tables, tmp_path, checkpoint, precision
):
    import keras

    settings = {"precision": precision, "gradient_checkpointing": True, "accumulate": 2}
    model = tune(tables, tmp_path, checkpoint, settings=settings, epochs=1)
    assert keras.config.dtype_policy().name == "float32"
    assert {layer.dtype_policy.name for layer in model.model.layers} == {"float32"}
    assert np.isfinite(model.history["train_loss"][0])
    assert not model.model.get_layer("block_0").gradient_checkpointing


@pytest.mark.slow
def test_scores_are_in_the_labels_own_unit(tables, tmp_path, checkpoint):
    scored = [t.assign(label=np.where(t["label"] == "low", 500.0, 1500.0)) for t in tables]
    facts = {"task": "regress", "class_names": None, "epochs": 2}
    model = tune(scored, tmp_path, checkpoint, settings={"head_epochs": 0}, **facts)
    got = model.predict([read(path, sample_rate=16000) for path in tables[1]["path"]])
    assert got.shape == (8,)
    assert abs(got.mean() - 1000) < 3 * 500  # three deviations: it has hardly learned
    # In units of the labels' variance.
    assert model.history["train_loss"][0] < 10


@pytest.mark.slow
def test_a_warning_is_logged_if_all_outputs_are_the_same(tables, tmp_path, checkpoint):
    lines = []
    # At such a rate only the head's offsets count, for any clip.
    settings = {"head_rate": 100.0, "rate": 1e-3, "head_epochs": 0}
    skewed = [t.assign(label=["low"] * (len(t) - 1) + ["high"]) for t in tables]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = Wav2Vec2Model.train(
            *skewed, recipe=recipe(epochs=1), folder=tmp_path, log=lines.append,
            settings=Wav2Vec2Settings(checkpoint=checkpoint, **settings),
        )  # fmt: skip
    messages = [str(w.message) for w in caught if "has collapsed" in str(w.message)]
    assert messages == [lines[-1]]
    assert "low, is 87.5% of them" in messages[0]
    assert model.recipe["settings"]["collapsed"]
    assert lines[1].endswith("predictions are constant")
    assert model.recipe["settings"]["notes"] == [lines[-1]]


@pytest.mark.slow
def test_without_a_checkpoint_there_is_a_note(data, tmp_path, capsys):
    out = tmp_path / "m"
    arguments = ["train", str(data), "--model", "wav2vec2", "--epochs", "1", "--out", str(out)]
    for one in ("feature_encoder=logmel", "accumulate=2", "precision=mixed_bfloat16",
                "gradient_checkpointing=true"):  # fmt: skip
        arguments += ["--set", one]
    assert main(arguments) == 0
    err = capsys.readouterr().err
    assert "not a pretrained model" in err
    recipe = json.loads((out / "recipe.json").read_text())
    assert "not a pretrained model" in recipe["settings"]["notes"][0]
    assert recipe["settings"]["checkpoint"] is None
    assert not recipe["settings"]["freeze_feature_encoder"]
    assert recipe["settings"]["head_epochs"] == 0
    assert recipe["settings"]["accumulate"] == 2
    assert recipe["settings"]["precision"] == "mixed_bfloat16"
    assert recipe["settings"]["gradient_checkpointing"] is True
    kinds = [type(layer).__name__ for layer in kapre_like.load_model(out).model.layers]
    assert "FrontEndFeatures" in kinds
    assert "FeatureConvolution" not in kinds
    assert not (out / ".training").exists()


@pytest.mark.slow
def test_a_trained_folder_serves_every_command(data, checkpoint, tmp_path):
    out = tmp_path / "m"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the wav2vec2 model has collapsed")
        recipe = train(
            data, model="wav2vec2", out=out, epochs=1, seconds=0.3,
            settings={"checkpoint": checkpoint, "upper": 1, "batch_size": 3},
        )  # fmt: skip
    assert recipe["files"] == ["model.keras"]
    assert (recipe["settings"]["upper"], recipe["settings"]["batch_size"]) == (1, 3)
    files = sorted(data.parent.glob("*_6_*.flac"))
    expected = predict(out, files)
    assert set(expected[0]["probabilities"]) == {"high", "low"}
    assert evaluate(out, data)["n"] == len(files)
    facts = kapre_like.metadata(out / "model.keras")
    assert (facts["task"], facts["sample_rate"]) == ("classify", 16000)
    assert facts["class_names"] == ["high", "low"]
    assert facts["recipe"]["settings"]["checkpoint"] == checkpoint
    again = predict(out / "model.keras", files)
    export(out, out=tmp_path / "saved")
    served = predict(tmp_path / "saved", files)
    for one, other in zip(expected * 2, again + served, strict=True):
        assert one["label"] == other["label"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)
    assert isinstance(kapre_like.load_model(out), Wav2Vec2Model)
    # The trained network can be written for transformers, and used for embeddings.
    from kapre_like.models.embeddings import embedding_table
    from kapre_like.models.wav2vec2 import from_huggingface, to_huggingface

    to_huggingface(kapre_like.load_model(out).model, tmp_path / "hf")
    assert from_huggingface(tmp_path / "hf", "classify").output_shape == (None, 2)
    clip = read(files[0], sample_rate=16000)[None]
    states = from_huggingface(tmp_path / "hf")([clip, np.array([clip.shape[1]], "int32")])
    (row,), _ = embedding_table(files[:1], out, statistics="mean", cache=False)
    np.testing.assert_allclose(row, np.mean(states, axis=(0, 1)), rtol=0, atol=FLOAT32)


def test_a_batch_holds_clips_of_like_length(tables, tmp_path, checkpoint, monkeypatch):
    class Reached(Exception):
        pass

    def keep(model, pipeline, *args, **kwargs):
        del model, args, kwargs
        raise Reached(pipeline)

    monkeypatch.setattr("kapre_like.models.training.finetuning.training.fine_tune", keep)
    with pytest.raises(Reached) as reached:
        tune(tables, tmp_path, checkpoint, settings={"batch_size": 4})
    (pipeline,) = reached.value.args
    # Two lengths, 0.3 and 0.35 s, as often: no batch of four has both.
    batches = [np.asarray(x[1]) for epoch in range(2) for x, _ in pipeline.epoch(epoch)]
    assert {len(set(lengths.tolist())) for lengths in batches} == {1}
    assert len({int(lengths[0]) for lengths in batches}) == 2


@pytest.mark.slow
def test_a_comparison_of_three_families(data, checkpoint, tmp_path):
    pytest.importorskip("catboost")
    out, lines = tmp_path / "c", []
    result = compare(
        data, models=["boosted", "vgg", "wav2vec2"], out=out, epochs=1, seconds=0.3,
        settings={"checkpoint": checkpoint}, log=lines.append,
    )  # fmt: skip
    assert list(result["models"]) == ["boosted", "vgg", "wav2vec2"]
    assert result["settings"]["set"] == {"checkpoint": checkpoint}
    tuned = result["models"]["wav2vec2"]["settings"]
    assert tuned["checkpoint"] == checkpoint
    assert set(result["models"]["wav2vec2"]["histories"][0]) >= {"train_loss", "valid_accuracy"}
    header = (out / "predictions.csv").read_text().splitlines()[0]
    assert header.endswith("wav2vec2,wav2vec2_probability")
    page = (out / "report.html").read_text("utf-8")
    assert "wav2vec2" in page
    for note in tuned["notes"]:
        assert note.split(":")[0] in page
    assert "checkpoint" not in result["models"]["vgg"]["settings"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "wav2vec2", "--set", "checkpoint=./nowhere"], "an existing folder"),
        (["--model", "wav2vec2", "--set", "checkpoint=EMPTY"], "config.json"),
        (["--model", "wav2vec2", "--set", "checkpoint=OTHER"], "encodec"),
        (
            ["--model", "vgg", "--set", "checkpoint=GOOD"],
            "there is no setting `checkpoint`",
        ),
        (["--model", "wav2vec2", "--sample-rate", "8000"], "takes 16000 Hz only"),
        (["--model", "wav2vec2", "--set", "checkpoint=TRUNCATED"], "model.safetensors"),
        (["--model", "vgg", "--set", "upper=2"], "vgg: there is no setting `upper`"),
        (["--model", "wav2vec2", "--set", "upper=no"], "`upper` must be of type int"),
        (["--model", "wav2vec2", "--set", "speed=2"], "there is no setting `speed`"),
        (["--model", "wav2vec2", "--set", "epochs=2"], "there is no setting `epochs`"),
        (["--model", "wav2vec2", "--set", "batch_size=0"], "`batch_size` must be"),
        (
            [
                "--model",
                "wav2vec2",
                "--set",
                "checkpoint=GOOD",
                "--set",
                "feature_encoder=logmel",
            ],
            "`feature_encoder` must be None with a checkpoint",
        ),
    ],
)
def test_a_bad_checkpoint_is_one_line(arguments, words, data, checkpoint, tmp_path, capsys):
    from pathlib import Path

    for name in ("EMPTY", "OTHER", "TRUNCATED"):
        (tmp_path / name).mkdir()
    config = json.loads((Path(checkpoint) / "config.json").read_text())
    (tmp_path / "TRUNCATED" / "config.json").write_text(json.dumps(config))
    weights = (Path(checkpoint) / "model.safetensors").read_bytes()
    (tmp_path / "TRUNCATED" / "model.safetensors").write_bytes(weights[:-1000])
    (tmp_path / "OTHER" / "config.json").write_text(json.dumps({"model_type": "encodec"}))
    places = {name: str(tmp_path / name) for name in ("EMPTY", "OTHER", "TRUNCATED")}
    places["GOOD"] = checkpoint
    for name, place in places.items():
        arguments = [word.replace(name, place) for word in arguments]
    out = tmp_path / "out"
    assert main(["train", str(data), "--out", str(out), *arguments]) == 2
    err = capsys.readouterr().err.splitlines()
    assert words in err[-1]
    assert all(line.startswith(("task: ", "reading", "training")) for line in err[:-1]), err
    assert not out.exists()


def test_a_setting_without_a_value_is_one_line(data, capsys):
    with pytest.raises(SystemExit):
        main(["train", str(data), "--out", "m", "--set", "upper"])
    assert "must be NAME=VALUE, not 'upper'" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["upper"], {1: 2}, "upper=1"])
def test_settings_are_a_dict_by_name(wrong, data, tmp_path):
    with pytest.raises(ValueError, match="`settings` must be a dict"):
        train(data, model="wav2vec2", out=tmp_path / "m", settings=wrong)


def test_it_is_registered():
    assert family("wav2vec2") is Wav2Vec2Model
