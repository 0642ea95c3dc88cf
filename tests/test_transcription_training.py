"""A network for text from the table to its files: training, judging, writing, exporting.

The networks are hardly trained: what they write is wrong, and must be the same everywhere.
"""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from small_corpus import RATE, read_rows, write_manifest
from spoken_tones import TEXTS, say, write_spoken

import kapre_like
from kapre_like.models.cli.main import main
from kapre_like.models.cli.text_output import text_writer
from kapre_like.models.experiment import evaluate, train, tune_decoder
from kapre_like.models.text import Vocabulary, train_kneser_ney
from kapre_like.models.text.decoder import Decoder
from kapre_like.models.training.transcription.judging import Judge

pytestmark = pytest.mark.filterwarnings("ignore:.*outputs no text")
ROW = {"n_mels": 16, "batch_size": 6, "augment": "none", "vocabulary": "characters"}
ABOUT = {"task": "transcribe", "model": "deepspeech2", "sample_rate": RATE, "settings": ROW}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_spoken(tmp_path_factory.mktemp("spoken"))


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """The folder of a network after two epochs, and the lines of its log."""
    out, lines = tmp_path_factory.mktemp("trained") / "model", []
    train(corpus, out=out, epochs=2, log=lines.append, **ABOUT)
    return out, lines


@pytest.fixture(scope="module")
def predictor(trained):
    return kapre_like.load_predictor(trained[0])


@pytest.fixture(scope="module")
def arpa(tmp_path_factory):
    path = tmp_path_factory.mktemp("lm") / "lm.arpa"
    train_kneser_ney(TEXTS, 2).write_arpa(path)
    return path


def test_the_recipe_has_the_vocabulary_and_each_epoch_its_word_errors(trained):
    out, lines = trained
    recipe = json.loads((out / "recipe.json").read_text("utf-8"))
    assert recipe["task"] == "transcribe"
    assert recipe["class_names"] is None
    assert recipe["text"]["vocabulary"]["tokens"] == ["<blank>", *" dghilmow"]
    assert recipe["text"]["frame_seconds"] == pytest.approx(0.02)
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert len(epochs) == 2
    for line in epochs:
        assert "valid_wer" in line
        assert line.count("transcribed as") == 3
    assert kapre_like.metadata(out)["text"] == recipe["text"]


@pytest.mark.usefixtures("eagerly")
def test_the_epoch_with_the_fewest_wrong_characters_is_kept(corpus, tmp_path, monkeypatch):
    figures = iter([(0.5, 0.2), (0.4, 0.3)])

    def judged(judge, _):
        judge.texts = [""] * 100
        wer, cer = next(figures)
        return {"valid_loss": 1.0, "valid_wer": wer, "valid_cer": cer}

    monkeypatch.setattr(Judge, "__call__", judged)
    recipe = train(corpus, out=tmp_path / "m", epochs=2, log=lambda _: None, **ABOUT)
    assert recipe["settings"]["best_epoch"] == 1


def test_arrays_files_and_batches_get_the_same_text(predictor, corpus):
    files = [corpus.parent / row["path"] for row in read_rows(corpus)[:4]]
    together = predictor(files)
    for path, record in zip(files, together, strict=True):
        [alone] = predictor(path)
        for name in ("text", "words"):
            assert str(alone[name]) == str(record[name])
        # Products of a batch add up in another order.
        assert alone["score"] == pytest.approx(record["score"], rel=1e-4)
        assert 0 <= record["confidence"] <= 1
    assert predictor.task == "transcribe"


def test_a_recording_in_windows_has_the_frames_of_the_whole(predictor):
    waveform = np.tile(say("low high mid"), 70).astype("float32")
    assert len(waveform) > 60 * RATE
    [logs] = predictor.model.log_probabilities([waveform])
    frames = predictor.model.output_frames(len(waveform), _settings(predictor), RATE)
    assert logs.shape == (frames, 10)


def _settings(predictor):
    from kapre_like.models.experiment.family_selection import rebuilt

    _, settings = rebuilt({**predictor.recipe, "settings": ROW})
    return settings


def test_evaluate_writes_word_and_character_errors(trained, corpus, tmp_path):
    found = tmp_path / "found.json"
    result = evaluate(trained[0], corpus, json=found)
    saved = json.loads(found.read_text("utf-8"))
    assert saved["wer"] == pytest.approx(result["wer"])
    assert {"wer", "cer", "word_accuracy", "substitutions", "deletions", "insertions"} < set(
        saved
    )
    wrong = saved["substitutions"] + saved["deletions"] + saved["insertions"]
    assert saved["words"] == 4 * sum(len(text.split()) for text in TEXTS)
    assert saved["wer"] == pytest.approx(wrong / saved["words"])
    assert saved["intervals_by"] == {"unit": "groups", "n": 4}


def test_a_language_model_changes_what_is_read(trained, corpus, arpa, predictor):
    strong = Decoder(beam=20, language_model=arpa, alpha=5.0, beta=20.0)
    found = evaluate(trained[0], corpus, decoder=strong)
    # With such a reward for words, the text has far too many.
    assert found["insertions"] > 0
    assert predictor.model.decoder == Decoder()


def test_weights_of_a_language_model_are_tuned_on_the_validation_clips(trained, corpus, arpa):
    found = tune_decoder(trained[0], corpus, language_model=arpa, beam=8)
    assert found["clips"] == "validation clips of the training"
    assert found["n"] == len(TEXTS)
    assert [found["alpha"], found["beta"], found["wer"]] in found["tried"]
    assert found["wer"] == min(wer for _, _, wer in found["tried"])
    assert found["wer"] <= max(found["wer_beam"], found["wer"])


def test_the_command_prints_one_record_as_json(trained, corpus, capsys, predictor):
    file = corpus.parent / "0_1.flac"
    assert main(["predict", str(trained[0]), str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == predictor(file)[0]["text"]


class _Screen:
    """Keeps what a command prints."""

    def __init__(self):
        self.lines = []

    def result(self, line):
        self.lines += line.split("\n")


RECORD = {
    "path": "talk.wav", "text": "low high", "confidence": 0.9, "score": -1.0,
    "words": [
        {"word": "low", "start": 0.1, "end": 0.3, "confidence": 0.8},
        {"word": "high", "start": 0.5, "end": 0.8, "confidence": 1.0},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("text", ["low high"]),
        ("srt", ["1", "00:00:00,100 --> 00:00:00,800", "low high"]),
        ("vtt", ["WEBVTT", "", "00:00:00.100 --> 00:00:00.800", "low high"]),
        ("ctm", ["talk 1 0.100 0.200 low 0.800", "talk 1 0.500 0.300 high 1.000"]),
    ],
)
def test_every_format_is_printed_and_written(predictor, tmp_path, format, expected):
    screen, out = _Screen(), tmp_path / "texts"
    for place in (None, str(out)):
        text_writer(format, place, predictor, screen)(RECORD)
    assert screen.lines == expected
    [path] = out.iterdir()
    assert path.name == f"talk.{'txt' if format == 'text' else format}"
    assert path.read_text("utf-8").rstrip("\n").split("\n") == expected


def test_subtitles_of_several_recordings_need_a_folder(predictor, tmp_path):
    write = text_writer("srt", None, predictor, _Screen())
    write(RECORD)
    with pytest.raises(ValueError, match=r"is a second recording.* Name a folder with --out"):
        write({**RECORD, "path": "other.wav"})
    write = text_writer("srt", str(tmp_path / "both"), predictor, _Screen())
    for name in ("one.wav", "two.wav"):
        write({**RECORD, "path": name})
    assert sorted(path.name for path in (tmp_path / "both").iterdir()) == ["one.srt", "two.srt"]


def test_texts_of_several_recordings_share_a_file(predictor, tmp_path):
    write = text_writer("ctm", str(tmp_path / "all.ctm"), predictor, _Screen())
    for name in ("one.wav", "two.wav"):
        write({**RECORD, "path": name})
    lines = (tmp_path / "all.ctm").read_text("utf-8").splitlines()
    assert [line.split()[0] for line in lines] == ["one", "one", "two", "two"]


def test_silence_has_no_words_to_print(predictor):
    screen = _Screen()
    text_writer("ctm", None, predictor, screen)({**RECORD, "text": "", "words": []})
    assert screen.lines == []


def test_formats_of_text_are_refused_for_other_models(tmp_path, capsys):
    from small_models import write_folder

    folder = write_folder(tmp_path / "classes")
    assert main(["predict", str(folder), "x.wav", "--format", "srt"]) == 2
    assert "outputs no text, so there is none to write as srt" in capsys.readouterr().err
    assert main(["predict", str(folder), "x.wav", "--beam", "5"]) == 2
    assert "`decoder` must be None" in capsys.readouterr().err


def test_a_missing_language_model_is_one_line_before_the_model_is_opened(capsys):
    assert main(["predict", "no-model", "x.wav", "--lm", "missing.arpa"]) == 2
    printed = capsys.readouterr().err
    assert "missing.arpa" in printed
    assert printed.count("\n") == 1


_SERVED = """
import sys
import numpy as np
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1])
x = np.load(sys.argv[2])
given = served.serve(x, np.array([x.shape[1]], "int32"))
assert not any(name.startswith("kapre_like") for name in sys.modules)
print(given["transcript"].numpy()[0].decode())
print(given["log_probabilities"].shape[1], given["frame_times"].numpy()[1])
"""


def test_a_savedmodel_returns_the_transcript_as_text_without_this_library(
    trained, predictor, tmp_path
):
    from kapre_like.models.experiment import export

    export(trained[0], format="savedmodel", out=tmp_path / "served")
    waveform = say("high low mid").astype("float32")[None]
    np.save(tmp_path / "x.npy", waveform)
    command = [sys.executable, "-P", "-c", _SERVED, str(tmp_path / "served"),
               str(tmp_path / "x.npy")]  # fmt: skip
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    transcript, frames = printed.split("\n")[-3:-1]
    [expected] = predictor(waveform[0])
    assert transcript == expected["text"]
    assert frames == f"{len(predictor.model.log_probabilities(waveform)[0])} 0.02"
    [opened] = kapre_like.load_predictor(tmp_path / "served")(waveform[0])
    assert opened["text"] == expected["text"]


def test_label_ids_are_the_tokens_that_begin():
    import keras

    from kapre_like.exporting.transcripts import LabelIds

    path = [0, 2, 2, 0, 2, 1, 1, 3, 0]
    logs = np.log(np.eye(4)[path] * 0.9 + 0.025)[None].astype("float32")
    ids = keras.ops.convert_to_numpy(LabelIds(blank=0)(logs))[0]
    assert ids.tolist() == [-1, 2, -1, -1, 2, 1, -1, 3, -1]
    without = keras.ops.convert_to_numpy(LabelIds(blank=0, ignored=(2,))(logs))[0]
    assert 2 not in without


def test_a_keras_file_alone_is_read_as_text(trained, predictor):
    opened = kapre_like.load_predictor(trained[0] / "model.keras")
    waveform = say("mid high low").astype("float32")
    assert opened(waveform)[0]["text"] == predictor(waveform)[0]["text"]


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    """A folder of a causal network of random weights."""
    from kapre_like.models.artifact.recipe import FORMAT, write_recipe
    from kapre_like.models.deepspeech2.family import DeepSpeech2Model
    from kapre_like.models.training.transcription.card import with_card

    folder = tmp_path_factory.mktemp("causal")
    vocabulary = Vocabulary.learned(TEXTS)
    recipe = {
        "format": FORMAT, "family": "deepspeech2", "task": "transcribe", "class_names": None,
        "sample_rate": RATE, "seconds": None, "length_rule": "whole", "settings": {}, "seed": 1,
        "text": {"vocabulary": vocabulary.to_json(), "frame_seconds": 0.02},
        "files": ["model.keras"],
    }  # fmt: skip
    settings = DeepSpeech2Model.Settings(causal=True, n_mels=16)
    network = DeepSpeech2Model.network_of(settings, vocabulary, recipe)
    DeepSpeech2Model(with_card(network, recipe), recipe=recipe).save(folder)
    write_recipe(folder, recipe)
    return folder


class _Stdin:
    def __init__(self, data):
        self.buffer = io.BytesIO(data)


def _wav(samples, rate=RATE, channels=1):
    file = io.BytesIO()
    soundfile.write(file, np.tile(samples[:, None], channels), rate, "PCM_16", format="WAV")
    return file.getvalue()


@pytest.mark.parametrize("header", [True, False])
def test_words_of_a_stream_are_those_of_the_file(causal, capsys, monkeypatch, tmp_path, header):
    data = _wav(say("low high mid low"))
    (tmp_path / "whole.wav").write_bytes(data)
    [whole] = kapre_like.load_predictor(causal)(tmp_path / "whole.wav")
    monkeypatch.setattr(sys, "stdin", _Stdin(data if header else data[44:]))
    assert main(["predict", str(causal), "-", "--stream", "--json"]) == 0
    words = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(words) > 0
    assert [(w["word"], w["start"], w["end"]) for w in words] == [
        (w["word"], w["start"], w["end"]) for w in whole["words"]
    ]


def test_a_stream_of_another_kind_is_refused(causal, trained, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Stdin(_wav(say("low"), rate=16000, channels=2)))
    assert main(["predict", str(causal), "-", "--stream"]) == 2
    assert "is a WAV file of 16-bit, 2 channels, 16000 Hz" in capsys.readouterr().err
    assert main(["predict", str(trained[0]), "-", "--stream"]) == 2
    assert "built with causal=True" in capsys.readouterr().err


def test_silence_is_no_error(predictor):
    [record] = predictor(np.zeros(RATE, "float32"))
    assert isinstance(record["text"], str)


def _with_rows(corpus, folder, change):
    rows = change(read_rows(corpus))
    for row in rows:
        row["path"] = str(corpus.parent / row["path"])
    write_manifest(folder / "rows.csv", rows)
    return folder / "rows.csv"


def _emptied(rows):
    rows[3]["text"] = ""
    return rows


def _long(rows):
    rows[3]["text"] = "high " * 60
    return rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_emptied, r"0_3.flac: empty transcript \(1 of 24 rows\)"),
        (_long, r"0_3.flac: too short for its transcript: .* frames, and 299 tokens need 299"),
    ],
)
def test_transcripts_that_cannot_be_learned_are_refused_by_name(
    corpus, tmp_path, change, message
):
    manifest = _with_rows(corpus, tmp_path, change)
    with pytest.raises(ValueError, match=message):
        train(manifest, out=tmp_path / "model", epochs=1, **ABOUT)


def test_seconds_are_refused_because_a_text_is_of_a_whole_clip(corpus, tmp_path):
    with pytest.raises(ValueError, match="`seconds` must be None, because a transcript"):
        train(corpus, out=tmp_path / "model", seconds=1.0, **ABOUT)


def test_a_family_of_classes_refuses_transcripts(corpus, tmp_path):
    about = {**ABOUT, "model": "vgg", "settings": {}}
    with pytest.raises(ValueError, match="'vgg' does not transcribe"):
        train(corpus, out=tmp_path / "model", **about)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_other_files_return_the_numbers_of_tokens(trained, predictor, tmp_path, format):
    from kapre_like.models.experiment import export

    path = export(trained[0], format=format, out=tmp_path / f"model.{format}")
    waveform = say("high low mid").astype("float32")
    [record] = kapre_like.load_predictor(path)(waveform)
    assert record["text"] == predictor(waveform)[0]["text"]


@pytest.mark.slow
def test_clips_that_cannot_be_learned_are_skipped_and_listed(corpus, tmp_path):
    manifest = _with_rows(corpus, tmp_path, lambda rows: _long(_emptied(rows)[::-1]))
    recipe = train(manifest, out=tmp_path / "model", epochs=1, on_error="skip", **ABOUT)
    reasons = [one["reason"].split(":")[0] for one in recipe["skipped"]]
    assert sorted(reasons) == ["empty transcript", "too short for its transcript"]
    assert recipe["trained_on"]["n"] + recipe["validated_on"]["n"] == 22


@pytest.mark.slow
@pytest.mark.parametrize("model", ["deepspeech2", "conformer"])
def test_three_words_are_learned_by_new_speakers(tmp_path, model):
    manifest = write_spoken(tmp_path / "spoken", speakers=8)
    rows = read_rows(manifest)
    for row in rows:
        row["split"] = "test" if row["speaker"] in ("s3", "s5") else "train"
    write_manifest(manifest, rows)
    about = {**ABOUT, "model": model}
    train(manifest, out=tmp_path / "model", epochs=60, **about)
    assert evaluate(tmp_path / "model", manifest)["wer"] < 0.05
