"""Fine-tuning: rates by layer, stages, accumulation, the guard against constant answers."""

import json

import keras
import numpy as np
import pytest
from backend_tools import JIT, to_numpy
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.models.blocks.collapse import ScoreSpread, TopClass, is_constant
from kapre_like.models.blocks.learning_rates import LayerRates, LinearCycle
from kapre_like.models.training.finetuning.settings import FineTuning
from kapre_like.models.training.finetuning.stages import compile_stage, fine_tune
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.family.places import wav2vec2_places
from kapre_like.models.wav2vec2.heads.network import wav2vec2

RNG = np.random.default_rng(0)
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 8,
    "layerdrop": 0.0,
}
STILL = {
    "hidden_dropout": 0.0,
    "activation_dropout": 0.0,
    "attention_dropout": 0.0,
    "feat_proj_dropout": 0.0,
    "mask_time_prob": 0.0,
}


def network(**values):
    config = Wav2Vec2Config(**{**SMALL, **STILL, **values})
    return wav2vec2(config, "classify", labels=3, output="probabilities", seed=0)


def places(model):
    return wav2vec2_places(model, CheckpointFacts.of(model).network())


def clips(n=4, samples=2000):
    x = RNG.normal(0, 0.1, (n, samples)).astype("float32")
    return [x, np.full(n, samples, "int32")], np.arange(n) % 3


def two_layers():
    keras.utils.set_random_seed(0)
    x = keras.Input((3,))
    y = keras.layers.Dense(2, name="low", bias_initializer="ones")(x)
    return keras.Model(x, keras.layers.Dense(1, name="high", bias_initializer="ones")(y))


def steps(optimizer, n=3):
    """The weights by path, after some steps on numbers that are the same every time."""
    model = two_layers()
    model.compile(optimizer, "mse", jit_compile=JIT)
    rng = np.random.default_rng(1)
    for _ in range(n):
        model.train_on_batch(rng.normal(size=(4, 3)), rng.normal(size=(4, 1)))
    return {v.path: to_numpy(v) for v in model.weights}


@pytest.mark.backends
def test_without_multipliers_it_is_adamw():
    plain = keras.optimizers.AdamW(0.1, weight_decay=0.3)
    plain.exclude_from_weight_decay(var_names=["bias"])
    expected = steps(plain)
    for path, got in steps(LayerRates(0.1, decay=0.3)).items():
        np.testing.assert_allclose(got, expected[path], rtol=FLOAT32, atol=FLOAT32_SHORT)


@pytest.mark.backends
def test_a_layer_with_a_tenth_of_the_rate_makes_a_tenth_of_the_step():
    # Of the first step alone: later ones see other gradients. Under Adam a gradient scaled by
    # a tenth would have made the same step as before.
    start = {v.path: to_numpy(v) for v in two_layers().weights}
    whole = steps(LayerRates(0.1, decay=0.3), n=1)
    tenth = steps(LayerRates(0.1, decay=0.3, multipliers={"low": 0.1}), n=1)
    for path, before in start.items():
        share = 0.1 if path.startswith("low") else 1.0
        np.testing.assert_allclose(
            tenth[path] - before, share * (whole[path] - before), rtol=1e-3, atol=FLOAT32_SHORT
        )


def test_the_optimizer_survives_a_file_with_its_state(tmp_path):
    model = two_layers()
    rates = LayerRates(
        LinearCycle(peak=0.1, steps=9, warmup=2), multipliers={"low": 0.1}, global_clipnorm=1.0
    )
    model.compile(rates, "mse", jit_compile=False)
    x, y = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 1))
    model.train_on_batch(x, y)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    for each in (model, again):
        each.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    json.dumps(rates.get_config()["multipliers"])


def test_the_rate_rises_in_a_line_and_falls_in_one():
    cycle = LinearCycle(peak=0.5, steps=10, warmup=4)
    got = [float(cycle(step)) for step in range(11)]
    assert got[:5] == pytest.approx([0.125, 0.125, 0.25, 0.375, 0.5])
    assert got[4:] == pytest.approx([0.5 * (10 - k) / 6 for k in range(4, 11)], abs=1e-7)
    assert float(LinearCycle(peak=0.5, steps=1, warmup=1)(0)) == pytest.approx(0.5)


@pytest.mark.parametrize("stable", [False, True])
def test_rates_fall_from_block_to_block(stable):
    model = network(do_stable_layer_norm=stable)
    rates = places(model).multipliers(model, decay=0.5, head=10.0)
    assert {name: rates[name] for name in ("classifier", "block_1", "block_0", "conv_0")} == {
        "classifier": 10.0, "block_1": 1.0, "block_0": 0.5, "conv_0": 0.125,
    }  # fmt: skip
    assert rates["feature_projection"] == rates["positional"] == 0.25
    assert rates["encoder_norm"] == (1.0 if stable else 0.25)
    # Every learned variable has a layer of the table.
    assert {v.path.partition("/")[0] for v in model.trainable_variables} <= set(rates)


@pytest.mark.parametrize(
    ("upper", "encoder", "learns"),
    [
        (0, False, {"projector", "classifier"}),
        (1, True, {"projector", "classifier", "block_1"}),
        (
            None,
            False,
            {
                "projector", "classifier", "block_0", "block_1", "feature_norm", "positional",
                "feature_projection", "encoder_norm",
            },
        ),
    ],
)  # fmt: skip
def test_a_stage_trains_its_layers_only(upper, encoder, learns):
    model = network()
    places(model).release(model, upper=upper, stem=encoder)
    assert {v.path.partition("/")[0] for v in model.trainable_variables} == learns
    places(model).release(model, upper=None, stem=True)
    assert len(model.trainable_variables) == len(
        [w for w in model.weights if "float" in str(w.dtype)]
    )


@pytest.mark.usefixtures("eagerly")
def test_batches_put_together_are_one_large_batch():
    # Equal lengths: a mean of means. Clipped after they are added, as a large batch is.
    (x, length), y = clips(n=6)
    got = []
    for parts in (1, 3):
        model = network()
        # Long, so that the rate is the same at the first batch and at the third.
        settings = FineTuning(epochs=1, accumulate=parts, clip_norm=0.1, warmup_share=1e-9)
        rates = places(model).multipliers(model, decay=0.5, head=2.0)
        compile_stage(model, settings, peak=1e-2, steps=10**5, rates=rates, unit=None)
        for part in np.split(np.arange(6), parts):
            model.train_on_batch([x[part], length[part]], y[part])
        got.append({v.path: to_numpy(v) for v in model.trainable_variables})
    moved = 0.0
    before = {v.path: to_numpy(v) for v in network().trainable_variables}
    for path, whole in got[0].items():
        # Adam's first step has the size of the rate, for any gradient: where this is
        # rounding, as that of a key's bias, its sign has no meaning.
        if not path.endswith("k_proj/bias"):
            step = np.abs(whole - before[path]).max()
            assert np.median(np.abs(got[1][path] - whole)) <= 0.02 * step, path
            moved = max(moved, step)
    assert moved > 1e-3


@pytest.mark.backends
def test_gradients_that_float16_has_no_numbers_for_are_learned_from_all_the_same():
    # As in the family: the layers' policy is float16's, the model's is not.
    half = {"dtype": "mixed_float16"}
    x = keras.Input((4,))
    y = keras.layers.Dense(5, name="block_0", **half)(x)
    y = keras.layers.Dense(3, name="classifier", activation="softmax", **half)(y)
    model = keras.Model(x, y)
    settings = FineTuning(
        epochs=1, accumulate=2, weight_decay=0.0, clip_norm=0.1, precision="mixed_float16"
    )
    compile_stage(model, settings, peak=1e-2, steps=4, rates={}, unit=None)
    kernel = model.get_layer("block_0").kernel
    moved, start = [], to_numpy(kernel)
    for _ in range(2):
        x, y = RNG.normal(size=(4, 4)), np.arange(4) % 3
        model.train_on_batch(x, y, sample_weight=np.full(4, 1e-8, "float32"))
        moved.append(np.abs(to_numpy(kernel) - start).max())
    # A step per two batches; without a scale every gradient is below what float16 holds.
    assert moved[0] == 0
    assert 0 < moved[1] < 1


@pytest.mark.slow
def test_gradient_checkpointing_computes_blocks_again_with_the_same_dropout(monkeypatch):
    from kapre_like.models.wav2vec2.backbone.encoder_block import EncoderBlock

    calls, plain = [], EncoderBlock._block
    monkeypatch.setattr(
        EncoderBlock, "_block", lambda *given: (calls.append(1), plain(*given))[1]
    )
    (x, length), y = clips()
    weights, counts = [], []
    for again in (False, True):
        config = Wav2Vec2Config(**SMALL, mask_time_prob=0.0)  # dropout as in the original
        model = wav2vec2(
            config, "classify", labels=3, output="probabilities", seed=0,
            gradient_checkpointing=again,
        )  # fmt: skip
        model = keras.models.clone_model(model)  # what makes it so is in its configuration
        keras.utils.set_random_seed(1)
        for v in model.trainable_variables:
            v.assign(0.3 * np.random.default_rng(v.shape[-1]).standard_normal(v.shape))
        for v in model.non_trainable_variables:
            if v.name == "seed_generator_state":
                v.assign([1, 2])
        model.compile(
            keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", jit_compile=False
        )
        calls.clear()
        for _ in range(2):
            model.train_on_batch([x, length], y)
        counts.append(len(calls))
        weights.append(model.get_weights())
    assert counts == [2, 4]  # blocks, as often as they are traced
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=FLOAT32)


@pytest.mark.backends
def test_the_share_of_the_most_frequent_answer():
    metric = TopClass(classes=3)
    for rows in ([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], [[0.9, 0.1, 0.0], [0.6, 0.3, 0.1]]):
        metric.update_state(np.zeros(2), np.array(rows, "float32"))
    assert float(metric.result()) == pytest.approx(0.75)
    spread = ScoreSpread(offset=100.0, scale=2.0)
    for scores in ([99.0, 101.0], [98.0, 102.0]):
        spread.update_state(np.zeros(2), np.array(scores, "float32"))
    assert float(spread.result()) == pytest.approx(np.std([99, 101, 98, 102]) / 2, rel=1e-5)
    # Far off, in parts of several sizes: the deviation is still that of the scores.
    spread.reset_state()
    scores = 1e6 + np.arange(7.0)
    for part in (scores[:4], scores[4:]):
        spread.update_state(np.zeros(len(part)), part)
    assert float(spread.result()) == pytest.approx(scores.std() / 2, rel=0.05)
    for each in (metric, spread):
        assert type(each).from_config(each.get_config()).get_config() == each.get_config()


def test_constant_answers_are_seen_in_the_validation_curves():
    classes = {"train_top_class": [1.0, 1.0], "valid_loss": [1, 1], "valid_top_class": [1, 0.6]}
    assert is_constant(classes, 1)
    assert not is_constant(classes, 2)
    assert is_constant({"train_top_class": [1.0]}, 1)  # no validation clips
    assert is_constant({"valid_loss": [1], "valid_spread": [0.01]}, 1)
    assert not is_constant({"valid_loss": [1], "valid_spread": [0.3]}, 1)
    assert is_constant({"valid_loss": [1], "valid_spread": [float("nan")]}, 1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"precision": "mixed_bfloat16"}, "`precision` must be 'float32', as the model was"),
        ({"gradient_checkpointing": True}, "Build it with gradient_checkpointing=True"),
    ],
    ids=["precision", "checkpointing"],
)
def test_what_a_model_was_not_built_with_is_refused(settings, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        fine_tune(
            network(), None, None, settings=FineTuning(epochs=1, **settings), places=None,
            folder=tmp_path, fingerprint=0, log=print,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FineTuning(epochs=0), "`epochs` must be an int > 0"),
        (lambda: FineTuning(epochs=2, head_epochs=2), "`head_epochs` must be < epochs=2"),
        (lambda: FineTuning(epochs=2, rate_decay=1.5), "`rate_decay` must be a number in"),
        (lambda: FineTuning(epochs=2, rate=float("nan")), "`rate` must be a number > 0"),
        (lambda: FineTuning(epochs=2, upper=-1), "`upper` must be an int > 0"),
        (lambda: FineTuning(epochs=2, precision="half"), "`precision` must be one of"),
        (lambda: FineTuning(epochs=2).changed(speed=1), "`setting` must be one of"),
        (lambda: LayerRates(0.1, multipliers={"a": 0}), "must be a number > 0"),
        (lambda: LayerRates(0.1, multipliers=[1]), "`multipliers` must be a dict"),
        (lambda: LayerRates(0.1, decay=-1), "`decay` must be a number >= 0"),
        (lambda: LinearCycle(peak=1, steps=2, warmup=3), "`warmup` must be at most steps=2"),
        (lambda: TopClass(classes=0), "`classes` must be an int > 0"),
        (lambda: ScoreSpread(offset=0.0, scale=0), "`scale` must be a number > 0"),
    ],
    ids=range(13),
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()
