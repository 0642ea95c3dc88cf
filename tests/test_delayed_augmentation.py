"""Augmentation of a text training starts after the loss has left its plateau."""

import keras
import numpy as np
import pytest

from kapre_like.augment import Gain
from kapre_like.models.training.loop import Progress
from kapre_like.models.training.transcription.delayed_augmentation import (
    ALIGNED,
    DelayedAugmentation,
)
from kapre_like.models.training.transcription.token_frequencies import entropy

TARGETS = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, -1]])
X = np.ones((8, 50), "float32")


def losses(*values):
    return Progress(epoch=len(values), history={"train_loss": list(values)})


def gained():
    """A model that is trained to return its input, behind random gains of 6 dB or more."""
    inputs = keras.Input((50,))
    inner = keras.Model(inputs, Gain(min_gain_db=6, max_gain_db=12, seed=0)(inputs))
    outer = keras.Input((50,))
    model = keras.Model(
        outer, keras.layers.Dense(50, kernel_initializer="identity")(inner(outer))
    )
    model.compile(keras.optimizers.SGD(0.0), "mse")
    return model


def test_a_nested_layer_is_off_before_the_plateau_ends_and_on_after_it():
    lines, model = [], gained()
    delayed = DelayedAugmentation(TARGETS, lines.append)
    limit = ALIGNED * entropy(TARGETS)
    seen = []
    for history in (
        (),
        (3.0,),
        (3.0, limit + 0.01),
        (3.0, limit - 0.01),
        (3.0, limit - 0.01, 5.0),
    ):
        delayed(model, losses(*history))
        # Without a gain the identity has no error. A rate of 0 keeps it the identity.
        seen.append(model.fit(X, X, verbose=0).history["loss"][0] > 0.5)
    assert seen == [False, False, False, True, True]
    assert delayed.start == 3
    assert len(lines) == 1
    assert "augmentation from epoch 3 on" in lines[0]


def test_a_resumed_training_continues_with_augmentation():
    delayed, model = DelayedAugmentation(TARGETS, lambda _: None), gained()
    delayed(model, losses(3.0, 0.1, 0.2))
    assert model.fit(X, X, verbose=0).history["loss"][0] > 0.5
    assert delayed.start == 3


def test_a_loss_that_is_not_a_number_does_not_start_it():
    delayed, model = DelayedAugmentation(TARGETS, lambda _: None), gained()
    delayed(model, losses(float("nan")))
    assert model.fit(X, X, verbose=0).history["loss"][0] == pytest.approx(0.0)
    assert delayed.start is None
