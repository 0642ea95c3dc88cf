"""The length rule: the same windows in NumPy and in the graph, on every backend."""

import keras
import numpy as np
import pytest
from backend_tools import compiled, to_numpy
from tolerances import FLOAT32_SHORT

from kapre_like.audio.decode import center_crop
from kapre_like.models.artifact.card import ModelCard, card_of
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.blocks.clip_windows import ClipCenter, ClipTiles, with_length_rule

pytestmark = pytest.mark.backends

RATE = 10
SECONDS = 0.8  # 8 samples
LENGTHS = [1, 3, 7, 8, 9, 15, 16, 17, 31]
CLIPS = [np.arange(1, n + 1, dtype="float32") for n in LENGTHS]
PADDED = np.full((len(CLIPS), 31), np.nan, "float32")
for row, clip in zip(PADDED, CLIPS, strict=True):
    row[: len(clip)] = clip
BATCH = [PADDED, np.array(LENGTHS, "int32")]
RULES = [LengthRule("center", SECONDS), LengthRule("tiles", SECONDS)]


def answers_of(windows):
    """Two numbers that depend on the order of the samples and on the length of a window."""
    return np.array([[w @ np.arange(len(w)), len(w)] for w in windows], "float32")


@keras.saving.register_keras_serializable(package="test_length_rule")
class Answers(keras.layers.Layer):
    """The same in a graph; NaN for a clip of no samples."""

    def call(self, inputs):
        waveform, length = inputs
        position = keras.ops.cumsum(keras.ops.ones_like(waveform), axis=1) - 1
        total = keras.ops.sum(waveform * position, axis=1)
        length = keras.ops.cast(length, "float32")
        return keras.ops.stack([total * length / length, length], axis=1)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((inputs[0].shape[0], 2), "float32")


def network():
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = Answers()([waveform, length])
    card = ModelCard(task="classify", sample_rate=RATE, class_names=["a", "b"], name="card")
    return keras.Model([waveform, length], card(x), name="network")


def test_the_center_is_that_of_the_decoder():
    for clip in CLIPS:
        (window,) = RULES[0].cut(clip, RATE)
        np.testing.assert_array_equal(window, center_crop(clip, 8))


@pytest.mark.parametrize(
    ("samples", "spans"),
    [
        (1, [(0, 1)]),
        (8, [(0, 8)]),
        (9, [(0, 8), (1, 9)]),
        (16, [(0, 8), (8, 16)]),
        (17, [(0, 8), (8, 16), (9, 17)]),
    ],
)
def test_tiles_follow_each_other_and_the_last_ends_where_the_clip_does(samples, spans):
    assert RULES[1].spans(samples, RATE) == spans


def test_a_recipe_names_its_rule_and_one_of_seconds_alone_means_the_middle():
    assert LengthRule.of({"seconds": None}) == LengthRule()
    assert LengthRule.of({"seconds": 2.0}) == LengthRule("center", 2.0)
    assert LengthRule.of({"seconds": 2.0, "length_rule": "tiles"}) == LengthRule("tiles", 2.0)
    for kind, seconds in (("whole", 1.0), ("center", None), ("tiles", 0.0), ("halves", 1.0)):
        with pytest.raises(ValueError, match=r"LengthRule: `(kind|seconds)` must be"):
            LengthRule(kind, seconds)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_graph_answers_what_numpy_does_alone_and_in_a_padded_batch(rule):
    model = with_length_rule(network(), rule, RATE)
    expected = predict_by_rule(answers_of, CLIPS, rule, RATE)
    # The windows of the shorter clips repeat, and what lies past an end is NaN.
    np.testing.assert_allclose(to_numpy(model(BATCH)), expected, rtol=FLOAT32_SHORT)
    for clip, answer in zip(CLIPS, expected, strict=True):
        got = model([clip[None], np.array([len(clip)], "int32")])
        np.testing.assert_allclose(to_numpy(got)[0], answer, rtol=FLOAT32_SHORT)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_graph_compiles_and_comes_back_from_a_file(rule, tmp_path):
    model = with_length_rule(network(), rule, RATE)
    expected = to_numpy(model(BATCH))
    np.testing.assert_allclose(to_numpy(compiled(lambda *x: model(list(x)))(*BATCH)), expected)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(to_numpy(loaded(BATCH)), expected)


@pytest.mark.parametrize("layer", [ClipCenter, ClipTiles])
def test_declared_shapes_are_those_that_come(layer):
    cut = layer(samples=8)
    for time in (5, 8, 31):
        shape = [keras.KerasTensor((9, time)), keras.KerasTensor((9,), dtype="int32")]
        got = cut([PADDED[:, :time], BATCH[1]])
        for spec, value in zip(cut.compute_output_spec(shape), got, strict=True):
            assert spec.shape == tuple(value.shape)
            assert spec.dtype == keras.backend.standardize_dtype(value.dtype)


def test_the_card_stays_outermost_and_names_the_rule():
    model = with_length_rule(network(), RULES[1], RATE)
    assert isinstance(model.layers[-1], ModelCard)
    card = card_of(model)
    assert (card.length_rule, card.seconds, card.class_names) == ("tiles", 0.8, ["a", "b"])
    assert [tensor.name for tensor in model.inputs] == ["waveform", "length"]


def test_a_rule_is_put_in_once_and_another_one_is_refused():
    model = with_length_rule(network(), RULES[0], RATE)
    assert with_length_rule(model, RULES[0], RATE) is model
    plain = network()
    assert with_length_rule(plain, LengthRule(), RATE) is plain
    with pytest.raises(ValueError, match="its rule is center of 8 samples"):
        with_length_rule(model, RULES[1], RATE)
    bare = keras.Model(plain.inputs, plain.layers[-1].input)
    with pytest.raises(ValueError, match="ends in a ModelCard"):
        with_length_rule(bare, RULES[0], RATE)
