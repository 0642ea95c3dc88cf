"""The family finetune: where layers are, what learns in a stage, and every command over it."""

import json
import warnings

import numpy as np
import pytest
from backend_tools import to_numpy, untraced
from small_corpus import write_corpus
from tolerances import FLOAT32, FLOAT32_SHORT
from wav2vec2_checkpoints import save

pytest.importorskip("tensorflow")
import keras

import kapre_like
from kapre_like.audio import read
from kapre_like.audio.manifest import read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models import evaluate, export, predict, train
from kapre_like.models.blocks.layer_places import (
    LayerPlaces,
    places_by_blocks,
    weighted_layers,
)
from kapre_like.models.blocks.patches import PerPatch
from kapre_like.models.cli.main import main
from kapre_like.models.embeddings import open_network
from kapre_like.models.finetune.family import FineTunedModel
from kapre_like.models.finetune.head import Head, fitted_head
from kapre_like.models.finetune.network import with_new_head
from kapre_like.models.finetune.settings import FineTuneSettings
from kapre_like.models.training.loop import fit
from kapre_like.models.training.schedule import Schedule

SPLITS = ["train"] * 4 + ["valid"] * 2 + ["test"]
# Small networks with random weights, and the number of groups of layers with different rates.
BACKBONES = {"speech_embedding": 6, "yamnet": 14, "musicnn_vgg": 5, "panns_cnn6": 4}
RANDOM = {"backbone": "speech_embedding", "weights": "random"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("tones"), speakers=7, splits=SPLITS)


@pytest.fixture(scope="module")
def tables(data):
    table = scan(read_dataset(data, task="classify"), sample_rate=16000).table
    return [table[table["split"] == name].reset_index(drop=True) for name in ("train", "valid")]


def recipe(**changes):
    facts = {
        "format": 2, "family": "finetune", "task": "classify", "class_names": ["high", "low"],
        "sample_rate": 16000, "seconds": None, "seed": 3, "epochs": 3,
        "settings": {},
    }  # fmt: skip
    return {**facts, **changes}


def tune(tables, folder, log=lambda line: None, *, settings=None, **changes):
    given = FineTuneSettings(**{**RANDOM, **(settings or {})})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the finetune model has collapsed")
        return FineTunedModel.train(
            *tables, recipe=recipe(**changes), settings=given, folder=folder, log=log
        )


def headed(backbone, **changes):
    network = open_network("test", backbone, weights="random")
    facts = recipe(sample_rate=network.sample_rate, **changes)
    return with_new_head(network, facts, Head("mean+std"), None)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_layer_with_weights_has_a_place(backbone):
    model, places = headed(backbone)
    names = [layer.name for layer in weighted_layers(model)]
    assert len({*names}) == len(names)
    # The scores of the original are no part of the network under the new head.
    assert {*names} - {*places.above} == {"classifier"}
    assert not {"scores", "tags", "fc_audioset"} & {*names}
    levels = sorted({*places.above.values()})
    assert levels == list(range(BACKBONES[backbone]))
    rates = places.multipliers(model, decay=0.5, head=10.0)
    assert rates["classifier"] == 10.0
    assert min(rates.values()) == 0.5 ** (BACKBONES[backbone] - 1)


@pytest.mark.parametrize("backbone", ["yamnet", "panns_cnn6"])
def test_the_rate_reaches_the_variables_of_nested_networks(backbone):
    from kapre_like.models.blocks.learning_rates import LayerRates

    model, places = headed(backbone)
    rates = places.multipliers(model, decay=0.5, head=10.0)
    # Variables are found by the first part of their path, which must be the layer's name.
    assert {v.path.partition("/")[0] for v in model.trainable_variables} <= {*rates}
    optimizer = LayerRates(0.1, multipliers=rates)
    optimizer.build(model.trainable_variables)
    assert {round(scale, 6) for scale in optimizer._scales} == {
        round(rates[v.path.partition("/")[0]], 6) for v in model.trainable_variables
    }


@pytest.mark.parametrize("backbone", ["yamnet", "panns_cnn6"])
def test_a_stage_trains_its_layers_only(backbone):
    model, places = headed(backbone)
    learns = lambda: {v.path.partition("/")[0] for v in model.trainable_variables}  # noqa: E731
    places.release(model, upper=0, stem=False)
    assert learns() == {"classifier"}
    places.release(model, upper=1, stem=False)
    top = {name for name, above in places.above.items() if above == 0} - places.fixed
    assert learns() == {"classifier", *top}
    places.release(model, upper=None, stem=False)
    assert learns() == {"classifier", *places.above} - places.fixed
    norms = {name for name in places.above if "norm" in name or name == "bn0"}
    assert places.fixed == norms


def test_a_block_ends_with_its_layer():
    x = keras.Input((4,))
    y = keras.layers.Dense(4, name="a")(x)
    y = keras.layers.ReLU(name="block_00")(keras.layers.BatchNormalization(name="b")(y))
    y = keras.layers.Dense(4, name="block_01")(keras.layers.Dense(4, name="c")(y))
    y = keras.layers.Dense(4, name="d")(y)
    places = places_by_blocks(keras.Model(x, y))
    assert places == LayerPlaces(
        above={"a": 2, "b": 2, "c": 1, "block_01": 1, "d": 0}, fixed=frozenset({"b"})
    )


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of embeddings of our own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAPRE_LIKE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    save(folder)
    return str(folder)


@pytest.mark.parametrize("task", ["classify", "regress"])
def test_the_head_begins_as_the_linear_model_that_a_probe_would_fit(tables, task):
    from kapre_like.models.training import linear

    (table, _), classes = tables, ["high", "low"]
    unit, facts = None, recipe()
    if task == "regress":
        table = table.assign(label=np.linspace(500.0, 1500.0, len(table)))
        unit, classes = {"score_scale": 300.0, "score_offset": 1000.0}, None
        facts = recipe(task=task, class_names=None)
    lines = []
    network = open_network("test", "speech_embedding", weights="random")
    head = fitted_head(table, network, facts, "auto", lines.append)
    losses = {line.split(", ")[1].split(":")[0]: float(line.split()[-1])
              for line in lines if line.startswith("head before")}  # fmt: skip
    assert set(losses) == {"mean+std", "mean+max"}
    assert head.pooling == min(losses, key=losses.get)
    model, _ = with_new_head(network, facts, head, unit)
    pooled = keras.Model(model.inputs, model.get_layer("pooling").output)
    waves = [read(path, sample_rate=16000) for path in table["path"][:4]]
    waves = [wave[:4800] for wave in waves]
    inputs = [np.stack(waves), np.full(4, 4800, "int32")]
    rows = to_numpy(pooled(inputs))
    expected = linear.answers(linear.logits(head.linear, rows), classes and len(classes))
    got = to_numpy(model(inputs))
    # float32 against float64, relative to the range of the answers.
    tolerance = 1e-4 if classes else 0.1
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)


def test_a_network_that_no_epoch_makes_better_stays_as_it_is(tables, tmp_path, checkpoint):
    lines = []
    # At such a rate every epoch makes it worse.
    settings = {"backbone": checkpoint, "weights": None, "rate": 1.0, "head_rate": 100.0}
    with untraced():
        model = tune(tables, tmp_path, lines.append, settings=settings, epochs=1)
    found = model.recipe["settings"]
    (line,) = [line for line in lines if line.startswith("before any epoch")]
    before = float(line.split()[-1])
    assert found["best_epoch"] == 0
    assert found["head_epochs"] == 0
    assert found["collapsed"] is False
    assert model.history["valid_loss"][0] > before
    waves = [read(path, sample_rate=16000) for path in tables[1]["path"]]
    answers = model.predict(waves)
    right = np.array([["high", "low"].index(label) for label in tables[1]["label"]])
    loss = -np.log(answers[np.arange(len(right)), right]).mean()
    assert loss == pytest.approx(before, abs=2e-3)


@pytest.fixture(scope="module")
def whole(tables, tmp_path_factory):
    lines = []
    with untraced():
        settings = {"head_epochs": 1, "rate": 1e-4, "rate_decay": 0.5, "pooling": "mean+std"}
        folder = tmp_path_factory.mktemp("whole")
        return tune(tables, folder, lines.append, settings=settings), lines


def test_stages_follow_each_other_and_are_written_down(whole):
    model, lines = whole
    assert [line.split(" train_")[0] for line in lines if "epoch" in line] == [
        "head: epoch 1/1", "body: epoch 1/1", "second cycle: all 24 clips, epochs: 1",
        "all clips: body: epoch 1/1",
    ]  # fmt: skip
    settings = model.recipe["settings"]
    assert (settings["backbone"], settings["weights"]) == ("speech_embedding", "random")
    assert settings["weights_digest"] is None
    assert (settings["head_epochs"], settings["rate_decay"]) == (1, 0.5)
    assert any("random weights" in note for note in settings["notes"])
    best = int(np.argmin(model.history["valid_loss"])) + 1
    assert settings["best_epoch"] == best
    json.dumps(model.recipe)


def test_the_whole_network_moves_and_clips_are_answered_alone_as_in_a_batch(whole, tables):
    model, _ = whole
    start, _ = headed("speech_embedding")
    names = [layer.name for layer in weighted_layers(start) if layer.name != "classifier"]
    moved = [
        np.abs(to_numpy(a) - to_numpy(b)).max() > 0
        for name in names
        for a, b in zip(
            model.model.get_layer(name).trainable_variables,
            start.get_layer(name).trainable_variables,
            strict=True,
        )
    ]
    assert all(moved)
    waves = [read(path, sample_rate=16000) for path in tables[1]["path"][:3]]
    together = model.predict(waves)
    assert together.shape == (3, 2)
    for wave, row in zip(waves, together, strict=True):
        np.testing.assert_allclose(model.predict([wave])[0], row, atol=FLOAT32)


def nested():
    """A network whose layers with weights are inside another one."""
    keras.utils.set_random_seed(0)
    patch = keras.Input((2,))
    inner = keras.Model(patch, keras.layers.Dense(3, name="block_00")(patch))
    waveform = keras.Input((None,), name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = keras.layers.Reshape((-1, 2))(waveform)
    x = keras.layers.GlobalAveragePooling1D(name="pooled")(PerPatch(network=inner)(x))
    y = keras.layers.Dense(2, "softmax", name="classifier")(x)
    return keras.Model([waveform, length], y)


class Clips:
    """A pipeline of two batches."""

    n_batches = 2

    def epoch(self, number):
        import tensorflow as tf

        rng = np.random.default_rng(number)
        x = rng.normal(size=(8, 4)).astype("float32")
        return tf.data.Dataset.from_tensor_slices(
            ((x, np.full(8, 4, "int32")), (x[:, 0] > 0).astype("int64"))
        ).batch(4)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_killed_stage_goes_on_with_nested_layers_frozen(tmp_path):
    class Killed(BaseException):
        pass

    def kill(line):
        if line.startswith("epoch 1/"):
            raise Killed

    def run(folder, log):
        model = nested()
        places = places_by_blocks(keras.Model(model.inputs, model.get_layer("pooled").output))

        def prepare(model):
            places.release(model, upper=0, stem=False)
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

        shared = {"schedule": Schedule(epochs=3, patience=9), "seed": 0, "fingerprint": 0}
        return fit(model, Clips(), None, folder=folder, log=log, prepare=prepare, **shared)[0]

    expected, start = run(tmp_path / "whole", str), nested()
    with pytest.raises(Killed):
        run(tmp_path / "killed", kill)
    lines = []
    resumed = run(tmp_path / "killed", lines.append)
    assert lines[0].startswith("resuming after epoch 1")
    for a, b, c in zip(resumed.weights, expected.weights, start.weights, strict=True):
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), atol=FLOAT32_SHORT)
        frozen = a.path.startswith("block_00")
        assert np.array_equal(to_numpy(a), to_numpy(c)) == frozen, a.path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backbone=nowhere"], "nowhere"),
        (["backbone=yamnet", "weights=nowhere.h5"], "nowhere.h5"),
        (["pooling=median"], "`pooling` must be one of"),
        (["dropout=1"], "`dropout` must be"),
        (["backbone=NET.onnx", "takes=waveform:16000"], "a network that Keras can train"),
        (["layer=last"], "there is no setting `layer`"),
        (["checkpoint=x"], "there is no setting `checkpoint`"),
        (["backbone=speech_embedding", "weights=random", "head_epochs=3"], "`head_epochs`"),
    ],
)
def test_bad_settings_are_one_line(arguments, words, data, tmp_path, capsys):
    if any("NET" in one for one in arguments):
        x = keras.Input((1600,), name="x")
        net = keras.Model(x, keras.layers.Dense(3)(x))
        kapre_like.export(net, tmp_path / "NET.onnx", format="onnx")
        arguments = [one.replace("NET", str(tmp_path / "NET")) for one in arguments]
    sets = [word for one in arguments for word in ("--set", one)]
    out = ["--epochs", "3", "--out", str(tmp_path / "m")]
    assert main(["train", str(data), "--model", "finetune", *out, *sets]) == 2
    (line,) = [x for x in capsys.readouterr().err.splitlines() if words in x]
    assert "Traceback" not in line


@pytest.mark.slow
def test_scores_are_in_the_labels_own_unit(tables, tmp_path):
    scored = [t.assign(label=np.where(t["label"] == "low", 500.0, 1500.0)) for t in tables]
    facts = {"task": "regress", "class_names": None, "epochs": 2}
    model = tune(scored, tmp_path, settings={"head_epochs": 1}, **facts)
    got = model.predict([read(path, sample_rate=16000) for path in tables[1]["path"]])
    assert got.shape == (8,)
    # Three deviations: it has hardly learned.
    assert abs(got.mean() - 1000) < 3 * 500


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_what_is_saved_is_float32(tables, tmp_path, precision):
    settings = {"precision": precision, "backbone": "yamnet"}
    model = tune(tables, tmp_path, settings=settings, epochs=1)
    assert keras.config.dtype_policy().name == "float32"
    policies = {layer.dtype_policy.name for layer in weighted_layers(model.model)}
    assert policies == {"float32"}
    assert np.isfinite(model.history["train_loss"][0])


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["yamnet", "wav2vec2"])
def test_a_trained_folder_serves_every_command(data, tmp_path, backbone, checkpoint):
    out, settings = tmp_path / "m", {"backbone": backbone, "weights": "random"}
    if backbone == "wav2vec2":
        settings = {"backbone": checkpoint}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the finetune model has collapsed")
        # At 8000 Hz, which no backbone takes: it is resampled inside the network.
        facts = train(
            data, model="finetune", out=out, epochs=2, sample_rate=8000,
            settings={**settings, "head_epochs": 1, "upper": 1},
        )  # fmt: skip
    assert facts["files"] == ["model.keras"]
    assert any("resampled from 8000 to 16000" in note for note in facts["settings"]["notes"])
    files = sorted(data.parent.glob("*_6_*.flac"))
    expected = predict(out, files)
    assert evaluate(out, data)["n"] == len(files)
    card = kapre_like.metadata(out / "model.keras")
    assert (card["sample_rate"], card["class_names"]) == (8000, ["high", "low"])
    assert isinstance(kapre_like.load_model(out), FineTunedModel)
    for format in ("savedmodel", "onnx", "litert"):
        served = tmp_path / {"savedmodel": "s", "onnx": "m.onnx", "litert": "m.tflite"}[format]
        export(out, out=served, format=format)
        for one, other in zip(expected, predict(served, files), strict=True):
            assert one["label"] == other["label"]
            assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)
