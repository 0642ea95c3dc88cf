"""The losses of the heads, against their formulas written out clip by clip."""

import keras
import numpy as np
import pytest
from backend_tools import compiled, gradient, quick, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.models.blocks.cosine_losses import (
    AMSoftmaxLoss,
    CosineClasses,
    ProxyAnchorLoss,
    ProxyNCALoss,
)
from kapre_like.models.blocks.frame_losses import CTCLoss, FrameLoss
from kapre_like.models.blocks.triplet_loss import TripletLoss
from kapre_like.models.wav2vec2.backbone.frame_times import (
    frame_count,
    frame_labels,
    frame_seconds,
    pad_frame_labels,
)

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
LABELS = np.array([0, 1, 0, 2, 1, 0, 3])
VECTORS = RNG.normal(0, 1, (7, 5)).astype("float32")
COSINES = RNG.uniform(-1, 1, (7, 4)).astype("float32")
LOSSES = [
    (AMSoftmaxLoss(scale=20.0, margin=0.3), COSINES),
    (ProxyNCALoss(scale=3.0), COSINES),
    (ProxyAnchorLoss(scale=16.0, margin=0.2), COSINES),
    (TripletLoss(margin=0.5), VECTORS),
    (TripletLoss(margin=0.5, mining="semihard"), VECTORS),
]


def value(loss, y_true=LABELS, y_pred=COSINES):
    return float(to_numpy(quick(lambda y: loss(y_true, y))(y_pred)))


def test_am_softmax_is_that_of_transformers():
    torch = pytest.importorskip("torch")
    from transformers.models.wav2vec2.modeling_wav2vec2 import AMSoftmaxLoss as Original

    torch.manual_seed(0)
    original = Original(5, 4)
    layer = CosineClasses(classes=4)
    layer.build((None, 5))
    layer.weight.assign(original.weight.detach().numpy())
    _, cosines = layer(VECTORS)
    want = float(original(torch.tensor(VECTORS), torch.tensor(LABELS)).detach())
    np.testing.assert_allclose(value(AMSoftmaxLoss(), y_pred=cosines), want, rtol=FLOAT32)


def test_proxy_nca_by_its_formula():
    each = []
    for label, row in zip(LABELS, np.exp(-(2 - 2 * COSINES.astype("float64"))), strict=True):
        each.append(-np.log(row[label] / np.delete(row, label).sum()))
    np.testing.assert_allclose(value(ProxyNCALoss()), np.mean(each), rtol=FLOAT32)


def test_proxy_anchor_by_its_formula():
    loss, labels = ProxyAnchorLoss(scale=8.0), np.array([0, 1, 0, 2, 1, 0, 2])
    pull = [np.log(1 + np.exp(-8 * (COSINES[labels == c, c] - 0.1)).sum()) for c in (0, 1, 2)]
    push = [np.log(1 + np.exp(8 * (COSINES[labels != c, c] + 0.1)).sum()) for c in range(4)]
    want = np.mean(pull) + np.mean(push)
    np.testing.assert_allclose(value(loss, labels), want, rtol=FLOAT32)


def distances():
    unit = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    return np.linalg.norm(unit[:, None] - unit[None], axis=-1)


def test_triplets_of_the_farthest_and_the_nearest():
    d, each = distances(), []
    for i, label in enumerate(LABELS):
        positive = (label == LABELS) & (np.arange(7) != i)
        if positive.any():
            hardest = d[i, positive].max() - d[i, label != LABELS].min()
            each.append(max(0.0, hardest + 0.5))
    assert len(each) == 5
    # Distances from cosines lose half of float32's digits near 0.
    np.testing.assert_allclose(
        value(TripletLoss(margin=0.5), y_pred=VECTORS), np.mean(each), rtol=FLOAT32_LONG
    )


def test_triplets_of_the_nearest_that_is_farther():
    d, each = distances(), []
    for i, label in enumerate(LABELS):
        others = d[i, label != LABELS]
        for j in np.flatnonzero((label == LABELS) & (np.arange(7) != i)):
            beyond = others[others > d[i, j]]
            chosen = beyond.min() if beyond.size else others.max()
            each.append(max(0.0, d[i, j] - chosen + 0.5))
    loss = TripletLoss(margin=0.5, mining="semihard")
    np.testing.assert_allclose(value(loss, y_pred=VECTORS), np.mean(each), rtol=FLOAT32_LONG)


@pytest.mark.parametrize("mining", ["hard", "semihard"])
def test_a_batch_without_triplets_costs_nothing(mining):
    loss = TripletLoss(mining=mining)
    for labels in ([0, 0, 0], [0, 1, 2]):
        assert value(loss, np.array(labels), VECTORS[:3]) == 0
    assert value(loss, np.array([0]), VECTORS[:1]) == 0


@pytest.mark.parametrize("rank", [2, 3])
def test_the_mean_over_frames_leaves_padding_out(rank):
    logits = RNG.normal(0, 2, (2, 4, 3)).astype("float32")
    labels = np.array([[0, 2, 1, 1], [1, 1, -100, -1]])
    p = np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))
    counted = [(0, 0, 0), (0, 1, 2), (0, 2, 1), (0, 3, 1), (1, 0, 1), (1, 1, 1)]
    if rank == 3:
        # As in transformers: rows of ones and zeros, where every frame has its class.
        labels = np.eye(3)[np.maximum(labels, 0)]
        counted += [(1, 2, 0), (1, 3, 0)]
    want = -np.mean([p[i] for i in counted])
    np.testing.assert_allclose(value(FrameLoss(), labels, logits), want, rtol=FLOAT32)
    moved = gradient(quick(lambda x: FrameLoss()(labels, x)), logits)
    assert moved[1, 2:].any() == (rank == 3)


def test_frames_without_any_label_cost_nothing():
    assert value(FrameLoss(), np.full((2, 4), -100), np.ones((2, 4, 3), "float32")) == 0


def test_sample_weights_leave_frames_out_too():
    logits, labels = RNG.normal(0, 1, (1, 4, 3)).astype("float32"), np.array([[0, 1, 2, 0]])
    weight = np.array([[1.0, 1.0, 0.0, 0.0]])
    got = float(to_numpy(FrameLoss()(labels, logits, sample_weight=weight)))
    want = value(FrameLoss(), labels[:, :2], logits[:, :2]) / 2
    np.testing.assert_allclose(got, want, rtol=FLOAT32)


@pytest.mark.parametrize(("loss", "y"), LOSSES, ids=lambda x: getattr(x, "name", ""))
def test_losses_compile_come_back_and_are_finite_at_zero(loss, y):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    run = compiled(lambda x: loss(LABELS, x))
    np.testing.assert_allclose(float(to_numpy(run(y))), value(again, y_pred=y), rtol=FLOAT32)
    step = quick(lambda x: loss(LABELS, x))
    assert gradient(step, y).any()
    for still in (0 * y, np.ones_like(y)):
        assert np.isfinite(value(loss, y_pred=still))
        assert np.isfinite(gradient(step, still)).all()


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (AMSoftmaxLoss, {"scale": 0.0}),
        (AMSoftmaxLoss, {"margin": -1.0}),
        (ProxyNCALoss, {"scale": "3"}),
        (ProxyAnchorLoss, {"margin": float("nan")}),
        (TripletLoss, {"margin": 0.0}),
        (TripletLoss, {"mining": "all"}),
        (CTCLoss, {"blank": -1}),
        (CTCLoss, {"zero_infinity": 1}),
    ],
)
def test_bad_arguments_are_named(kind, bad):
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: `{next(iter(bad))}` must be "):
        kind(**bad)


def test_frames_have_the_class_of_their_middle():
    # 16,000 samples: 49 frames, the middle of the first at 12.5 ms, of the last at 972.5 ms.
    labels = frame_labels([(0.0, 0.1, 1), (0.5, 2.0, 2)], 16000)
    assert labels.shape == (frame_count(16000),) == (49,)
    middle = (np.arange(49) * 320 + 200) / 16000
    want = np.where(middle < 0.1, 1, np.where(middle >= 0.5, 2, 0))
    np.testing.assert_array_equal(labels, want)
    assert frame_seconds() == 0.02
    assert [frame_count(n) for n in (0, 399, 400, 719, 720)] == [1, 1, 1, 1, 2]
    padded = pad_frame_labels([labels, frame_labels([], 400, background=3)])
    assert padded[1].tolist() == [3] + [-100] * 48
