"""The last epochs of fine-tuned networks and of networks for text are on all clips."""

import warnings

import numpy as np
import pytest
from backend_tools import to_numpy, untraced
from small_corpus import RATE, read_rows, write_corpus, write_manifest
from spoken_tones import TEXTS, write_spoken
from tolerances import FLOAT32

pytest.importorskip("tensorflow")
import pandas as pd

from kapre_like.audio import read
from kapre_like.audio.manifest import read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models import train
from kapre_like.models.artifact.registry import find
from kapre_like.models.experiment import tune_decoder
from kapre_like.models.finetune.family import FineTunedModel
from kapre_like.models.finetune.settings import FineTuneSettings
from kapre_like.models.text import Vocabulary, train_kneser_ney
from kapre_like.models.training.finetuning import training as finetuning
from kapre_like.models.training.loop import Progress
from kapre_like.models.wav2vec2.family.settings import Wav2Vec2Settings
from kapre_like.models.wav2vec2.family.transcribing import Wav2Vec2ForText

pytestmark = [
    pytest.mark.usefixtures("eagerly"),
    pytest.mark.filterwarnings("ignore:.*outputs no text"),
]
ROW = {"n_mels": 16, "batch_size": 6, "augment": "none", "vocabulary": "characters"}


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def everyone(tmp_path_factory):
    """A manifest of five speakers, the last one for the test."""
    return write_spoken(tmp_path_factory.mktemp("spoken"), speakers=5)


@pytest.fixture(scope="module")
def spoken(everyone):
    rows = [row for row in read_rows(everyone) if row["speaker"] != "s4"]
    write_manifest(everyone.parent / "spoken.csv", rows)
    return everyone.parent / "spoken.csv"


@pytest.fixture(scope="module")
def arpa(tmp_path_factory):
    path = tmp_path_factory.mktemp("lm") / "lm.arpa"
    train_kneser_ney(TEXTS, 2).write_arpa(path)
    return path


def transcribe(spoken, out, log=lambda _: None, *, epochs=3, **settings):
    return train(
        spoken, out=out, epochs=epochs, log=log, task="transcribe", model="deepspeech2",
        sample_rate=RATE, settings={**ROW, **settings},
    )  # fmt: skip


@pytest.fixture(scope="module")
def text_model(spoken, tmp_path_factory):
    """The folder of a network for text after both cycles, its recipe, and its log."""
    out, lines = tmp_path_factory.mktemp("text") / "model", []
    with untraced():
        return out, transcribe(spoken, out, lines.append), lines


def test_a_network_for_few_words_learns_the_validation_speakers_last(text_model):
    _, recipe, lines = text_model
    assert "second cycle: all 24 clips, epochs: 1" in lines
    assert [line.split(" train_")[0] for line in lines if "epoch 1/" in line] == [
        "epoch 1/2", "all clips: epoch 1/1",
    ]  # fmt: skip
    settings = recipe["settings"]
    assert (settings["epochs"], settings["refit_epochs"]) == (3, 1)
    assert set(recipe["validated_on"]["digests"]) < set(recipe["trained_on"]["digests"])
    assert (recipe["trained_on"]["n"], recipe["validated_on"]["n"]) == (24, 6)


def test_the_decoder_is_not_tuned_on_clips_that_were_learned_or_are_for_the_test(
    text_model, everyone, arpa
):
    with pytest.raises(ValueError, match=r"its validation clips in its last.*refit=false"):
        tune_decoder(text_model[0], everyone, language_model=arpa, beam=4)


def test_a_text_training_that_is_killed_in_the_second_cycle_resumes_there(
    text_model, spoken, tmp_path
):
    def kill(line):
        if line.startswith("all clips: epoch 1/2"):
            raise Killed

    with pytest.raises(Killed):
        transcribe(spoken, tmp_path / "cut", kill, epochs=8)
    lines = []
    recipe = transcribe(spoken, tmp_path / "cut", lines.append, epochs=8)
    assert [line.split(",")[0] for line in lines if "resuming after" in line] == [
        "resuming after epoch 6", "all clips: resuming after epoch 1",
    ]  # fmt: skip
    assert [line.split(" train_")[0] for line in lines if "train_loss" in line] == [
        "all clips: epoch 2/2"
    ]
    assert recipe["settings"]["refit_epochs"] == 2


@pytest.mark.parametrize("name", ["deepspeech2", "conformer", "wav2vec2"])
@pytest.mark.parametrize(
    ("refit", "words", "twice"),
    [(None, 60, True), (None, 61, False), (True, 61, True), (False, 2, False)],
)
def test_few_words_or_the_user_ask_for_a_second_cycle(name, refit, words, twice):
    cls = Wav2Vec2ForText if name == "wav2vec2" else find(name)
    settings = cls.Settings(refit=refit)
    lower = cls.refit_settings(settings, words)
    assert (lower is not None) == twice
    if twice:
        before, after = cls.rates(settings), cls.rates(lower)
        assert after == pytest.approx({name: 0.3 * rate for name, rate in before.items()})
        assert lower.warmup_share == 0.1


def test_wav2vec2_starts_with_the_frequencies_of_the_tokens():
    texts = ["abab ba", "b"]
    vocabulary, settings = Vocabulary.learned(texts), Wav2Vec2Settings()
    recipe = {"sample_rate": 16000, "seed": 0}
    network = Wav2Vec2ForText.network_of(settings, vocabulary, recipe)
    rows = pd.DataFrame({"label": texts, "duration_s": [0.5, 0.3]})
    Wav2Vec2ForText.start(network, rows, vocabulary, recipe=recipe, settings=settings)
    noise = np.random.default_rng(0).normal(size=(1, 8000)).astype("float32")
    (logs,) = to_numpy(network([noise, np.array([8000], "int32")]))
    # 24 and 14 frames: 30 blanks, 4 times b, 3 times a, 1 space.
    shares = dict(zip(vocabulary.tokens, np.exp(logs).mean(axis=0), strict=True))
    blank = vocabulary.tokens[vocabulary.blank]
    for token, count in ((blank, 30), ("a", 3), ("b", 4), (" ", 1)):
        assert shares[token] == pytest.approx(count / 38, abs=0.03)
    assert next(iter(Wav2Vec2ForText.rates(settings))) == "rate"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    splits = ["train", "train", "valid"]
    data = write_corpus(tmp_path_factory.mktemp("tones"), speakers=3, splits=splits)
    table = scan(read_dataset(data, task="classify"), sample_rate=16000).table
    return [table[table["split"] == name].reset_index(drop=True) for name in ("train", "valid")]


def tune(tables, folder, epochs, **settings):
    recipe = {
        "format": 2, "family": "finetune", "task": "classify", "class_names": ["high", "low"],
        "sample_rate": 16000, "seconds": None, "length_rule": "whole", "seed": 3,
        "epochs": epochs, "settings": {},
    }  # fmt: skip
    chosen = FineTuneSettings(backbone="speech_embedding", weights="random", **settings)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the finetune model has collapsed")
        return FineTunedModel.train(
            *tables, recipe=recipe, settings=chosen, folder=folder, log=lambda _: None
        )


def test_fine_tuning_predicts_the_validation_clips_before_it_learns_them(tables, tmp_path):
    once = tune(tables, tmp_path / "once", 2, refit=False)
    twice = tune(tables, tmp_path / "twice", 3)
    assert (once.trains_on_valid, once.held_out) == (False, None)
    assert once.recipe["settings"]["refit_epochs"] == 0
    assert twice.trains_on_valid
    settings = twice.recipe["settings"]
    assert (settings["epochs"], settings["refit_epochs"]) == (3, 1)
    assert twice.held_out.digests == list(tables[1]["digest"])
    clips = [read(path, sample_rate=16000).ravel() for path in tables[1]["path"]]
    np.testing.assert_allclose(twice.held_out.output, once.predict(clips), atol=1e-3)
    assert np.abs(twice.predict(clips) - twice.held_out.output).max() > FLOAT32
    assert (len(twice.history["train_loss"]), len(twice.history["valid_loss"])) == (3, 2)


@pytest.mark.parametrize(
    ("head_epochs", "stages"), [(0, [(0, 2), (0, 1)]), (1, [(1, 2), (0, 1)]), (2, [(2, 3)])]
)
def test_the_body_has_an_epoch_before_the_second_cycle(
    tables, tmp_path, monkeypatch, head_epochs, stages
):
    seen = []

    def keep(model, *pipelines, settings, **options):
        del pipelines, options
        seen.append((settings.head_epochs, settings.epochs))
        losses = {"train_loss": [1.0] * settings.epochs}
        return model, Progress(settings.epochs, 1.0, 1, 0.0, losses)

    monkeypatch.setattr(finetuning, "fine_tune", keep)
    tune(tables, tmp_path, 3, head_epochs=head_epochs)
    assert seen == stages


def test_a_fitted_head_that_no_epoch_improves_has_no_second_cycle(
    tables, tmp_path, monkeypatch
):
    unchanged = Progress(2, 0.5, 0, 0.0, {"train_loss": [1.0, 1.0]})
    monkeypatch.setattr(finetuning, "fine_tune", lambda model, *_, **__: (model, unchanged))
    model = tune(tables, tmp_path, 3)
    assert model.recipe["settings"]["refit_epochs"] == 0
    assert (model.trains_on_valid, model.held_out) == (False, None)


def test_a_network_that_collapses_in_the_second_cycle_is_reported(
    tables, tmp_path, monkeypatch
):
    curves = [
        {"train_loss": [1.0] * 2, "valid_loss": [1.0] * 2, "valid_top_class": [0.5] * 2},
        {"train_loss": [1.0]},
    ]
    cycles = [
        Progress(2, 1.0, 1, 0.0, {**curves[0], "train_top_class": [0.5] * 2}),
        Progress(1, 1.0, 1, 0.0, {**curves[1], "train_top_class": [1.0]}),
    ]
    monkeypatch.setattr(finetuning, "fine_tune", lambda model, *_, **__: (model, cycles.pop(0)))
    model = tune(tables, tmp_path, 3)
    assert model.recipe["settings"]["collapsed"]
    assert "the same for all training clips" in model.recipe["settings"]["notes"][-1]
