"""`predict` of networks that answer per frame: text with the times of its words, segments."""

import json

import keras
import numpy as np
import pytest
import soundfile
from tolerances import FLOAT32

from kapre_like.audio.decode import read
from kapre_like.models import evaluate, predict
from kapre_like.models.cli.main import main
from kapre_like.models.wav2vec2 import Wav2Vec2Config, to_huggingface, wav2vec2

VOCABULARY = {"<pad>": 0, "<unk>": 1, "|": 2, "N": 3, "O": 4, "Y": 5, "E": 6, "S": 7}
CARD = {"tokenizer": {"vocab.json": VOCABULARY}}
# The rate of each file, and its frames: a letter is a frame, `_` the blank.
FILES = {
    "low.flac": (8000, "____NNO_O|||__YYE_SS___", "NOO YES", [(4, 9), (14, 20)]),
    "high.flac": (44100, "YES__|___NO__", "YES NO", [(0, 3), (9, 11)]),
}
STEP = 0.02


def small(head, **more):
    config = Wav2Vec2Config(
        hidden_size=48, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        conv_dim=(16,) * 7, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2,
        vocab_size=8, classifier_proj_size=8,
    )  # fmt: skip
    return wav2vec2(config, head, seed=0, **more)


def write_files(folder):
    """Noise of just as many frames as there are letters, at each file's own rate."""
    rng = np.random.default_rng(0)
    for name, (rate, letters, *_) in FILES.items():
        seconds = (len(letters) * 320 + 80) / 16000
        samples = rng.normal(0, 0.1, round(seconds * rate))
        soundfile.write(folder / name, samples, rate)
    return [folder / name for name in FILES]


def rig(model, states, layer, targets):
    """Sets a head so that these hidden states give these classes, and no others."""
    solution, *_ = np.linalg.lstsq(np.c_[states, np.ones(len(states))], targets, rcond=None)
    np.testing.assert_allclose(
        np.c_[states, np.ones(len(states))] @ solution, targets, atol=0.2
    )
    model.get_layer(layer).set_weights([solution[:-1], solution[-1]])


def hidden(model, files, layer):
    """The states below a head, clip after clip, each alone."""
    below = keras.Model(model.inputs, model.get_layer(layer).input)
    parts = []
    for file in files:
        waveform = read(file, sample_rate=16000)
        outputs = below.predict_on_batch([waveform[None], np.array([len(waveform)], "int32")])
        parts.append(np.asarray(outputs)[0])
    return parts


@pytest.fixture(scope="module")
def speaking(tmp_path_factory):
    """A CTC network whose head was solved for the letters, as a file and as a folder."""
    folder = tmp_path_factory.mktemp("speaking")
    files = write_files(folder)
    model = small("ctc", card=CARD)
    parts = hidden(model, files, "lm_head")
    letters = [said for _, said, *_ in FILES.values()]
    assert [len(part) for part in parts] == [len(said) for said in letters]
    numbers = [{**VOCABULARY, "_": 0}[letter] for said in letters for letter in said]
    rig(model, np.concatenate(parts), "lm_head", np.eye(8)[numbers])
    model.save(folder / "ctc.keras")
    to_huggingface(model, folder / "hf")
    return folder, files


@pytest.mark.parametrize("name", ["ctc.keras", "hf"])
def test_words_and_their_times_are_exact_whatever_the_files_rate(speaking, name):
    folder, files = speaking
    records = predict(folder / name, files)
    for record, file, (_, _, text, words) in zip(records, files, FILES.values(), strict=True):
        assert record["path"] == str(file)
        assert record["text"] == text
        times = [(word["start"], word["end"]) for word in record["words"]]
        assert times == [(round(a * STEP, 6), round(b * STEP, 6)) for a, b in words]
        assert [word["word"] for word in record["words"]] == text.split()


@pytest.mark.usefixtures("eagerly")
def test_the_command_prints_text_and_times_and_a_bad_file_is_one_line(speaking, capsys):
    folder, files = speaking
    assert main(["predict", str(folder / "hf"), "nope.wav", str(files[1])]) == 2
    out, err = capsys.readouterr()
    assert out == f"{files[1]}\tYES NO\tYES 0.00-0.06 NO 0.18-0.22\n"
    assert [line.split(":")[0] for line in err.splitlines()] == ["nope.wav"]
    assert main(["predict", str(folder / "ctc.keras"), str(files[1]), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == {
        "path": str(files[1]),
        "text": "YES NO",
        "words": [
            {"word": "YES", "start": 0.0, "end": 0.06},
            {"word": "NO", "start": 0.18, "end": 0.22},
        ],
    }


@pytest.mark.usefixtures("eagerly")
def test_frames_become_segments(tmp_path, capsys):
    files = write_files(tmp_path)
    model = small("frames", labels=["silence", "speech"])
    parts = hidden(model, files[:1], "classifier")
    speech = np.arange(len(parts[0])) // 5 % 2
    rig(model, parts[0], "classifier", np.eye(2)[speech])
    model.save(tmp_path / "vad.keras")
    # Beside a shorter clip, whose padding is no frame of its own.
    assert main(["predict", str(tmp_path / "vad.keras"), *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"{files[0]}\tsilence 0.00-0.10 speech 0.10-0.20 silence 0.20-0.30 speech 0.30-0.40 "
        "silence 0.40-0.46"
    )
    assert lines[1].endswith("-0.26")


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("head", ["classify", pytest.param("regress", marks=pytest.mark.slow)])
def test_labels_and_scores_of_a_checkpoint_are_printed_as_any_models(tmp_path, head):
    files = write_files(tmp_path)
    labels = ["no", "yes"] if head == "classify" else None
    model = small(head, labels=labels)
    to_huggingface(model, tmp_path / "hf")
    waveform = read(files[0], sample_rate=16000)
    raw = model.predict_on_batch([waveform[None], np.array([len(waveform)], "int32")])[0]
    record = predict(tmp_path / "hf", files)[0]
    if head == "regress":
        assert record["score"] == pytest.approx(float(raw), abs=1e-5)
    else:
        share = np.exp(raw) / np.exp(raw).sum()
        got = [record["probabilities"][name] for name in labels]
        np.testing.assert_allclose(got, share, atol=FLOAT32)


def trouble(capsys, *arguments):
    assert main(["predict", *map(str, arguments)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.mark.usefixtures("eagerly")
def test_an_impossible_output_is_a_one_line_error(tmp_path, capsys):
    file = write_files(tmp_path)[0]
    small(None).save(tmp_path / "none.keras")
    assert "no head" in trouble(capsys, tmp_path / "none.keras", file)
    to_huggingface(small("xvector", labels=3), tmp_path / "x")
    assert "Wav2Vec2ForXVector" in trouble(capsys, tmp_path / "x", file)
    small("ctc").save(tmp_path / "mute.keras")
    assert "vocabulary" in trouble(capsys, tmp_path / "mute.keras", file)
    small("frames", labels=["a", "b"]).save(tmp_path / "frames.keras")
    with pytest.raises(ValueError, match="kapre-like predict"):
        evaluate(tmp_path / "frames.keras", tmp_path)
    # A configuration that promises a head which the weights have not.
    to_huggingface(small(None), tmp_path / "headless")
    path = tmp_path / "headless" / "config.json"
    values = json.loads(path.read_text()) | {"architectures": ["Wav2Vec2ForCTC"]}
    path.write_text(json.dumps(values))
    (path.parent / "vocab.json").write_text(json.dumps(VOCABULARY))
    assert "lm_head" in trouble(capsys, tmp_path / "headless", file)


@pytest.mark.usefixtures("eagerly")
def test_named_tokens_are_a_vocabulary(speaking, tmp_path):
    folder, files = speaking
    model = small("ctc", labels=list(VOCABULARY))
    model.set_weights(keras.models.load_model(folder / "ctc.keras").get_weights())
    model.save(tmp_path / "named.keras")
    assert predict(tmp_path / "named.keras", files)[0]["text"] == "NOO YES"
