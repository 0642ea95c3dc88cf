"""Pretraining against transformers, its draws by their statistics, and that it learns."""

import pathlib
import types

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, quick, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT
from wav2vec2_twins import STABLE, TINY, assert_close, clips, pairs, parameter_gradients

from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.heads.network import wav2vec2
from kapre_like.models.wav2vec2.pretraining.contrastive import ContrastiveTask, random_negatives
from kapre_like.models.wav2vec2.pretraining.gumbel_quantizer import GumbelQuantizer
from kapre_like.models.wav2vec2.pretraining.network import (
    PretrainingModel,
    wav2vec2_for_pretraining,
)

pytestmark = pytest.mark.backends
VALUES = {
    **TINY,
    "num_codevectors_per_group": 10,
    "codevector_dim": 16,
    "proj_codevector_dim": 24,
    "num_negatives": 7,
    "apply_spec_augment": True,
    "mask_feature_prob": 0.0,
}
ROOT = pathlib.Path(__file__).parents[1]
LENGTHS = np.array([9000, 6801], "int32")


def original(**values):
    import torch
    import transformers

    torch.manual_seed(0)
    hf = transformers.Wav2Vec2ForPreTraining(transformers.Wav2Vec2Config(**VALUES, **values))
    with torch.no_grad():
        for p in hf.parameters():
            p.add_(0.05 * torch.randn_like(p))
    return hf


def twin(hf, **arguments):
    config = Wav2Vec2Config.from_json(hf.config.to_dict())
    arguments = {"padding": "huggingface", "normalize": False, **arguments}
    model = wav2vec2_for_pretraining(config, **arguments)
    tensors = {k: v.detach().numpy() for k, v in hf.state_dict().items()}
    places = places_of(model)
    assert set(places) == set(tensors)
    for name, (variable, turn) in places.items():
        variable.assign(turn(tensors[name]))
    return model


def places_of(model):
    def as_is(x):
        return x

    quantizer = model.get_layer("quantizer")
    places = {**pairs(model, None), "quantizer.codevectors": (quantizer.codevectors, as_is)}
    dense = {"quantizer.weight_proj": quantizer.weight_proj}
    dense |= {name: model.get_layer(name) for name in ("project_hid", "project_q")}
    for name, layer in dense.items():
        places[f"{name}.weight"] = (layer.kernel, np.transpose)
        places[f"{name}.bias"] = (layer.bias, as_is)
    return places


def draws(hf, lengths=LENGTHS):
    """Mask, negatives and Gumbel noise, the first two drawn by the original's functions."""
    from transformers.models.wav2vec2 import modeling_wav2vec2 as source

    # The original draws from the global state.
    np.random.seed(0)  # noqa: NPY002
    frames = int(hf._get_feat_extract_output_lengths(int(max(lengths))))
    shape = (len(lengths), frames)
    mask = source._compute_mask_indices(shape, 0.65, 4, min_masks=2)
    negatives = source._sample_negative_indices(shape, 7, mask)
    gumbel = np.random.gumbel(size=(*shape, 20)).astype("float32")  # noqa: NPY002
    return mask, negatives.astype("int32"), gumbel


def with_noise(gumbel):
    """`torch.nn.functional.gumbel_softmax` with given noise."""
    import torch

    def gumbel_softmax(logits, tau, hard):
        assert hard
        noise = torch.tensor(gumbel).reshape(logits.shape)
        soft = torch.softmax((logits + noise) / tau, -1)
        one = torch.zeros_like(soft).scatter_(-1, soft.argmax(-1, keepdim=True), 1.0)
        return one - soft.detach() + soft

    return gumbel_softmax


@pytest.mark.parametrize("values", [{}, STABLE], ids=["group", "layer"])
@pytest.mark.parametrize("training", [False, True])
def test_loss_of_the_original(values, training, monkeypatch):
    import torch

    hf = original(**values).train(training)
    mask, negatives, gumbel = draws(hf)
    monkeypatch.setattr(torch.nn.functional, "gumbel_softmax", with_noise(gumbel))
    x = clips(LENGTHS)
    tensors = [torch.tensor(mask), torch.tensor(negatives)]
    with torch.no_grad():
        expected = hf(
            torch.tensor(x), mask_time_indices=tensors[0], sampled_negative_indices=tensors[1]
        )
    given = ("mask", "negatives", "gumbel")[: 2 + training]
    model = twin(hf, given=given, attention_mask=False)
    y = quick(model)([x, LENGTHS, mask, negatives, gumbel][: 4 + training])
    for name in ("loss", "contrastive_loss", "diversity_loss", "codevector_perplexity"):
        np.testing.assert_allclose(
            to_numpy(y[name]), getattr(expected, name), rtol=FLOAT32_LONG
        )
    for name in ("projected_states", "projected_quantized_states"):
        assert_close(y[name], getattr(expected, name).numpy())
    assert to_numpy(y["hidden_frames"]) == mask.sum()
    # Positions within the clip name the same frames as positions in the whole batch.
    inside = negatives % mask.shape[1]
    again = quick(model)([x, LENGTHS, mask, inside, gumbel][: 4 + training])
    assert to_numpy(again["loss"]) == to_numpy(y["loss"])


def test_gradients_of_the_original(monkeypatch):
    import torch

    hf = original().train()
    mask, negatives, gumbel = draws(hf)
    monkeypatch.setattr(torch.nn.functional, "gumbel_softmax", with_noise(gumbel))
    x = clips(LENGTHS)
    hf(
        torch.tensor(x),
        mask_time_indices=torch.tensor(mask),
        sampled_negative_indices=torch.tensor(negatives),
    ).loss.backward()
    expected = {name: p.grad.numpy() for name, p in hf.named_parameters()}
    model = twin(hf, given=("mask", "negatives", "gumbel"), feature_gradient=0.5)
    inputs = [x, LENGTHS, mask, negatives, gumbel]
    got = parameter_gradients(model, inputs, lambda y: y["loss"])
    names = (
        "quantizer.codevectors", "quantizer.weight_proj.weight", "quantizer.weight_proj.bias",
        "project_hid.weight", "project_q.bias", "wav2vec2.masked_spec_embed",
        "wav2vec2.feature_projection.projection.weight",
        "wav2vec2.feature_extractor.conv_layers.3.conv.weight",
    )  # fmt: skip
    places = places_of(model)
    for name in names:
        variable, turn = places[name]
        # The features' gradient was halved below the projection.
        share = 0.5 if "conv_layers" in name else 1.0
        assert_close(got[variable.path], share * turn(expected[name]), 1e-3)


@pytest.mark.slow
def test_trains_by_plain_fit_on_real_speech(tmp_path):
    waveform, length = spoken_digits(8)
    model = wav2vec2_for_pretraining(
        Wav2Vec2Config(**VALUES), mask_length=4, decay=0.99, seed=0
    )
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=BACKEND == "jax")
    history = model.fit([waveform, length], batch_size=4, epochs=6, verbose=0).history
    # 2.2 to 2.05; epochs of a trained network differ by 0.02 from chance.
    assert history["loss"][-1] < history["loss"][0] - 0.08
    # The codes are used more evenly too: they have not run together into one.
    assert history["perplexity"][0] < history["perplexity"][-1] <= 20
    quantizer = model.get_layer("quantizer")
    np.testing.assert_allclose(to_numpy(quantizer.steps), 12)
    np.testing.assert_allclose(
        to_numpy(quantizer.current_temperature()), 2 * 0.99**12, rtol=FLOAT32
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert to_numpy(loaded.get_layer("quantizer").steps) == 12
    figures = loaded.evaluate([waveform, length], batch_size=4, verbose=0, return_dict=True)
    assert figures["loss"] < history["loss"][0]
    assert to_numpy(loaded.get_layer("quantizer").steps) == 12


def spoken_digits(count):
    from kapre_like.audio.decode import read

    paths = sorted((ROOT / "examples/data/spoken_digits/clips").rglob("*.flac"))[
        :: 300 // count
    ]
    waves = [read(path, sample_rate=16000)[:8000] for path in paths[:count]]
    length = np.array([len(wave) for wave in waves], "int32")
    waveform = np.zeros((count, max(length)), "float32")
    for row, wave in zip(waveform, waves, strict=True):
        row[: len(wave)] = wave
    return waveform, length


@pytest.mark.backends(full=True)
def test_padding_and_short_clips_do_no_harm():
    model = wav2vec2_for_pretraining(Wav2Vec2Config(**VALUES), mask_length=4, seed=0)
    lengths = np.array([9000, 300, 0, 1200], "int32")
    y = model([clips(lengths, fill=np.inf), lengths])
    hidden = to_numpy(y["hidden"])
    # 300 samples and none are one frame of zeros, shorter than a span of 4.
    assert hidden.sum(axis=1)[0] > 4
    assert not hidden[1:3].any()
    assert not hidden[:, 27:].any()
    assert all(np.isfinite(to_numpy(value)).all() for value in y.values())
    nothing = model([clips(lengths[1:3]), lengths[1:3]])
    assert to_numpy(nothing["loss"]) == 0
    assert to_numpy(nothing["hidden_frames"]) == 0


def test_negatives_are_the_other_hidden_frames_each_as_often():
    hidden = np.zeros((3, 12), bool)
    hidden[0, [1, 4, 5, 9]] = True
    hidden[1, 3] = True
    drawn = to_numpy(random_negatives(hidden, count=3000, seed=keras.random.SeedGenerator(0)))
    assert drawn.shape == (3, 12, 3000)
    for frame in (1, 4, 5, 9):
        others, counts = np.unique(drawn[0, frame], return_counts=True)
        assert others.tolist() == [other for other in (1, 4, 5, 9) if other != frame]
        # 1000 expected, standard deviation 26.
        assert np.abs(counts - 1000).max() < 130
    assert (drawn[1, 3] == 3).all()
    assert (drawn[0, 0] == 0).all()
    assert (drawn[2] == np.arange(12)[:, None]).all()


def test_negatives_are_drawn_anew_in_a_graph():
    seed = keras.random.SeedGenerator(1)
    layer = ContrastiveTask(negatives=5, codes=8)
    layer.seed_generator = seed
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 30, 6)).astype("float32")
    inputs = [
        keras.Input((None, 6)), keras.Input((None, 6)),
        keras.Input((None, 2), dtype="int32"), keras.Input((None,), dtype="bool"),
    ]  # fmt: skip
    perplexity = keras.layers.Lambda(lambda v: keras.ops.sum(v[:0]), output_shape=())(inputs[0])
    model = keras.Model(inputs, layer([*inputs, perplexity]))
    hidden = np.ones((2, 30), bool)
    codes = rng.integers(0, 4, (2, 30, 2)).astype("int32")
    model.compile(jit_compile=BACKEND == "jax")
    losses = [model.predict_on_batch([x, x[:, ::-1], codes, hidden])["loss"] for _ in range(3)]
    assert len({float(loss) for loss in losses}) == 3


def test_equal_codes_are_no_negatives():
    one = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]], "float32")
    codes = np.array([[[0, 1], [2, 3], [0, 1]]], "int32")
    hidden = np.ones((1, 3), bool)
    task = ContrastiveTask(negatives=2, temperature=1.0, diversity=0.0, codes=8)
    y = task([one, one, codes, hidden, np.float32(8), np.array([[[1, 2], [0, 2], [0, 1]]])])
    # Frame 0 counts frame 1 alone, at 0; frame 1 both, at 0 and 1; frame 2 only frame 1, at 1.
    expected = np.log1p(np.exp(-1)) + np.log(1 + np.exp(-1) + 1) + np.log(2)
    np.testing.assert_allclose(to_numpy(y["loss"]), expected, rtol=FLOAT32_SHORT)
    np.testing.assert_allclose(to_numpy(y["accuracy"]), 1 / 3, rtol=FLOAT32_SHORT)


def test_quantizer_samples_by_probability():
    layer = GumbelQuantizer(groups=2, entries=4, dim=6)
    x, hidden = np.ones((4, 500, 3), "float32"), np.ones((4, 500), bool)
    layer([x, hidden])
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05, 0.25, 0.25, 0.25, 0.25], "float32"))
    layer.weight_proj.kernel.assign(np.zeros((3, 8)))
    layer.weight_proj.bias.assign(logits)
    y = layer([x, hidden], training=True)
    codes = to_numpy(y["codes"])
    shares = [np.mean(codes[..., group] == entry) for group in (0, 1) for entry in range(4)]
    # The standard deviation of a share of 2000 draws is at most 0.011.
    np.testing.assert_allclose(shares, np.exp(logits), atol=0.05)
    entropy = [-(p * np.log(p)).sum() for p in np.split(np.exp(logits), 2)]
    np.testing.assert_allclose(to_numpy(y["perplexity"]), np.exp(entropy).sum(), rtol=FLOAT32)
    # Every frame is an unchanged codevector of each group.
    table = to_numpy(layer.codevectors).reshape(2, 4, 3)
    chosen = np.concatenate([table[g][codes[..., g]] for g in (0, 1)], axis=-1)
    np.testing.assert_allclose(to_numpy(y["codevectors"]), chosen, rtol=FLOAT32)
    still = layer([x, hidden])
    assert (to_numpy(still["codes"])[..., 0] == 0).all()
    np.testing.assert_allclose(to_numpy(still["perplexity"]), 2, rtol=FLOAT32_SHORT)


def test_temperature_falls_to_its_least():
    layer = GumbelQuantizer(groups=2, entries=4, dim=6)
    layer.build([(None, None, 3), (None, None)])
    for steps, expected in ((0, 2.0), (100_000, 2 * 0.999995**100_000), (10**6, 0.5)):
        layer.steps.assign(steps)
        got = to_numpy(layer.current_temperature())
        np.testing.assert_allclose(got, expected, rtol=FLOAT32_SHORT)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.backends(full=True)
def test_half_precision_is_finite(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = wav2vec2_for_pretraining(Wav2Vec2Config(**VALUES), mask_length=4, seed=0)
        y = model([clips(LENGTHS), LENGTHS], training=True)
    finally:
        keras.config.set_dtype_policy(before)
    assert keras.backend.standardize_dtype(y["loss"].dtype) == "float32"
    assert all(
        np.isfinite(to_numpy(keras.ops.cast(value, "float32"))).all() for value in y.values()
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"given": "mask"},
        {"given": ("noise",)},
        {"padding": "none"},
        {"mask_probability": 1.5},
        {"mask_length": 0},
        {"temperature": 0.4},
        {"decay": 1.1},
        {"feature_gradient": -1.0},
        {"config": Wav2Vec2Config(**VALUES, add_adapter=True)},
        {"config": types.SimpleNamespace()},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="must be"):
        wav2vec2_for_pretraining(**{"config": Wav2Vec2Config(**VALUES), **arguments})


def test_a_checkpoint_goes_on_being_pretrained(tmp_path):
    hf = original()
    hf.save_pretrained(tmp_path)
    given = {"given": ("mask", "negatives"), "attention_mask": False, "normalize": False}
    loaded = []
    model = from_huggingface(
        tmp_path, head="pretrain", padding="huggingface", report=loaded.append, **given
    )
    assert not loaded[0].unused
    assert not loaded[0].fresh
    mask, negatives, _ = draws(hf)
    inputs = [clips(LENGTHS), LENGTHS, mask, negatives]
    expected = to_numpy(quick(twin(hf, **given))(inputs)["loss"])
    assert to_numpy(quick(model)(inputs)["loss"]) == expected
    network = CheckpointFacts.of(model).network()
    assert isinstance(wav2vec2(network, "pretrain"), PretrainingModel)
