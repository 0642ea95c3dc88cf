"""Layers that pad clips to patches, cut them into patches and count these."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy

from kapre_like.models.blocks.patches import CountPatches, CutPatches, PatchPadding

pytestmark = pytest.mark.backends


def clips(*lengths):
    """Clips of 1, 2, 3, ... with a loud padding."""
    x = np.full((len(lengths), max(lengths)), 99.0, "float32")
    for row, length in zip(x, lengths, strict=True):
        row[:length] = np.arange(1, length + 1)
    return x, np.array(lengths, "int32")


@pytest.mark.parametrize("partial", ["pad", "drop"])
@pytest.mark.parametrize("context", [0, 1, 3])
def test_clips_are_padded_to_whole_patches(partial, context):
    layer = PatchPadding(samples=5, hop_length=2, partial=partial, context=context)
    x, length = clips(1, 5, 6, 9)
    found, whole = (to_numpy(y) for y in layer([x, length]))
    round_ = np.ceil if partial == "pad" else np.floor
    expected = [5 + 2 * max(0, round_((n + 2 * context - 5) / 2)) for n in length]
    assert whole.tolist() == expected
    assert found.shape == (4, max(expected))
    assert layer.compute_output_spec([x, length])[0].shape == found.shape
    for row, n in zip(found, length, strict=True):
        kept = row[context : context + n]
        assert kept.tolist() == list(range(1, len(kept) + 1))
        assert row.sum() == kept.sum()


def test_shapes_are_declared_and_arguments_checked():
    inputs = [keras.Input((None,)), keras.Input((), dtype="int32")]
    layer = PatchPadding(samples=6, hop_length=2, context=4)
    found, length = layer(inputs)
    assert (found.shape, length.shape) == ((None, None), (None,))
    assert PatchPadding.from_config(layer.get_config()).context == 4
    for make in (
        lambda: PatchPadding(samples=0, hop_length=1),
        lambda: CountPatches(frames=0, hop=1),
        lambda: CountPatches(frames=1, hop=1.5),
    ):
        with pytest.raises(ValueError, match="must be an int > 0"):
            make()
    with pytest.raises(ValueError, match="`context` must be"):
        PatchPadding(samples=1, hop_length=1, context=-1)


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
