"""The Wav2Vec2 backbone against transformers, and each clip by itself."""

import operator

import keras
import numpy as np
import pytest
from backend_tools import FULL, compiled, quick, to_numpy
from tolerances import FLOAT32_SHORT
from wav2vec2_checkpoints import ADAPTERS, save
from wav2vec2_twins import (
    STABLE,
    TINY,
    answer_loss_and_gradients,
    assert_close,
    clips,
    parameter_gradients,
)

from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.checkpoint.tensors import tensors
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.heads.network import wav2vec2

pytestmark = pytest.mark.backends
KINDS = {
    "group": {},
    "layer": {"feat_extract_norm": "layer"},
    "stable group": {"do_stable_layer_norm": True},
    "group with bias": {"conv_bias": True},
    "large": STABLE,
    "adapters": ADAPTERS,
}


def originals(folder, **values):
    return save(folder, size=TINY, **values)


def keras_twin(folder, **arguments):
    quiet = {"normalize": False, "report": lambda loaded: None}
    return from_huggingface(folder, **{**quiet, **arguments})


def states(hf, x, mask=None):
    """All hidden states of the original, and what comes out last."""
    import torch

    mask = None if mask is None else torch.tensor(mask)
    with torch.no_grad():
        y = hf(torch.tensor(x), attention_mask=mask, output_hidden_states=True)
    return [h.numpy() for h in y.hidden_states], y.last_hidden_state.numpy()


@pytest.mark.parametrize(
    "kind",
    [
        # What each of these changes, "large" changes too.
        pytest.param(kind, marks=pytest.mark.backends(full=True))
        if kind in ("layer", "stable group", "group with bias")
        else kind
        for kind in KINDS
    ],
)
def test_hidden_states_are_those_of_transformers(kind, tmp_path):
    hf = originals(tmp_path, **KINDS[kind])
    lengths = np.array([6000, 4100, 700], "int32")
    x = clips(lengths)
    attended = (np.arange(6000) < lengths[:, None]).astype("int64")
    models = {
        masked: keras_twin(tmp_path, padding="huggingface", attention_mask=masked, output="all")
        for masked in (True, False)
    }
    for masked, model in models.items():
        y = quick(model)([x, lengths])
        assert list(model.output) == ["features", *(f"hidden_{i}" for i in range(3)), "last"]
        hidden, last = states(hf, x, attended if masked else None)
        for i, expected in enumerate(hidden):
            assert_close(y[f"hidden_{i}"], expected)
        assert_close(y["last"], last)
    # A program each on JAX.
    several = kind in ("group", "large") and FULL
    for samples in (400, 719, 720, 16000) if several else (401,):
        alone = clips([samples])
        y = quick(models[False])([alone, np.array([samples], "int32")])
        hidden, last = states(hf, alone)
        for i, expected in enumerate(hidden):
            assert_close(y[f"hidden_{i}"], expected)
        assert_close(y["last"], last)


@pytest.mark.parametrize(
    "kind",
    [
        "group",
        *(
            pytest.param(k, marks=[pytest.mark.backends(full=True), *more])
            for k, more in (("large", [pytest.mark.slow]), ("adapters", []))
        ),
    ],
)
def test_a_clip_in_a_batch_is_itself_alone_whatever_the_padding(kind):
    model = wav2vec2(Wav2Vec2Config(**{**TINY, **KINDS[kind]}), output="all", seed=0)
    lengths = np.array([9000, 7001, 399, 0, 720], "int32")
    batch = {}
    for fill in (0.0, 1e4, np.nan, np.inf):
        x = clips(lengths, fill=fill)
        y = {name: to_numpy(value) for name, value in quick(model)([x, lengths]).items()}
        assert np.isfinite(y["last"][0]).all()
        batch.setdefault("first", y)
        for i, length in enumerate(lengths):
            frames = max(1 + (int(length) - 400) // 320, 1)
            for name, value in y.items():
                first = batch["first"][name][i]
                count = last_frames(model, frames) if name == "last" else frames
                np.testing.assert_array_equal(value[i, :count], first[:count])
    for i, length in enumerate(lengths):
        alone = quick(model)([clips(lengths)[i : i + 1, :length], lengths[i : i + 1]])
        for name, value in alone.items():
            value = to_numpy(value)[0]
            np.testing.assert_allclose(
                batch["first"][name][i, : len(value)], value, rtol=0, atol=2e-5
            )


def last_frames(model, frames):
    """Frames that the adapter, if there is one, leaves of so many."""
    for layer in model.layers:
        if layer.name.startswith("adapter_") and layer.name[8:].isdigit():
            frames = (frames - 1) // layer.strides + 1
    return frames


def test_a_batch_without_samples_or_of_short_clips():
    model = wav2vec2(Wav2Vec2Config(**TINY), seed=0)
    for samples in (0, 1, 399):
        y = quick(model)([np.zeros((2, samples), "float32"), np.full(2, samples, "int32")])
        assert y.shape == (2, 1, 32)
        assert np.isfinite(to_numpy(y)).all()
    # Filled up with zeros behind its end.
    short, filled = clips([300]), np.zeros((1, 400), "float32")
    plain = wav2vec2(Wav2Vec2Config(**TINY), normalize=False, seed=0)
    filled[:, :300] = short
    np.testing.assert_allclose(
        to_numpy(quick(plain)([short, np.array([300])])),
        to_numpy(quick(plain)([filled, np.array([400])])),
        rtol=0,
        atol=FLOAT32_SHORT,
    )


@pytest.mark.backends(full=True)
def test_saved_cloned_and_compiled(tmp_path):
    model = wav2vec2(Wav2Vec2Config(**{**TINY, **ADAPTERS}), output="all", seed=0)
    lengths = np.array([5000, 3001], "int32")
    inputs = [clips(lengths), lengths]
    expected = {name: to_numpy(value) for name, value in model(inputs).items()}
    model.save(tmp_path / "m.keras")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    run = compiled(lambda x, length: model([x, length]))
    answers = [keras.models.load_model(tmp_path / "m.keras")(inputs), clone(inputs)]
    for y in (*answers, run(*inputs)):
        assert set(y) == set(expected)
        for name, value in expected.items():
            assert_close(y[name], value, 1e-5)


@pytest.mark.parametrize(
    "policy",
    ["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.backends(full=True))],
)
def test_half_precision(policy):
    lengths = np.array([5000, 3001, 0], "int32")
    inputs = [clips(lengths), lengths]
    inputs[0][1, :3001] *= 1e-4
    before = keras.config.dtype_policy()
    config = Wav2Vec2Config(**{**TINY, **STABLE, "apply_spec_augment": True})
    full = wav2vec2(config, seed=0)
    keras.config.set_dtype_policy(policy)
    try:
        half = wav2vec2(config, seed=0)
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(full.get_weights())
    got = keras.ops.cast(quick(half)(inputs), "float32")
    assert_close(got, to_numpy(quick(full)(inputs)), 0.05)
    trained, _, _ = answer_loss_and_gradients(
        half, inputs, lambda y: keras.ops.mean(keras.ops.cast(y, "float32"))
    )
    assert np.isfinite(to_numpy(keras.ops.cast(trained, "float32"))).all()


NAMES = (
    "feature_extractor.conv_layers.0.conv.weight",
    "feature_extractor.conv_layers.0.layer_norm.weight",
    "feature_extractor.conv_layers.6.conv.weight",
    "feature_projection.layer_norm.bias",
    "feature_projection.projection.weight",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original0",
    "encoder.pos_conv_embed.conv.parametrizations.weight.original1",
    "encoder.pos_conv_embed.conv.bias",
    "encoder.layer_norm.weight",
    "encoder.layers.0.attention.q_proj.weight",
    "encoder.layers.1.attention.k_proj.weight",
    "encoder.layers.0.attention.v_proj.bias",
    "encoder.layers.1.attention.out_proj.weight",
    "encoder.layers.0.feed_forward.intermediate_dense.weight",
    "encoder.layers.1.feed_forward.output_dense.bias",
    "encoder.layers.1.final_layer_norm.weight",
)
WIDE = (
    "feature_extractor.conv_layers.3.conv.bias",
    "encoder.layers.0.adapter_layer.linear_1.weight",
    "encoder.layers.1.adapter_layer.norm.bias",
    "adapter.proj.weight",
    "adapter.layers.2.conv.weight",
)


@pytest.mark.parametrize("kind", ["group", "adapters"])
def test_gradients_are_those_of_transformers(kind, tmp_path):
    import torch

    hf = originals(tmp_path, **KINDS[kind])
    lengths = np.array([6000, 4100], "int32")
    x = clips(lengths)
    mask = (np.arange(6000) < lengths[:, None]).astype("int64")
    last = hf(torch.tensor(x), attention_mask=torch.tensor(mask)).last_hidden_state
    weight = np.random.default_rng(1).standard_normal(last.shape).astype("float32")
    (last * torch.tensor(weight)).sum().backward()
    expected = {name: p.grad for name, p in hf.named_parameters()}
    model = keras_twin(tmp_path, padding="huggingface", attention_mask=True)
    got = parameter_gradients(
        model, [x, lengths], lambda y: keras.ops.sum(keras.ops.multiply(y, weight))
    )
    rows = {row.name: row for row in tensors(CheckpointFacts.of(model).network())}
    for name in NAMES + (WIDE if kind == "adapters" else ()):
        variable = operator.attrgetter(rows[name].attribute)(model.get_layer(rows[name].layer))
        assert_close(got[variable.path], rows[name].read(expected[name].numpy()), 1e-3)


@pytest.mark.backends(full=True)
def test_gradient_checkpointing_changes_no_gradient():
    config = Wav2Vec2Config(**TINY)
    lengths = np.array([5000, 3001], "int32")
    gradients = []
    for again in (False, True):
        model = wav2vec2(config, gradient_checkpointing=again, seed=0)
        got = parameter_gradients(
            model, [clips(lengths), lengths], lambda y: keras.ops.sum(y[:, ::2] ** 3)
        )
        gradients.append(list(got.values()))
    for plain, recomputed in zip(*gradients, strict=True):
        # That of a key's bias is 0 but for rounding: a share of it has no meaning.
        limit = 1e-5 * max(1.0, np.abs(plain).max())
        np.testing.assert_allclose(recomputed, plain, rtol=0, atol=limit)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"model_type": "encodec"}, "model_type"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"num_attention_heads": 5}, "num_attention_heads"),
        ({"num_conv_pos_embedding_groups": 7}, "num_conv_pos_embedding_groups"),
        ({"conv_dim": (16,) * 6}, "conv_dim"),
        ({"feat_extract_norm": "batch"}, "feat_extract_norm"),
        ({"hidden_act": "tanh"}, "hidden_act"),
        ({"adapter_attn_dim": 4}, "adapter_attn_dim"),
    ],
)
def test_wrong_configurations(values, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        Wav2Vec2Config(**{**TINY, **values})
