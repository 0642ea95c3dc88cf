"""Warps, shifts and gains of spectrograms: references in NumPy and SciPy, their draws."""

import math

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise
from random_tools import assert_evenly, distinct
from scipy.ndimage import map_coordinates
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.augment import (
    FilterAugment,
    FrequencyShift,
    RandomResizedSpectrogram,
    SpecAugment,
)
from kapre_like.ops.spec_augment import (
    band_edges,
    band_gains,
    resized,
    shifted_bins,
    warped_time,
)

X = noise(4, 12, 9, 2)
LENGTH = np.array([12, 7, 1, 0], "int32")
ALL = np.full(4, 12, "int32")


def tensor(x, dtype="float32"):
    return keras.ops.convert_to_tensor(np.asarray(x, dtype))


def warp_reference(last, window, u, v):
    """Where each frame comes from: by NumPy's interpolation between three known points."""
    most = min(window, last / 2)
    point = most + u * (last - 2 * most)
    target = point + most * (2 * v - 1)
    return np.interp(np.arange(last + 1), [0, target, last], [0, point, last])


@pytest.mark.backends
def test_a_warp_moves_one_point_and_keeps_the_first_and_last_valid_frame():
    draws = np.array([[0.3, 0.9], [0.5, 0.1], [0.2, 0.7], [0.2, 0.7]], "float32")
    y = to_numpy(warped_time(tensor(X), draws=tensor(draws), window=3, length=LENGTH))
    assert np.isfinite(y).all()
    for clip in (0, 1):
        last = LENGTH[clip] - 1
        source = warp_reference(last, 3, *draws[clip])
        frames = np.arange(last + 1)
        for freq in range(9):
            for channel in range(2):
                expected = np.interp(source, frames, X[clip, : last + 1, freq, channel])
                got = y[clip, : last + 1, freq, channel]
                np.testing.assert_allclose(got, expected, atol=FLOAT32_SHORT)
        np.testing.assert_allclose(y[clip, [0, last]], X[clip, [0, last]], atol=FLOAT32_SHORT)
    np.testing.assert_allclose(y[2, 0], X[2, 0])


def test_spec_augment_warps_by_up_to_its_window():
    frames = np.arange(41, dtype="float32").reshape(1, 41, 1, 1).repeat(300, axis=0)
    layer = SpecAugment(time_warp=5, n_time_masks=0, n_freq_masks=0, seed=0)
    moved = to_numpy(layer(frames, training=True))[..., 0, 0] - np.arange(41)
    assert 4.5 < np.abs(moved).max() <= 5.0001
    assert (np.diff(moved + np.arange(41), axis=1) > 0).all()
    assert distinct(list(moved)) == 300


def test_a_seed_hides_the_same_with_a_warp_and_without():
    ones, arguments = np.ones((3, 40, 20, 1), "float32"), {"mask_value": 0.0, "seed": 3}
    plain, warped = (SpecAugment(time_warp=w, **arguments) for w in (0, 5))
    np.testing.assert_allclose(
        to_numpy(plain(ones, training=True)),
        to_numpy(warped(ones, training=True)),
        atol=FLOAT32_SHORT,
    )


@pytest.mark.backends
@pytest.mark.parametrize("fill", ["edge", "min", -9.0])
def test_bins_move_as_in_numpy(fill):
    shift = np.array([3, -2, 0, 20], "int32")
    value = {"edge": None, "min": X.min(axis=(1, 2), keepdims=True)}.get(fill, fill)
    y = to_numpy(shifted_bins(tensor(X), shift=tensor(shift, "int32"), fill=value))
    for clip, by in enumerate(shift):
        source = np.arange(9) - by
        expected = X[clip][:, np.clip(source, 0, 8)]
        if value is not None:
            outside = (source < 0) | (source > 8)
            entering = value[clip] if fill == "min" else value
            expected = np.where(outside[None, :, None], entering, expected)
        np.testing.assert_array_equal(y[clip], expected)


def test_shifts_of_bins_are_equally_likely():
    x = np.zeros((3000, 1, 9, 1), "float32")
    x[:, :, 4] = 1
    y = to_numpy(FrequencyShift(max_shift=2, seed=0)(x, training=True))
    assert_evenly(np.bincount(y.argmax(axis=2).ravel(), minlength=7)[2:])


def test_what_enters_is_the_least_of_the_valid_frames():
    x = X - 100.0 * (np.arange(12) >= 7)[None, :, None, None]
    layer = FrequencyShift(max_shift=8, fill="min", seed=0)
    y, _ = layer([x, np.full(4, 7)], training=True)
    assert to_numpy(y)[:, :7].min() >= X.min()


@pytest.mark.backends
@pytest.mark.parametrize("fill", [None, -9.0])
def test_a_stretch_is_that_of_scipy(fill):
    factor = np.array([1.7, 0.6, 1.0, 0.8], "float32")
    anchor = np.array([0.2, 0.9, 0.5, 0.0], "float32")
    length = np.array([12, 7, 12, 12], "int32")
    y = to_numpy(resized(tensor(X), factor=factor, anchor=anchor, length=length, fill=fill))
    for clip in range(4):
        last = length[clip] - 1
        point = anchor[clip] * last
        source = point + (np.arange(last + 1) - point) / factor[clip]
        valid = X[clip, : last + 1, :, 0].astype("float64")
        grid = np.meshgrid(source, np.arange(9.0), indexing="ij")
        mode = {"mode": "nearest"} if fill is None else {"mode": "constant", "cval": fill}
        expected = map_coordinates(valid, grid, order=1, **mode)
        inside = (source >= 0) & (source <= last)
        np.testing.assert_allclose(
            y[clip, : last + 1, :, 0][inside], expected[inside], atol=FLOAT32
        )
        outside = y[clip, : last + 1, :, 0][~inside]
        edges = expected[~inside] if fill is None else fill
        np.testing.assert_allclose(outside, edges, atol=FLOAT32)


def test_time_and_frequency_are_stretched_by_factors_of_their_own():
    ramp = np.arange(41.0)
    x = (100 * ramp[:, None] + ramp[None, :])[None, ..., None].astype("float32")
    layer = RandomResizedSpectrogram(min_time=2, max_time=2, min_freq=4, max_freq=4, seed=0)
    y = to_numpy(layer(x, training=True))[0, ..., 0]
    np.testing.assert_allclose(np.diff(y, axis=0), 50, atol=0.05)
    np.testing.assert_allclose(np.diff(y, axis=1), 0.25, atol=0.05)


@pytest.mark.backends
@pytest.mark.parametrize("factor", [0.75, 1.2])
def test_with_keep_end_all_frames_are_stretched(factor):
    frames = np.array([41, 21])
    x = np.tile(np.arange(41.0, dtype="float32")[None, :, None, None], (2, 1, 8, 1))
    layer = RandomResizedSpectrogram(
        min_time=factor, max_time=factor, min_freq=1, max_freq=1, keep_end=True
    )
    y, length = (to_numpy(part) for part in layer([x, frames], training=True))
    np.testing.assert_array_equal(length, np.round(frames * factor))
    assert y.shape == (2, math.ceil(41 * max(factor, 1)), 8, 1)
    for row, count, end in zip(y, frames, length, strict=True):
        expected = np.minimum(np.arange(end) / factor, count - 1)
        np.testing.assert_allclose(row[:end, 3, 0], expected, rtol=1e-5)
        np.testing.assert_array_equal(row[end:], 0)
    assert layer(x).shape == x.shape
    with pytest.raises(ValueError, match=r"RandomResizedSpectrogram: `probability` must be 1"):
        RandomResizedSpectrogram(keep_end=True, probability=0.5)


@pytest.mark.backends
def test_edges_of_bands_keep_their_distance_and_are_sorted():
    rng = np.random.default_rng(0)
    count = rng.integers(2, 6, 500).astype("float32")
    edges = to_numpy(
        band_edges(
            count=tensor(count), draws=tensor(rng.random((500, 4))), freqs=41, min_width=6
        )
    )
    np.testing.assert_array_equal(edges[:, 0], 0)
    for row, bands in zip(edges, count.astype(int), strict=True):
        np.testing.assert_allclose(row[bands:], 40)
        assert np.diff(row[: bands + 1]).min() > 6 - 1e-4
    # One inner edge of two is uniform over what the narrowest band leaves.
    assert_evenly(np.histogram(edges[count == 2, 1], bins=4, range=(6, 34))[0])
    draws = tensor([[0.1, 0.9, 0.5, 0.3]])
    crowded = to_numpy(band_edges(count=tensor([5.0]), draws=draws, freqs=11, min_width=6))
    np.testing.assert_allclose(crowded, [[0, 2, 4, 6, 8, 10]], atol=FLOAT32)


@pytest.mark.backends
def test_gains_are_interpolated_as_in_numpy():
    edges = np.array([[0, 4.5, 10, 20, 20], [0, 20, 20, 20, 20]], "float32")
    gains = np.array([[1, -3, 6, 2, 50], [-1, 2, 9, 9, 9]], "float32")
    linear = to_numpy(band_gains(tensor(edges), gains=tensor(gains), freqs=21, linear=True))
    step = to_numpy(band_gains(tensor(edges), gains=tensor(gains), freqs=21, linear=False))
    bins = np.arange(21)
    np.testing.assert_allclose(
        linear[0], np.interp(bins, edges[0, :4], gains[0, :4]), atol=FLOAT32
    )
    np.testing.assert_allclose(linear[1], np.interp(bins, [0, 20], [-1, 2]), atol=FLOAT32)
    expected = np.where(bins < 4.5, 1, np.where(bins < 10, -3, 6))
    np.testing.assert_allclose(step[0], expected)
    np.testing.assert_allclose(step[1], -1)


def test_scales_say_the_same_gains():
    power = np.random.default_rng(0).random((3, 5, 30, 1)).astype("float32") + 0.1
    inputs = {"power": power, "magnitude": power**0.5, "decibel": 10 * np.log10(power)}
    gains = []
    for scale, x in inputs.items():
        y = to_numpy(FilterAugment(scale=scale, seed=2)(x, training=True))
        change = y - x if scale == "decibel" else np.log10(y / x)
        gains.append(change * {"power": 10, "magnitude": 20, "decibel": 1}[scale])
    np.testing.assert_allclose(gains[0], gains[1], atol=1e-3)
    np.testing.assert_allclose(gains[0], gains[2], atol=1e-3)
    assert np.abs(gains[0]).max() <= 6.001
    # All frames have the same gains.
    assert np.ptp(gains[2], axis=1).max() < 1e-3


@pytest.mark.backends
def test_padding_and_lengths_stay():
    layers = [
        SpecAugment(time_warp=3, seed=0),
        FrequencyShift(seed=0),
        FilterAugment(min_width=1, seed=0),
        RandomResizedSpectrogram(seed=0),
    ]
    valid = np.arange(12) < LENGTH[:, None]
    for layer in layers:
        y, ends = layer([X, LENGTH], training=True)
        np.testing.assert_array_equal(to_numpy(y)[~valid], X[~valid])
        np.testing.assert_array_equal(to_numpy(ends), LENGTH)
        assert np.isfinite(to_numpy(y)).all()


@pytest.mark.parametrize(
    ("layer", "bad"),
    [
        (SpecAugment, {"time_warp": -1}),
        (SpecAugment, {"time_warp": 1.5}),
        (FrequencyShift, {"max_shift": 1.5}),
        (FrequencyShift, {"fill": "mean"}),
        (FrequencyShift, {"fill": None}),
        (FilterAugment, {"max_gain_db": -7}),
        (FilterAugment, {"min_bands": 0}),
        (FilterAugment, {"max_bands": 2}),
        (FilterAugment, {"min_width": 0}),
        (FilterAugment, {"kind": "cubic"}),
        (FilterAugment, {"scale": "dB"}),
        (RandomResizedSpectrogram, {"min_time": 0}),
        (RandomResizedSpectrogram, {"max_time": 0.5}),
        (RandomResizedSpectrogram, {"max_freq": 0.5}),
        (RandomResizedSpectrogram, {"fill": "max"}),
    ],
    ids=str,
)
def test_bad_arguments_are_named_in_the_error(layer, bad):
    (name,) = bad
    with pytest.raises(ValueError, match=rf"^{layer.__name__}: `{name}` must be .* Received: "):
        layer(**bad)
