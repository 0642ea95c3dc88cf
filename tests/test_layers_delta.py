"""What `Delta` promises beside what every layer does (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import BACKEND, graph, quick, to_numpy
from layer_contract import (
    MaskProbe,
    noise,
)

from kapre_like.features.cepstra import deltas
from kapre_like.layers import Delta

pytestmark = pytest.mark.backends(full=True)

MODES = ["constant", "edge", "interp", "reflect", "symmetric"]
SERIES = noise(3, 20, 4, 2)
# 1e-6: float32 sums of a few numbers around 0.1.
CLOSE = {"rtol": 0, "atol": 1e-6}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("win_length", "order"), [(3, 1), (9, 1), (5, 2)])
def test_matches_librosa(win_length, order, mode):
    librosa = pytest.importorskip("librosa")
    got = to_numpy(Delta(win_length=win_length, order=order, mode=mode)(SERIES))
    name = {"edge": "nearest", "reflect": "mirror"}.get(mode, mode)
    wide = SERIES.astype("float64")
    if mode == "symmetric":  # SciPy's filter has no such mode: the clip is between its own
        wide, name = np.concatenate([wide[:, ::-1], wide, wide[:, ::-1]], axis=1), "nearest"
    expected = librosa.feature.delta(wide, width=win_length, order=order, axis=1, mode=name)
    expected = expected[:, 20:40] if mode == "symmetric" else expected
    np.testing.assert_allclose(got, expected, **CLOSE)


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "constant"])
def test_matches_kapre(mode):
    kapre = pytest.importorskip("kapre")
    if BACKEND != "tensorflow":
        pytest.skip("Kapre runs on TensorFlow")
    expected = kapre.Delta(win_length=5, mode=mode)(SERIES[..., :1])
    got = Delta(win_length=5, mode=mode)(SERIES[..., :1])
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), **CLOSE)


@pytest.mark.parametrize("order", [1, 2])
def test_what_does_not_change_has_slope_0_to_the_last_bit(order):
    # Whoever divides by the deviation would make noise of what rounding left.
    x = np.random.default_rng(0).normal(-80, 1, (1, 1, 9, 1)).astype("float32")
    delta = Delta(win_length=5, order=order)
    for frames in (1, 7):
        assert not to_numpy(delta(np.repeat(x, frames, axis=1))).any()


def test_matches_the_feature_path():
    got = to_numpy(Delta()(SERIES))[1, :, :, 0]
    np.testing.assert_allclose(got, deltas(SERIES[1, :, :, 0].astype("float64")), **CLOSE)


@pytest.mark.parametrize("mode", MODES)
def test_a_clip_shorter_than_the_window_is_padded_as_numpy_would(mode):
    for frames in (1, 2, 3, 4):
        x = SERIES[1:, :frames]
        got = to_numpy(Delta(win_length=9, mode=mode)(x))
        if mode == "interp":  # the slope of the line through all frames
            far = np.arange(frames) - (frames - 1) / 2
            rise = np.tensordot(far, x, axes=(0, 1))[:, None]
            expected = np.broadcast_to(rise / ((far**2).sum() or 1), x.shape)
        else:
            padded = np.pad(x, [(0, 0), (4, 4), (0, 0), (0, 0)], mode=mode)
            expected = sum(k * padded[:, 4 + k : 4 + k + frames] for k in range(-4, 5)) / 60
        np.testing.assert_allclose(got, expected, **CLOSE)
    assert Delta(mode=mode)(SERIES[:, :0]).shape == (3, 0, 4, 2)


@pytest.mark.parametrize("mode", MODES)
def test_masked_frames_have_no_influence(mode):
    layer, frames = Delta(win_length=5, mode=mode), [20, 6, 3]
    mask = np.arange(20) < np.array(frames)[:, None]
    junk = np.where(mask[..., None, None], SERIES, np.nan)
    got = to_numpy(quick(lambda x, m: layer(x, mask=m))(junk, mask))
    for clip, own in enumerate(frames):
        alone = to_numpy(layer(SERIES[clip : clip + 1, :own]))
        np.testing.assert_allclose(got[clip : clip + 1, :own], alone, **CLOSE)
    np.testing.assert_array_equal(to_numpy(MaskProbe()(layer(junk, mask=mask))), mask)


@pytest.mark.parametrize("mode", MODES)
def test_frames_may_be_unknown(mode):
    layer = Delta(win_length=5, mode=mode)
    dynamic = graph(layer, rank=4)
    for frames in (20, 5, 4, 1, 0):
        x = SERIES[:, :frames, :, :1]
        np.testing.assert_allclose(to_numpy(dynamic(x)), to_numpy(layer(x)), **CLOSE)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"win_length": 4}, "odd and at least 3"),
        ({"win_length": 1}, "odd and at least 3"),
        ({"win_length": 5.0}, "an int > 0"),
        ({"order": 0}, "an int > 0"),
        ({"order": 5}, "below win_length=5"),
        ({"mode": "nearest"}, "one of"),
        ({"mode": []}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(
        ValueError, match=rf"Delta: `{name}` must be {rule}.* Received: {name}="
    ):
        Delta(**bad)


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"Delta: expects \(batch, frames, freqs, channels\)"):
        Delta()(np.zeros((2, 5, 4), "float32"))
    with pytest.raises(ValueError, match="floating point"):
        Delta()(np.zeros((2, 5, 4, 1), "int32"))
