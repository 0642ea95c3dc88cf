"""Layers that cut clips into patches, count them, and give short clips silence."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy

from kapre_like.models.blocks.patches import CountPatches, CutPatches
from kapre_like.models.blocks.short_clips import CenterShortClips

pytestmark = pytest.mark.backends


def clips(*lengths):
    """Clips of 1, 2, 3, ... with a loud padding."""
    x = np.full((len(lengths), max(lengths)), 99.0, "float32")
    for row, length in zip(x, lengths, strict=True):
        row[:length] = np.arange(1, length + 1)
    return x, np.array(lengths, "int32")


def test_a_short_clip_is_in_the_middle_of_silence():
    found, length = CenterShortClips(samples=7)(list(clips(1, 4, 7, 9)))
    assert to_numpy(found).tolist() == [
        [0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 4, 0, 0, 0, 0],
        [1, 2, 3, 4, 5, 6, 7, 0, 0],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ]
    assert to_numpy(length).tolist() == [7, 7, 7, 9]


@pytest.mark.parametrize("lengths", [(1,), (2, 3), (6, 1)])
def test_a_batch_of_short_clips_becomes_long_enough(lengths):
    found, length = CenterShortClips(samples=6)(list(clips(*lengths)))
    assert tuple(found.shape) == (len(lengths), 6)
    assert to_numpy(length).tolist() == [6] * len(lengths)
    for row, n in zip(to_numpy(found), lengths, strict=True):
        assert [v for v in row if v] == list(range(1, n + 1))
        assert row[(6 - n) // 2] == 1


def test_shapes_are_declared_and_arguments_checked():
    inputs = [keras.Input((None,)), keras.Input((), dtype="int32")]
    found, length = CenterShortClips(samples=6)(inputs)
    assert (found.shape, length.shape) == ((None, None), (None,))
    assert CenterShortClips.from_config(CenterShortClips(samples=6).get_config()).samples == 6
    for layer in (
        lambda: CenterShortClips(samples=0),
        lambda: CountPatches(frames=0, hop=1),
        lambda: CountPatches(frames=1, hop=1.5),
    ):
        with pytest.raises(ValueError, match="must be an int > 0"):
            layer()


@pytest.mark.parametrize(("frames", "hop"), [(1, 1), (4, 1), (4, 2), (5, 3), (9, 4)])
def test_patches_are_counted_as_they_are_cut(frames, hop):
    x = np.zeros((3, 13, 2, 1), "float32")
    mask = np.arange(13) < np.array([[2], [9], [13]])
    patches, count = CutPatches(frames=frames, hop=hop)(x, mask=mask)
    counted = to_numpy(CountPatches(frames=frames, hop=hop)(x, mask=mask))
    expected = [max(n - frames, 0) // hop + 1 for n in (2, 9, 13)]
    assert counted.tolist() == to_numpy(count).tolist() == expected
    assert patches.shape[1] == expected[-1]
    assert to_numpy(CountPatches(frames=frames, hop=hop)(x)).tolist() == [expected[-1]] * 3


def test_steps_of_convolutions_and_pools_are_patches():
    """Kernels of 3 and 2, a pool of 2, a kernel of 2: a step reaches 7 frames, 2 apart."""
    layers = [
        keras.layers.Conv2D(1, (3, 1)),
        keras.layers.Conv2D(1, (2, 1)),
        keras.layers.MaxPooling2D((2, 1)),
        keras.layers.Conv2D(1, (2, 1)),
    ]
    for frames in (7, 8, 11, 20):
        x = y = np.zeros((1, frames, 1, 1), "float32")
        for layer in layers:
            y = layer(y)
        assert to_numpy(CountPatches(frames=7, hop=2)(x))[0] == y.shape[1]
