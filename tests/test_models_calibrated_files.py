"""A calibration is in every file that is made of a model: folder and exports answer alike."""

import json

import numpy as np
import pytest
from small_models import RATE, network_of, recipe_of, sweep, write_sweeps
from tolerances import FLOAT32, FLOAT32_SHORT

import kapre_like
from kapre_like.models import export
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.recipe import read_recipe, write_recipe
from kapre_like.models.vgg.family import VGGModel

pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("ai_edge_litert")

NAMES = {"savedmodel": "saved", "litert": "model.tflite", "onnx": "model.onnx",
         "openvino": "folder"}  # fmt: skip
FOUND = Calibration(
    method="isotonic", temperature=0.4, knots=((0.0, 0.0), (0.3, 0.1), (0.8, 0.9), (1.0, 0.95)),
    n=40, groups=5, thresholds={"no": None, "yes": 0.6}, wanted={"precision": 0.95},
)  # fmt: skip
WIDTH = Calibration(method="conformal", level=0.9, half_width=0.25, n=40, groups=5)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sweeps(tmp_path_factory.mktemp("files"), (0.2, 0.5, 0.6, 1.3))


def calibrated_folder(folder, found, **about):
    folder.mkdir(parents=True)
    recipe = recipe_of(**about)
    model = VGGModel.trained(network_of(recipe), recipe=recipe, history={})
    model.recipe = {**recipe, "calibration": found.to_json()}
    model.save(folder)
    write_recipe(folder, model.recipe)
    return folder


def shares(records):
    return np.array([list(record["probabilities"].values()) for record in records])


@pytest.mark.parametrize(
    "format",
    [
        "onnx",
        "litert",
        "openvino",
        pytest.param("savedmodel", marks=pytest.mark.slow),
    ],
)
def test_every_file_gives_the_calibrated_numbers(format, files, tmp_path):
    tiles = {"seconds": 0.5, "length_rule": "tiles"}
    folder = calibrated_folder(tmp_path / "model", FOUND, **tiles)
    predictor = kapre_like.load_predictor(folder)
    raw = predictor.outputs(files, calibrated=False)
    records = predictor.predict(files)
    expected = shares(records)
    np.testing.assert_allclose(expected, FOUND.apply(raw), atol=FLOAT32_SHORT)
    assert np.abs(expected - raw).max() > 0.03
    assert {record["confident"] for record in records} == {True, False}
    for record in records:
        assert record["confident"] == (
            record["label"] == "yes" and record["probability"] >= 0.6
        )
    place = export(folder, format=format, out=tmp_path / NAMES[format])
    for path in (folder / "model.keras", place):
        other = kapre_like.load_predictor(path)
        found = other.predict(files)
        np.testing.assert_allclose(shares(found), expected, atol=FLOAT32, err_msg=str(path))
        assert [r["confident"] for r in found] == [r["confident"] for r in records]
        recorded = kapre_like.metadata(path)["recipe"]["calibration"]
        assert Calibration.from_json(recorded) == FOUND
        with pytest.raises(ValueError, match="calibrated"):
            other.outputs(files, calibrated=False)
    # The file contains it, for a program without this library.
    clips = [sweep(seconds, seed=i).astype("float32") for i, seconds in enumerate((0.2, 1.3))]
    batch = np.zeros((2, 12000), "float32")
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    outputs = getattr(kapre_like.running, f"run_{format}")(place)(
        waveform=batch, length=np.array([len(clip) for clip in clips], "int32")
    )
    assert outputs["confident"].dtype == bool
    assert outputs["confident"].shape == (2,)
    sure = [record["confident"] for record in predictor.predict(clips)]
    assert outputs["confident"].tolist() == sure
    assert ("label" in outputs) == (format == "savedmodel")


def test_one_threshold_for_all_classes_is_given_at_export(files, tmp_path):
    folder = calibrated_folder(tmp_path / "model", FOUND)
    out = export(folder, format="onnx", out=tmp_path / "m.onnx", min_confidence=0.55)
    records = kapre_like.load_predictor(out).predict(files)
    assert [r["confident"] for r in records] == [r["probability"] >= 0.55 for r in records]
    recorded = kapre_like.metadata(out)["recipe"]["calibration"]
    assert recorded["thresholds"] == {"no": 0.55, "yes": 0.55}
    assert read_recipe(folder)["calibration"]["thresholds"] == {"no": None, "yes": 0.6}
    with pytest.raises(ValueError, match="from 0 to 1"):
        export(folder, format="onnx", out=tmp_path / "n.onnx", min_confidence=55)


@pytest.mark.slow
def test_a_file_for_another_rate_and_8_bits_is_calibrated_too(files, tmp_path):
    folder = calibrated_folder(tmp_path / "model", FOUND)
    about = {"format": "onnx", "sample_rate": 2 * RATE}
    out = export(folder, out=tmp_path / "m.onnx", quantize="int8", **about)
    expected = kapre_like.load_predictor(folder).outputs(files)
    # The error that 8 bits and resampling make, as the export allows it.
    got = kapre_like.load_predictor(out).outputs(files)
    np.testing.assert_allclose(got, expected, atol=0.1)


def test_scores_carry_their_interval(files, tmp_path):
    folder = calibrated_folder(tmp_path / "model", WIDTH, task="regress")
    [record, *_] = kapre_like.load_predictor(folder).predict(files)
    low, high = record["interval"]
    assert (low, high) == pytest.approx((record["score"] - 0.25, record["score"] + 0.25))
    out = export(folder, format="onnx", out=tmp_path / "m.onnx")
    for path in (folder / "model.keras", out):
        [again, *_] = kapre_like.load_predictor(path).predict(files)
        assert again["interval"] == pytest.approx(record["interval"], abs=1e-5)
    with pytest.raises(ValueError, match="Leave --min-confidence out"):
        export(folder, format="onnx", out=tmp_path / "n.onnx", min_confidence=0.5)


def test_loading_a_folder_and_saving_it_again_keeps_one_calibration(files, tmp_path):
    folder = calibrated_folder(tmp_path / "model", FOUND)
    expected = kapre_like.load_predictor(folder).outputs(files)
    model = VGGModel.load(folder)
    (tmp_path / "again").mkdir()
    model.save(tmp_path / "again")
    write_recipe(tmp_path / "again", model.recipe)
    for path in (tmp_path / "again", tmp_path / "again" / "model.keras"):
        got = kapre_like.load_predictor(path).outputs(files)
        np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)
    assert json.dumps(model.recipe["calibration"]) == json.dumps(FOUND.to_json())
