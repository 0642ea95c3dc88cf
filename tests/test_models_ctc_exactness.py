"""The CTC loss: long clips against PyTorch in float64, tiny ones against a brute-force sum."""

import itertools

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, gradient, quick, to_numpy
from tolerances import FLOAT32

from kapre_like.models.blocks.frame_losses import ctc_losses

pytestmark = pytest.mark.backends


def losses(labels, logits, frames, **options):
    run = quick(lambda x: ctc_losses(labels, x, frames, blank=0, **options))
    return to_numpy(run(logits))


def by_pytorch(labels, logits, frames, zero_infinity=False):
    """Loss of each clip and gradient of their sum, in float64."""
    import torch

    logits = torch.tensor(logits.astype("float64"), requires_grad=True)
    each = torch.nn.functional.ctc_loss(
        torch.log_softmax(logits, -1).transpose(0, 1),
        torch.tensor(np.where(labels > 0, labels, 0)),
        torch.tensor(frames).long(),
        torch.tensor((labels > 0).sum(1)),
        reduction="none",
        zero_infinity=zero_infinity,
    )
    each.sum().backward()
    return each.detach().numpy(), logits.grad.numpy()


def by_alignments(text, log_probabilities):
    """`-log` of the sum over every row of tokens that collapses to the text."""
    frames, tokens = log_probabilities.shape
    total = -np.inf
    for row in itertools.product(range(tokens), repeat=frames):
        kept = [t for i, t in enumerate(row) if t and (i == 0 or row[i - 1] != t)]
        if kept == list(text):
            total = np.logaddexp(total, log_probabilities[range(frames), row].sum())
    return -total


@pytest.mark.parametrize("text", [(), (1,), (1, 1), (1, 2, 1), (2, 2, 2), (1, 1, 2, 2)])
def test_the_loss_is_the_sum_over_all_alignments(text):
    logits = np.random.default_rng(1).normal(0, 2, (1, 5, 3))
    exact = by_alignments(text, logits[0] - np.log(np.exp(logits[0]).sum(-1, keepdims=True)))
    labels = np.array([[*text, -1, -1]], "int32")
    got = losses(labels, logits.astype("float32"), np.array([5], "int32"))
    np.testing.assert_allclose(got, [exact], rtol=FLOAT32)


def long_clips(peak):
    """Four clips of up to 1000 frames: random letters, repeated ones, none, and too many."""
    rng = np.random.default_rng(2)
    logits = rng.normal(0, peak, (4, 1000, 29)).astype("float32")
    labels = np.full((4, 420), -1, "int32")
    labels[0, :300] = rng.integers(1, 29, 300)
    labels[1, :200] = 7
    labels[3, :420] = rng.integers(1, 29, 420)
    return labels, logits, np.array([1000, 640, 900, 400], "int32")


@pytest.mark.parametrize("peak", [0.1, 1.0, 8.0])
def test_loss_and_gradient_of_a_thousand_frames_are_those_of_pytorch(peak):
    labels, logits, frames = long_clips(peak)
    expected, slope = by_pytorch(labels, logits, frames, zero_infinity=True)
    got = losses(labels, logits, frames, zero_infinity=True)
    np.testing.assert_allclose(got, expected, rtol=FLOAT32)
    found = gradient(lambda x: _total(labels, x, frames), logits)
    assert np.isfinite(found).all()
    # JAX and PyTorch add thousands of nats in float32. On TensorFlow the sums are kept small.
    atol = 5e-5 if BACKEND == "tensorflow" else 2e-3
    np.testing.assert_allclose(found, slope, atol=atol)


def _total(labels, x, frames):
    return keras.ops.sum(ctc_losses(labels, x, frames, blank=0, zero_infinity=True))


def test_a_text_without_an_alignment_is_infinite_and_its_gradient_is_zero():
    labels, logits, frames = long_clips(1.0)
    assert losses(labels, logits, frames)[3] == np.inf
    found = gradient(lambda x: _total(labels, x, frames), logits)
    np.testing.assert_array_equal(found[3], 0)
