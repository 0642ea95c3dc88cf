"""Whatever training did to a clip is in every file: folder and exports answer alike."""

import keras
import numpy as np
import pytest
from small_models import RATE, network_of, recipe_of, sweep, write_folder, write_sweeps
from tolerances import FLOAT32, FLOAT32_SHORT

import kapre_like
from kapre_like.models import export
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.blocks.clip_rate import at_sample_rate
from kapre_like.models.blocks.clip_windows import with_length_rule

pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("ai_edge_litert")

SECONDS = 0.5
# Shorter than `seconds`, equal, a little longer, and more than two windows.
LENGTHS = (0.2, 0.5, 0.6, 1.3)
NAMES = {"savedmodel": "saved", "litert": "model.tflite", "onnx": "model.onnx",
         "openvino": "folder"}  # fmt: skip


def values(records):
    if "score" in records[0]:
        return np.array([record["score"] for record in records])
    return np.array([list(record["probabilities"].values()) for record in records])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sweeps(tmp_path_factory.mktemp("files"), LENGTHS)


@pytest.mark.parametrize(
    ("task", "rule"),
    [
        ("classify", "tiles"),
        pytest.param("classify", "center", marks=pytest.mark.slow),
        pytest.param("regress", "center", marks=pytest.mark.slow),
        pytest.param("regress", "tiles", marks=pytest.mark.slow),
    ],
)
def test_the_folder_and_everything_made_of_it_answer_alike(task, rule, files, tmp_path):
    folder = write_folder(tmp_path / "model", task=task, seconds=SECONDS, length_rule=rule)
    expected = values(kapre_like.load_predictor(folder).predict(files))
    places = [folder / "model.keras"]
    places += [
        export(folder, format=format, out=tmp_path / name) for format, name in NAMES.items()
    ]
    for place in places:
        predictor = kapre_like.load_predictor(place)
        assert (predictor.length_rule.kind, predictor.length_rule.seconds) == (rule, SECONDS)
        np.testing.assert_allclose(
            values(predictor.predict(files)), expected, atol=FLOAT32, err_msg=str(place)
        )
        facts = kapre_like.metadata(place)
        assert (facts["length_rule"], facts["seconds"]) == (rule, SECONDS)
    # What a server does: whole clips in a padded batch, without this library.
    clips = [sweep(seconds, seed=i).astype("float32") for i, seconds in enumerate(LENGTHS)]
    batch = np.full((len(clips), 12000), 0.5, "float32")
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    feed = {"waveform": batch, "length": np.array([len(clip) for clip in clips], "int32")}
    (served,) = session.run(None, feed)
    np.testing.assert_allclose(served, expected, atol=1e-3)  # files hold 16 bits
    # The rule matters here: without it the same weights answer otherwise.
    whole = write_folder(tmp_path / "whole", task=task)
    heard_all = values(kapre_like.load_predictor(whole).predict(files))
    assert np.abs(heard_all - expected)[-1].max() > 0.005
    np.testing.assert_allclose(heard_all[:2], expected[:2], atol=FLOAT32_SHORT)


@pytest.mark.parametrize("format", ["onnx", pytest.param("litert", marks=pytest.mark.slow)])
def test_a_file_exported_for_another_sample_rate_resamples_by_itself(format, tmp_path):
    folder = write_folder(tmp_path / "m", task="regress", seconds=SECONDS, length_rule="center")
    out = tmp_path / NAMES[format]
    export(folder, format=format, out=out, sample_rate=16000)
    assert kapre_like.metadata(out)["sample_rate"] == 16000
    files = write_sweeps(tmp_path, LENGTHS, rate=16000)
    predictor = kapre_like.load_predictor(out)
    assert predictor.sample_rate == 16000
    # The folder's resampling is soxr's; the file's is `Resample`, with another last 3 %.
    expected = values(kapre_like.load_predictor(folder).predict(files))
    np.testing.assert_allclose(values(predictor.predict(files)), expected, atol=0.02)
    with pytest.raises(ValueError, match=r"export: `sample_rate` must be an int > 0"):
        export(folder, format=format, out=tmp_path / "other", sample_rate=0)


def test_a_network_of_half_precision_behind_its_rule_is_exported_in_float32(tmp_path):
    recipe = recipe_of(seconds=SECONDS, length_rule="tiles")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = with_length_rule(network_of(recipe), LengthRule.of(recipe), RATE)
    finally:
        keras.config.set_dtype_policy("float32")
    # LiteRT has no operators for half precision: the network inside must be widened too.
    out = kapre_like.export(model, tmp_path / "m.tflite", "litert")
    clip = sweep(1.3).astype("float32")
    got = kapre_like.load_predictor(out).outputs(clip)
    expected = model([clip[None], np.array([len(clip)], "int32")])
    np.testing.assert_allclose(got, keras.ops.convert_to_numpy(expected), atol=5e-3)


def test_a_resampling_file_has_the_lengths_of_each_clip(tmp_path):
    folder = write_folder(tmp_path / "m", seconds=SECONDS, length_rule="tiles")
    model = kapre_like.load_model(folder / "model.keras")
    assert at_sample_rate(model, RATE) is model
    other = at_sample_rate(model, 11025)
    clips = [sweep(seconds, 11025).astype("float32") for seconds in LENGTHS]
    batch = np.full((len(clips), 15000), np.nan, "float32")
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    together = other([batch, np.array([len(clip) for clip in clips], "int32")])
    for clip, answer in zip(clips, keras.ops.convert_to_numpy(together), strict=True):
        alone = other([clip[None], np.array([len(clip)], "int32")])
        np.testing.assert_allclose(keras.ops.convert_to_numpy(alone)[0], answer, atol=FLOAT32)


def test_evaluate_of_an_onnx_file_gives_the_folders_figures(tmp_path):
    from small_corpus import write_corpus

    from kapre_like.models import evaluate

    data = write_corpus(tmp_path / "data", speakers=3, takes=2)
    folder = write_folder(tmp_path / "m", task="regress", seconds=0.2, length_rule="center")
    out = export(folder, format="onnx", out=tmp_path / "model.onnx")
    expected = evaluate(folder, data, label_column="score")
    lines = []
    got = evaluate(out, data, label_column="score", log=lines.append)
    assert got["n_trained_on"] is None
    assert "the model does not store which clips it was trained on" in lines
    for name in ("mae", "rmse", "n"):
        assert got[name] == pytest.approx(expected[name], rel=1e-5)
