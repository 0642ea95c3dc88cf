"""Augmentation and label smoothing in the families finetune and wav2vec2."""

import warnings

import numpy as np
import pytest
from backend_tools import to_numpy, untraced
from small_corpus import write_corpus
from wav2vec2_checkpoints import save

pytest.importorskip("tensorflow")
import keras

from kapre_like.audio.manifest import read_dataset
from kapre_like.audio.pipeline import Pipeline
from kapre_like.audio.scan import scan
from kapre_like.augment.recipe import read_recipe
from kapre_like.models.artifact.families import Job
from kapre_like.models.blocks.layer_places import weighted_layers
from kapre_like.models.blocks.learning_rates import LayerRates
from kapre_like.models.cli.main import main
from kapre_like.models.embeddings import open_network
from kapre_like.models.finetune.family import FineTunedModel
from kapre_like.models.finetune.head import Head
from kapre_like.models.finetune.network import with_new_head
from kapre_like.models.finetune.settings import FineTuneSettings
from kapre_like.models.training.augmenting import ChangedBatches, behind_augmentation
from kapre_like.models.training.finetuning.settings import FineTuning
from kapre_like.models.training.finetuning.stages import prepare_stage
from kapre_like.models.wav2vec2.family.family import Wav2Vec2Model
from kapre_like.models.wav2vec2.family.settings import Wav2Vec2Settings

FAMILIES = {"finetune": FineTunedModel, "wav2vec2": Wav2Vec2Model}
SETTINGS = {"finetune": FineTuneSettings, "wav2vec2": Wav2Vec2Settings}
SPLITS = ["train"] * 4 + ["valid"] * 2
# One block of few channels: a step takes milliseconds.
SIZE = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 24, "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 8, "layerdrop": 0.0, "mask_time_length": 2,
}  # fmt: skip
GAIN = "waveform:\n  - Gain: {min_gain_db: -10, max_gain_db: 6}\n"
MIX = "labels:\n  - MixUp: {alpha: 0.4}\n"
MASK = "spectrogram:\n  - SpecAugment: {freq_mask_param: 4}\n"


class Killed(BaseException):
    pass


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of embeddings of our own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAPRE_LIKE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("tones"), speakers=6, splits=SPLITS)


@pytest.fixture(scope="module")
def tables(data):
    table = scan(read_dataset(data, task="classify"), sample_rate=16000).table
    return [table[table["split"] == name].reset_index(drop=True) for name in ("train", "valid")]


@pytest.fixture(scope="module")
def begin(tmp_path_factory):
    """The settings of each family that name a small network."""
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    save(folder, size=SIZE)
    return {"finetune": {"backbone": str(folder)}, "wav2vec2": {"checkpoint": str(folder)}}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "own.yaml"
    path.write_text(GAIN + MIX, "utf-8")
    return str(path)


def recipe_of(name, **changes):
    facts = {
        "format": 2, "family": name, "task": "classify", "class_names": ["high", "low"],
        "sample_rate": 16000, "seconds": None, "seed": 3, "epochs": 2, "settings": {},
    }  # fmt: skip
    return {**facts, **changes}


def tune(name, tables, folder, settings, log=lambda line: None, **changes):
    with warnings.catch_warnings():
        # Nothing is learned in so few steps, and a warning is logged.
        warnings.filterwarnings("ignore", message="the .* model has collapsed")
        return FAMILIES[name].train(
            *tables, recipe=recipe_of(name, **changes), folder=folder, log=log,
            settings=SETTINGS[name](**settings),
        )  # fmt: skip


def networks(model):
    """Names of the classes of all layers, also in nested networks."""
    for layer in model.layers:
        yield type(layer).__name__
        if isinstance(layer, keras.Model):
            yield from networks(layer)


@pytest.fixture(scope="module")
def staged(tables, begin, own, tmp_path_factory):
    """A training of both stages, where layers are frozen; its log."""
    lines, folder = [], tmp_path_factory.mktemp("staged")
    settings = {**begin["finetune"], "augment": own, "head_epochs": 1, "rate_decay": 0.5}
    with untraced():
        return tune("finetune", tables, folder, settings, lines.append), lines, settings


@pytest.fixture(scope="module")
def together(tables, begin, own, tmp_path_factory):
    """A training of all layers at once; its log."""
    lines, folder = [], tmp_path_factory.mktemp("together")
    settings = {
        **begin["wav2vec2"], "augment": own, "label_smoothing": 0.1, "head_epochs": 0,
        "freeze_feature_encoder": False,
    }  # fmt: skip
    with untraced():
        return tune("wav2vec2", tables, folder, settings, lines.append), lines, settings


def test_the_head_is_evaluated_before_the_first_epoch_of_the_stages(staged):
    model, lines, settings = staged
    kept = [line.split(" train_")[0] for line in lines if "epoch" in line]
    assert kept[0].startswith("before any epoch: valid_loss")
    assert kept[1:] == ["head: epoch 1/1", "body: epoch 1/1"]
    assert len(model.history["valid_top_class"]) == 2
    assert model.recipe["settings"]["augment"] == settings["augment"]
    assert model.recipe["settings"]["label_smoothing"] == 0.0
    assert not any("left out" in note for note in model.recipe["settings"]["notes"])


def test_weights_change_and_what_is_saved_changes_no_clip(together, begin, tmp_path):
    from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

    model, _, settings = together
    start = from_huggingface(settings["checkpoint"])
    for name in ("conv_0", "block_0"):
        pairs = zip(
            model.model.get_layer(name).get_weights(),
            start.get_layer(name).get_weights(),
            strict=True,
        )
        assert any(np.abs(a - b).max() > 0 for a, b in pairs), name
    model.save(tmp_path)
    kinds = {*networks(keras.models.load_model(tmp_path / "model.keras", compile=False))}
    assert not kinds & {"Gain", "MixUp", "Functional"}


@pytest.mark.parametrize(
    ("run", "last"),
    [
        pytest.param("staged", "head: epoch 1/1", marks=pytest.mark.slow, id="frozen"),
        pytest.param("together", "body: epoch 1/2", id="all"),
    ],
)
def test_a_killed_training_ends_with_the_same_weights(run, last, tables, tmp_path, request):
    expected, _, settings = request.getfixturevalue(run)
    name = expected.name

    def kill(line):
        if line.startswith(last):
            raise Killed

    lines = []
    with untraced():
        with pytest.raises(Killed):
            tune(name, tables, tmp_path, settings, kill)
        resumed = tune(name, tables, tmp_path, settings, lines.append)
    assert any("resuming after epoch 1" in line for line in lines)
    assert len([line for line in lines if ": epoch " in line]) == 1
    for key, values in expected.history.items():
        # Sums in threads differ in their last bits.
        np.testing.assert_allclose(resumed.history[key], values, rtol=1e-3, atol=1e-4)
    for a, b in zip(resumed.model.weights, expected.model.weights, strict=True):
        # Adam makes whole steps of what is nothing but rounding, as the gradient of a key's
        # bias is: that is let out, and a few values elsewhere.
        if "float" in str(a.dtype) and not a.path.endswith("k_proj/bias"):
            assert np.median(np.abs(to_numpy(a) - to_numpy(b))) < 2e-5, a.path


def test_another_recipe_in_the_same_file_is_another_training(tables, begin, tmp_path):
    path, lines = tmp_path / "mine.yaml", []
    settings = {**begin["wav2vec2"], "augment": str(path), "head_epochs": 0}
    for text in (GAIN, MIX):
        path.write_text(text, "utf-8")
        with untraced():
            tune("wav2vec2", tables, tmp_path / "run", settings, lines.append, epochs=1)
    assert not any("resuming" in line for line in lines)
    assert len([line for line in lines if "body: epoch 1/1" in line]) == 2


@pytest.mark.parametrize("name", FAMILIES)
def test_layers_for_spectrograms_leave_a_note(name, begin, tmp_path, reach):
    path = tmp_path / "own.yaml"
    path.write_text(MASK + GAIN, "utf-8")
    lines, settings = [], {**begin[name], "augment": str(path)}
    model, _, options = reach(name, settings, lines.append)
    (note,) = [line for line in lines if "left out" in line]
    assert "(SpecAugment)" in note
    assert note in options["fingerprint"]["settings"]["notes"]
    assert {"Gain"} <= {*networks(model)}
    assert "SpecAugment" not in {*networks(model)}


@pytest.fixture
def reach(tables, tmp_path, monkeypatch):
    """What a family hands to `fine_tune`: the model, the pipelines, the options."""

    def called(name, settings, log=lambda line: None, **changes):
        def stop(model, *pipelines, **options):
            raise Killed(model, pipelines, options)

        monkeypatch.setattr("kapre_like.models.training.finetuning.training.fine_tune", stop)
        with pytest.raises(Killed) as killed:
            tune(name, tables, tmp_path / "reach", settings, log, **changes)
        return killed.value.args

    return called


@pytest.mark.parametrize("name", FAMILIES)
def test_without_augmentation_labels_stay_class_numbers(name, begin, reach):
    model, pipelines, options = reach(name, begin[name])
    assert {type(each) for each in pipelines} == {Pipeline}
    assert options["label_smoothing"] is None
    assert "Functional" not in {*networks(model)}
    assert "augmentation" not in options["fingerprint"]


@pytest.mark.parametrize("name", FAMILIES)
def test_smoothing_alone_makes_labels_probabilities(name, begin, reach):
    model, pipelines, options = reach(name, {**begin[name], "label_smoothing": 0.1})
    assert {type(each) for each in pipelines} == {ChangedBatches}
    assert options["label_smoothing"] == 0.1
    assert "Functional" not in {*networks(model)}
    for each in pipelines:
        (_, label), *_ = each.epoch(0)
        assert set(np.unique(label)) == {0.0, 1.0}


def test_clips_of_training_are_mixed_and_those_of_validation_are_not(begin, own, reach):
    _, pipelines, _ = reach("wav2vec2", {**begin["wav2vec2"], "augment": own})
    labels = [np.concatenate([y for _, y in each.epoch(1)]) for each in pipelines]
    again = np.concatenate([y for _, y in pipelines[0].epoch(1)])
    np.testing.assert_array_equal(labels[0], again)
    assert ((labels[0] > 0.01) & (labels[0] < 0.99)).any()
    assert set(np.unique(labels[1])) == {0.0, 1.0}


def test_rates_and_frozen_layers_reach_the_network_behind_augmentation(own):
    network = open_network("test", "speech_embedding", weights="random")
    plain, places = with_new_head(network, recipe_of("finetune"), Head("mean+std"), None)
    model = behind_augmentation(plain, read_recipe(own, sample_rate=16000, n_classes=2))
    assert model is not plain
    assert [x.name for x in weighted_layers(model)] == [x.name for x in weighted_layers(plain)]
    settings = FineTuning(epochs=2, head_epochs=1, rate_decay=0.5, head_rate=1e-3)
    learns = lambda: {v.path.partition("/")[0] for v in model.trainable_variables}  # noqa: E731
    stage = {"places": places, "steps": 4, "unit": None, "label_smoothing": 0.1}
    prepare_stage(model, "head", settings, **stage)
    assert learns() == {"classifier"}
    prepare_stage(model, "body", settings, **stage)
    assert learns() == {"classifier", *places.above} - places.fixed - places.stem
    assert model.loss.get_config()["label_smoothing"] == 0.1
    assert isinstance(model.optimizer, LayerRates)
    model.optimizer.build(model.trainable_variables)
    scales = dict(
        zip([v.path for v in model.trainable_variables], model.optimizer._scales, strict=True)
    )
    rates = places.multipliers(plain, decay=0.5, head=10.0)
    assert len({*scales.values()}) > 2
    for path, scale in scales.items():
        assert scale == pytest.approx(rates[path.partition("/")[0]])


def test_scores_are_mixed_too(tables, begin, own, tmp_path):
    scored = [t.assign(label=np.where(t["label"] == "low", 500.0, 1500.0)) for t in tables]
    settings = {**begin["wav2vec2"], "augment": own, "head_epochs": 0, "label_smoothing": 0.1}
    facts = {"task": "regress", "class_names": None, "epochs": 1}
    with untraced():
        model = tune("wav2vec2", scored, tmp_path, settings, **facts)
    # In units of the labels' variance: it has hardly learned.
    assert 0 < model.history["train_loss"][0] < 10
    assert np.isfinite(model.history["valid_spread"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_time_limits_and_augmentation_go_together(
    tables, begin, own, tmp_path, precision
):
    settings = {**begin["wav2vec2"], "augment": own, "precision": precision, "accumulate": 2}
    model = tune("wav2vec2", tables, tmp_path, settings, epochs=2, minutes=1.0)
    assert model.recipe["settings"]["budget"]["minutes"] == 1.0
    assert np.isfinite(model.history["train_loss"]).all()
    assert {layer.dtype_policy.name for layer in model.model.layers} == {"float32"}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_families_list_the_settings(name, capsys):
    assert main(["families", name]) == 0
    out = capsys.readouterr().out
    assert "--set augment=none" in out
    assert "--set label_smoothing=0" in out


@pytest.mark.parametrize("name", FAMILIES)
def test_a_recipe_is_checked_before_sound_is_read(name):
    job = Job(task="classify", sample_rate=16000, seconds=None, epochs=None)
    with pytest.raises(ValueError, match="`augment` must be one of"):
        FAMILIES[name].check(SETTINGS[name](augment="stret"), job)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("augment=stret", "`augment` must be one of environment"),
        ("augment=nowhere.yaml", "there is no file nowhere.yaml"),
        ("label_smoothing=1", "`label_smoothing` must be"),
    ],
)
@pytest.mark.parametrize("name", FAMILIES)
def test_bad_settings_are_one_line(name, setting, words, data, tmp_path, capsys):
    arguments = ["train", str(data), "--model", name, "--out", str(tmp_path / "m")]
    assert main([*arguments, "--set", setting]) == 2
    (line,) = [x for x in capsys.readouterr().err.splitlines() if words in x]
    assert "Traceback" not in line
