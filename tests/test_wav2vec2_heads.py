"""Wav2Vec2 heads: the numbers of transformers, and each clip by itself."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from backend_tools import JIT, compiled, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT
from wav2vec2_twins import (
    LENGTHS,
    STABLE,
    TINY,
    answer_loss_and_gradients,
    assert_close,
    attention_mask,
    clips,
    original,
    pairs,
    parameter_gradients,
    twin,
)

from kapre_like.models.artifact import load
from kapre_like.models.blocks.cosine_losses import AMSoftmaxLoss
from kapre_like.models.blocks.frame_losses import CTCLoss, FrameLoss, ctc_losses
from kapre_like.models.blocks.pooling import AttentivePooling, FrameStatistics
from kapre_like.models.pretrained.kinds import PretrainedNetworks
from kapre_like.models.wav2vec2.backbone.frame_times import frame_count
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.family.family import Wav2Vec2Model
from kapre_like.models.wav2vec2.heads.network import wav2vec2

pytestmark = pytest.mark.backends

WEIGHTED = {"use_weighted_layer_sum": True}
CASES = [
    # The next one has every part of these two, and "frames" goes without a mask.
    pytest.param("classify", {}, True, marks=pytest.mark.backends(full=True)),
    pytest.param("classify", {}, False, marks=pytest.mark.backends(full=True)),
    ("classify", {**STABLE, **WEIGHTED}, True),
    ("regress", STABLE, True),
    ("frames", WEIGHTED, False),
    ("frames", STABLE, True),
    ("xvector", {}, False),
    ("xvector", {**STABLE, **WEIGHTED}, True),
    ("ctc", {}, False),
    ("ctc", STABLE, True),
]
CLASSES = np.array([2, 0, 1])
TEXTS = np.array([[3, 3, 1, -100], [4, 5, 1, 11], [7, -100, -100, -100]])
FRAMES = np.array([[frame_count(int(n)) for n in LENGTHS]]).ravel().astype("int32")
FRAME_CLASSES = np.random.default_rng(0).integers(0, 3, (3, FRAMES[0]))


def their_loss(head, hf, mask):
    """Logits, loss and its gradients by name, from PyTorch."""
    import torch

    labels = {
        "classify": CLASSES,
        "xvector": CLASSES,
        "ctc": TEXTS,
        "frames": np.eye(3)[FRAME_CLASSES],
    }.get(head)
    result = hf(
        torch.tensor(clips()),
        attention_mask=torch.tensor(attention_mask()) if mask else None,
        labels=None if labels is None else torch.tensor(labels),
    )
    loss = result.loss
    if head == "regress":
        loss = torch.mean((result.logits[:, 0] - torch.tensor(CLASSES)) ** 2)
    loss.backward()
    return result, float(loss.detach())


def our_loss(head, mask):
    """The same as a function of the network's output."""
    if head == "classify":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return lambda y: loss(CLASSES, y)
    if head == "regress":
        return lambda y: keras.losses.MeanSquaredError()(CLASSES.astype("float32"), y)
    if head == "frames":
        return lambda y: FrameLoss()(FRAME_CLASSES, y)
    if head == "xvector":
        return lambda y: AMSoftmaxLoss()(CLASSES, y["cosines"])
    frames = FRAMES if mask else np.full(3, FRAMES[0])
    return lambda y: keras.ops.sum(ctc_losses(TEXTS, y, frames, blank=0))


@pytest.mark.parametrize(("head", "values", "mask"), CASES)
def test_logits_loss_and_gradients_are_those_of_transformers(head, values, mask):
    pytest.importorskip("transformers")
    hf = original(head, labels=1 if head == "regress" else 3, **values)
    model = twin(hf, head, mask=mask, output="all" if head == "xvector" else None)
    result, their = their_loss(head, hf, mask)
    loss = our_loss(head, mask)
    y, value, ours = answer_loss_and_gradients(model, [clips(), LENGTHS], loss)
    logits = result.logits.detach().numpy()
    if head == "regress":
        logits = logits[:, 0]
    if head == "xvector":
        assert_close(y["embedding"], result.embeddings.detach())
    assert_close(y["logits"] if head == "xvector" else y, logits)
    np.testing.assert_allclose(value, their, rtol=FLOAT32_LONG)
    theirs = {name: p.grad for name, p in hf.named_parameters() if p.grad is not None}
    largest = max(float(g.abs().max()) for g in theirs.values())
    seen = 0
    for name, (variable, turn) in pairs(model, hf).items():
        if name in theirs and variable.path in ours:
            want = turn(theirs[name].numpy())
            # A bias of keys moves no softmax: its gradient is nothing but rounding.
            limit = 1e-3 * np.abs(want).max() + 1e-6 * largest
            np.testing.assert_allclose(ours[variable.path], want, atol=limit, err_msg=name)
            seen += 1
    # Every parameter but the vector of hidden spans, which nothing hid.
    assert seen == len(theirs) >= 30


HEADS = {
    "classify": {"labels": ["a", "b", "c"]},
    "regress": {"score_scale": 2.0, "score_offset": 3.0},
    "frames": {"labels": 3},
    "xvector": {"labels": 4, "output": "all"},
    "ctc": {},
    "attentive": {"labels": 3, "pooling": "attentive", "output": "probabilities"},
}


def build(name, **values):
    head = "classify" if name == "attentive" else name
    config = Wav2Vec2Config(**{**TINY, **values})
    return wav2vec2(config, head, seed=0, **HEADS[name])


@pytest.fixture(scope="module", params=list(HEADS))
def head(request):
    """A head's name and its network, with weights so large that every part shows."""
    model = build(request.param, use_weighted_layer_sum=request.param in ("frames", "xvector"))
    rng = np.random.default_rng(0)
    for v in model.trainable_variables:
        if "bias" in v.path or "beta" in v.path:
            v.assign(0.2 * rng.standard_normal(v.shape))
    return request.param, model


def run(model, waveform, length):
    y = model([waveform, np.asarray(length, "int32")], training=False)
    return {k: to_numpy(v) for k, v in (y if isinstance(y, dict) else {"y": y}).items()}


@pytest.mark.backends(full=True)
def test_a_clip_in_a_batch_is_itself_alone_whatever_the_padding(head):
    name, model = head
    # The shortest have less than a frame, and fewer frames than the time-delay layers span.
    lengths = np.array([9000, 5000, 3000, 401, 100, 0])
    together = run(model, clips(lengths, fill=1e6), lengths)
    for i, length in enumerate(lengths):
        alone = run(model, clips(lengths)[i : i + 1, : max(length, 1)], [length])
        for key, value in alone.items():
            frames = frame_count(int(length))
            batch = together[key][i][:frames] if name in ("frames", "ctc") else together[key][i]
            # Sums of float32 in another order.
            limit = 2e-5 * max(1.0, np.abs(batch).max())
            np.testing.assert_allclose(value[0], batch, atol=limit, err_msg=f"{key} {length}")


@pytest.mark.backends(full=True)
def test_shapes_and_the_head_in_float32(head):
    name, model = head
    shapes = {
        "classify": (3, 3),
        "attentive": (3, 3),
        "regress": (3,),
        "frames": (3, 27, 3),
        "ctc": (3, 27, 12),
    }
    y = run(model, clips(), LENGTHS)
    if name == "xvector":
        assert {k: v.shape for k, v in y.items()} == {
            "embedding": (3, 18),
            "logits": (3, 18),
            "cosines": (3, 4),
        }
        assert np.abs(y["cosines"]).max() <= 1 + 1e-6
    else:
        assert y["y"].shape == shapes[name]
    assert all(v.dtype == "float32" for v in y.values())
    if name == "attentive":
        np.testing.assert_allclose(y["y"].sum(-1), 1, rtol=FLOAT32_SHORT)


@pytest.mark.backends(full=True)
def test_a_saved_network_is_the_same_and_compiles(head, tmp_path):
    name, model = head
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    want, got = run(model, clips(), LENGTHS), run(loaded, clips(), LENGTHS)
    for key, value in want.items():
        np.testing.assert_array_equal(got[key], value)
    if name in ("xvector", "ctc"):
        call = compiled(lambda x, n: model([x, n], training=False))
        got = call(*map(keras.ops.convert_to_tensor, (clips(), LENGTHS)))
        for key, value in want.items():
            y = got[key] if isinstance(got, dict) else got
            # Fused sums; the marks of padding are -1e9.
            np.testing.assert_allclose(to_numpy(y), value, rtol=FLOAT32_LONG, atol=FLOAT32_LONG)


def loss_for(name):
    if name == "xvector":
        loss = AMSoftmaxLoss()
        return lambda y: loss(CLASSES, y["cosines"])
    if name == "ctc":
        return lambda y: CTCLoss(zero_infinity=True)(TEXTS, y)
    return lambda y: keras.ops.mean(keras.ops.square(y - 1.0))


@pytest.mark.backends(full=True)
def test_silence_and_one_frame_have_finite_outputs_and_gradients(head):
    name, model = head
    silence = np.zeros((3, 9000), "float32")
    lengths = np.array([9000, 400, 0], "int32")
    assert all(np.isfinite(v).all() for v in run(model, silence, lengths).values())
    gradients = parameter_gradients(model, [silence, lengths], loss_for(name))
    assert all(np.isfinite(g).all() for g in gradients.values())


FIT = {
    "classify": (
        {"labels": 3, "pooling": "attentive"},
        "sparse_categorical_crossentropy",
        CLASSES,
    ),
    "regress": ({"score_scale": 0.5}, "mse", CLASSES.astype("float32")),
    "frames": ({"labels": 3}, FrameLoss(), np.where(FRAME_CLASSES > 2, -100, FRAME_CLASSES)),
    "xvector": ({"labels": 3, "output": "cosines"}, AMSoftmaxLoss(), CLASSES),
    "ctc": ({}, CTCLoss(), TEXTS),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) for name in FIT],
)
def test_plain_fit_learns_under_mixed_bfloat16(name):
    arguments, loss, labels = FIT[name]
    if name == "classify":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        # Spans are hidden, as in real training: their vector has a gradient then.
        # One block, since its graph is what takes the time.
        config = Wav2Vec2Config(**{**TINY, "num_hidden_layers": 1, "apply_spec_augment": True})
        model = wav2vec2(config, name, seed=0, **arguments)
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    model.compile(keras.optimizers.Adam(3e-3), loss, jit_compile=JIT)
    inputs = {"waveform": clips(), "length": LENGTHS}
    history = model.fit(inputs, labels, epochs=16, batch_size=3, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    # A single step may go up: other spans are hidden in each.
    assert np.mean(history[-4:]) < history[0]
    assert model.output.dtype == "float32"


@pytest.mark.parametrize(
    "bad",
    [
        {"head": "speech"},
        {"head": "classify"},
        {"head": "classify", "labels": 0},
        {"head": "classify", "labels": True},
        {"head": "classify", "labels": ["a", "a"]},
        {"head": "classify", "labels": 2.5},
        {"head": "ctc", "labels": 3},
        {"head": "regress", "labels": 2.5},
        {"labels": 3},
        {"output": "logits"},
        {"head": "xvector", "labels": 3, "output": "probabilities"},
        {"head": "frames", "labels": 3, "pooling": "attentive"},
        {"pooling": "max"},
        {"head": "regress", "score_scale": 0.0},
        {"head": "regress", "score_offset": float("nan")},
        {"head": ...},
    ],
    ids=str,
)
def test_bad_arguments_are_named(bad):
    name = "labels" if bad.get("head") == "classify" else list(bad)[-1]
    with pytest.raises(ValueError, match=rf"^wav2vec2: `{name}` must be .* Received: "):
        wav2vec2(Wav2Vec2Config(**TINY), **bad)


def test_heads_that_the_original_refuses_with_an_adapter():
    adapter = Wav2Vec2Config(**TINY, add_adapter=True)
    for head in ("classify", "frames"):
        with pytest.raises(ValueError, match=r"`config\.add_adapter` must be False"):
            wav2vec2(adapter, head, labels=3)
    weighted = Wav2Vec2Config(**TINY, **WEIGHTED, add_adapter=True)
    with pytest.raises(ValueError, match=r"`config\.add_adapter` must be False"):
        wav2vec2(weighted, "xvector", labels=3)
    model = wav2vec2(adapter, "ctc")
    y = to_numpy(model([clips(), LENGTHS]))
    assert y.shape == (3, frame_count(9000, adapter), 12) == (3, 4, 12)


def test_statistics_are_those_of_the_valid_frames():
    x = np.random.default_rng(0).normal(3, 2, (3, 9, 4)).astype("float32")
    lengths = np.array([9, 5, 1], "int32")
    got = to_numpy(FrameStatistics()([x, lengths]))
    for row, clip, n in zip(got, x, lengths, strict=True):
        std = clip[:n].std(axis=0, ddof=1) if n > 1 else np.zeros(4)
        np.testing.assert_allclose(
            row, [*clip[:n].mean(0), *std], rtol=FLOAT32, atol=FLOAT32_SHORT
        )


def test_attention_weights_are_those_of_the_formula():
    layer = AttentivePooling(units=6)
    x = np.random.default_rng(0).normal(0, 2, (2, 9, 4)).astype("float32")
    lengths = np.array([9, 5], "int32")
    got = to_numpy(layer([x, lengths]))
    w, b, v, k = (to_numpy(weight) for weight in layer.weights)
    for row, clip, n in zip(got, x, lengths, strict=True):
        e = np.exp((np.tanh(clip[:n] @ w + b) @ v + k)[:, 0])
        share = (e / e.sum())[:, None]
        mean = (share * clip[:n]).sum(0)
        std = np.sqrt((share * (clip[:n] - mean) ** 2).sum(0))
        np.testing.assert_allclose(row, [*mean, *std], rtol=FLOAT32_LONG)


@pytest.mark.parametrize("room", ["blocks", "pretrained", "wav2vec2"])
def test_every_class_is_registered_before_a_file_is_read(room):
    models = Path(load.__file__).parents[1]
    modules = {
        ".".join(("kapre_like.models", *path.relative_to(models).with_suffix("").parts))
        for path in (models / room).rglob("*.py")
        if "@keras.saving.register" in path.read_text(encoding="utf-8")
    }
    module = f"kapre_like.models.{room}.registered"
    listed = (models / room / "registered.py").read_text(encoding="utf-8")
    rooms = {"kapre_like.models.blocks.registered", "kapre_like.models.artifact.card"}
    assert modules == {*re.findall(r"^import (\S+)", listed, re.M)} - rooms
    named = (*Wav2Vec2Model.keras_modules, *PretrainedNetworks.keras_modules)
    assert module in named
