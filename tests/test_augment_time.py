"""Shift, speed, pitch, crops and chunks: what they do to sound, by other means of measuring."""

import math

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from random_tools import assert_evenly
from scipy.signal import hilbert, resample_poly

from kapre_like.augment import DropChunk, PitchShift, RandomCrop, SpeedPerturb, TimeShift
from kapre_like.ops.resampling import positions_at_speed, speed_units
from kapre_like.ops.segments import in_chunks

RATE = 8000


def sine(hertz, samples=8000):
    return 0.5 * np.sin(2 * np.pi * hertz / RATE * np.arange(samples))[None].astype("float32")


def hertz(y):
    """The frequency of a sine: the peak of a long transform, by a parabola through its log."""
    size = 1 << 18
    level = np.abs(np.fft.rfft(y * np.hanning(len(y)), size))
    peak = level.argmax()
    a, b, c = np.log(level[peak - 1 : peak + 2])
    return (peak + 0.5 * (a - c) / (a - 2 * b + c)) / size * RATE


def cents(y, expected):
    return 1200 * np.log2(hertz(y) / expected)


def shifts(mode, clips=2000):
    x = np.zeros((clips, 9), "float32")
    x[:, 4] = 1
    y = TimeShift(max_shift_s=0.003, sample_rate=1000, mode=mode, seed=0)(
        [x, np.full(clips, 8)], training=True
    )
    return to_numpy(y[0])


@pytest.mark.backends
@pytest.mark.parametrize("mode", ["zero", "wrap"])
def test_shifts_are_equally_likely_and_both_ends_are_reached(mode):
    y = shifts(mode)
    np.testing.assert_array_equal(y.sum(axis=1), 1)
    assert_evenly(np.bincount(y.argmax(axis=1), minlength=8)[1:8])


@pytest.mark.parametrize("mode", ["zero", "wrap"])
def test_a_shift_is_that_of_numpy_inside_the_valid_samples(mode):
    x = np.arange(1.0, 11.0, dtype="float32")[None, :, None].repeat(200, axis=0)
    length = np.full(200, 7, "int32")
    valid = np.arange(10) < 7
    y = TimeShift(max_shift_s=0.007, sample_rate=1000, mode=mode, seed=1)(
        [x * valid[:, None], length], training=True
    )
    known = {shift: moved_by_numpy(x[0, :7, 0], shift, mode) for shift in range(-7, 8)}
    found = set()
    for row in to_numpy(y[0])[..., 0]:
        np.testing.assert_array_equal(row[7:], 0)
        fits = [shift for shift, moved in known.items() if np.array_equal(row[:7], moved)]
        assert fits
        found.add(fits[0])
    # Whole turns are one shift, and what is moved out to either side is silence.
    assert len(found) == {"wrap": 7, "zero": 14}[mode]


def moved_by_numpy(x, shift, mode):
    if mode == "wrap":
        return np.roll(x, shift)
    zeros = np.zeros(7, "float32")
    return np.concatenate([zeros, x, zeros])[7 - shift : 14 - shift]


@pytest.mark.backends
@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_a_sine_has_exactly_the_speeds_frequency_and_its_level(speed):
    y, length = SpeedPerturb(speeds=[speed])([sine(440), np.array([6000])], training=True)
    assert int(length[0]) == round(6000 / speed)
    y = to_numpy(y)[0]
    np.testing.assert_array_equal(y[int(length[0]) :], 0)
    inside = y[200 : int(length[0]) - 200]
    assert abs(cents(inside, 440 * speed)) < 0.1
    assert abs(20 * np.log10(inside.std() * np.sqrt(2) / 0.5)) < 0.01


def test_speed_agrees_with_scipys_polyphase_filter():
    # Below the cutoffs of both filters.
    rng = np.random.default_rng(0)
    x = np.convolve(rng.standard_normal(4000), np.hanning(16), "same")
    y = to_numpy(SpeedPerturb(speeds=[1.25])(x[None].astype("float32"), training=True))[0]
    expected = resample_poly(x, 4, 5, window=("kaiser", 12.0))
    error = (y[: len(expected)] - expected)[100:-100]
    assert np.abs(error).max() < 2e-3 * np.abs(expected).max()


@pytest.mark.backends
@pytest.mark.parametrize("size", [6000, 6001])
def test_with_keep_end_a_slower_example_keeps_its_end(size):
    x = np.zeros((2, size), "float32")
    x[:, size - 400 :] = 0.5
    layer = SpeedPerturb(speeds=[0.8, 1.0], keep_end=True, seed=0)
    y, length = (to_numpy(part) for part in layer([x, np.full(2, size)], training=True))
    assert y.shape == (2, math.ceil(size / 0.8))
    for row, end in zip(y, length, strict=True):
        assert end in (size, round(size / 0.8))
        # The last samples before the end are still loud, and nothing follows them.
        np.testing.assert_allclose(row[end - 300 : end - 50], 0.5, atol=0.01)
        np.testing.assert_array_equal(row[end:], 0)
    assert layer(x).shape == x.shape
    faster = SpeedPerturb(speeds=[1.0, 1.25], keep_end=True)
    assert faster(x, training=True).shape == x.shape
    with pytest.raises(ValueError, match=r"SpeedPerturb: `probability` must be 1 if keep_end"):
        SpeedPerturb(keep_end=True, probability=0.5)


def test_what_a_faster_example_can_not_hold_is_filtered_out():
    y = to_numpy(SpeedPerturb(speeds=[2.0])(sine(3000), training=True))[0, 200:3800]
    assert 20 * np.log10(y.std() / sine(3000).std()) < -60


def test_positions_stay_exact_after_a_million_samples():
    units = speed_units(np.array([1.1, 0.9, 3.999], "float32"))
    nearest, part = positions_at_speed(1_000_003, units=units)
    exact = np.arange(1_000_003)[None] * (to_numpy(units)[:, None] / 2.0**18)
    got = to_numpy(nearest).astype("float64") + to_numpy(part)
    assert np.abs(got - exact).max() < 1e-6
    assert np.abs(to_numpy(part)).max() <= 0.5


def test_speeds_of_a_list_are_equally_likely_and_lengths_say_which():
    x, length = np.zeros((3000, 20), "float32"), np.full(3000, 10)
    _, ends = SpeedPerturb(speeds=[0.5, 1.0, 2.0], seed=0)([x, length], training=True)
    counts = np.bincount(to_numpy(ends), minlength=21)
    assert_evenly(counts[[20, 10, 5]])
    assert counts.sum() == counts[[20, 10, 5]].sum()


def test_speeds_between_two_are_uniform():
    speed = to_numpy(SpeedPerturb(seed=0).draw((3000, 10, 1))["speed"])
    assert_evenly(np.histogram(speed, bins=4, range=(0.9, 1.1))[0])


@pytest.mark.backends
@pytest.mark.parametrize("semitones", [-5.0, 0.0, 2.0])
def test_a_sine_is_within_cents_of_its_pitch_and_keeps_its_level(semitones):
    layer = PitchShift(min_semitones=semitones, max_semitones=semitones, n_fft=512)
    y = to_numpy(layer(sine(440), training=True))[0]
    assert len(y) == 8000
    inside = y[800:-800]
    assert abs(cents(inside, 440 * 2 ** (semitones / 12))) < 0.1
    assert abs(20 * np.log10(inside.std() * np.sqrt(2) / 0.5)) < 0.1
    # The level is even: no beats between the bins of one tone.
    levels = inside[:6400].reshape(-1, 400).std(axis=1)
    assert levels.max() / levels.min() < 1.05


def ripple_db(y):
    """How unsteady the envelope of a tone is, in dB below its mean."""
    envelope = np.abs(hilbert(y))[400:-400]
    return 20 * np.log10(envelope.std() / envelope.mean())


def test_a_tone_stays_steady():
    layer = PitchShift(min_semitones=4, max_semitones=4, n_fft=512)
    y = to_numpy(layer(sine(440, 16000), training=True))[0, 800:-800]
    # If each bin kept the phase that it adds up itself, -41 dB.
    assert ripple_db(y) < -55


def test_no_shift_of_pitch_returns_the_low_frequencies_as_they_were():
    x = sine(300) + sine(1234)
    layer = PitchShift(min_semitones=0, max_semitones=0, n_fft=512)
    y = to_numpy(layer(x, training=True))
    # A sine that begins at once has high frequencies there.
    np.testing.assert_allclose(y[:, 30:-30], x[:, 30:-30], atol=3e-3)


@pytest.mark.parametrize("semitones", [-4.0, 3.0])
def test_a_shift_of_pitch_keeps_time_and_energy(semitones):
    x = np.random.default_rng(0).standard_normal((1, 8000)).astype("float32")
    x = np.convolve(x[0], np.hanning(20), "same")[None].astype("float32")
    x[:, :4000] *= 0.1
    layer = PitchShift(min_semitones=semitones, max_semitones=semitones, n_fft=256)
    y = to_numpy(layer(x, training=True))
    assert abs(20 * np.log10(y.std() / x.std())) < 0.5
    quiet, loud = y[0, :3800].std(), y[0, 4200:].std()
    assert 18 < 20 * np.log10(loud / quiet) < 22


@pytest.mark.backends
def test_crops_lie_in_the_valid_samples_and_starts_are_equally_likely():
    x = np.arange(10, dtype="float32")[None].repeat(2000, axis=0)
    length = np.tile([10, 6, 2, 0], 500)
    layer = RandomCrop(samples=4, seed=0)
    y, ends = (to_numpy(part) for part in layer([x, length], training=True))
    assert y.shape == (2000, 4)
    np.testing.assert_array_equal(ends, np.minimum(length, 4))
    for valid in (10, 6):
        rows = y[length == valid]
        np.testing.assert_array_equal(np.diff(rows, axis=1), 1)
        assert_evenly(np.bincount(rows[:, 0].astype(int), minlength=valid - 3))
        assert rows.max() == valid - 1
    np.testing.assert_array_equal(y[length == 2], [[0, 1, 0, 0]] * 500)


def test_a_crop_declares_its_shape():
    layer = RandomCrop(samples=4)
    assert layer.compute_output_shape((2, 10, 1)) == (2, None, 1)
    assert layer.compute_output_shape((2, 3)) == (2, 3)
    assert "probability" not in layer.get_config()
    with pytest.raises(TypeError, match="probability"):
        RandomCrop(samples=4, probability=0.5)


@pytest.mark.backends
def test_numbers_lengths_and_starts_of_chunks_are_equally_likely():
    rng = np.random.default_rng(0)
    draws = rng.random((20000, 2, 1), dtype="float32")
    count = np.arange(20000, dtype="int32") % 2
    x, length = np.zeros((20000, 8, 1), "float32"), np.full(20000, 7, "int32")
    tensors = [keras.ops.convert_to_tensor(part) for part in (x, count, draws, length)]
    where = to_numpy(
        in_chunks(
            tensors[0],
            count=tensors[1],
            draws=tensors[2],
            min_length=2,
            max_length=4,
            length=tensors[3],
        )
    )
    assert not where[count == 0].any()
    width, start = where.sum(axis=1)[count == 1], where.argmax(axis=1)[count == 1]
    assert_evenly(np.bincount(width, minlength=5)[2:])
    for w in (2, 3, 4):
        assert_evenly(np.bincount(start[width == w], minlength=8 - w))
    assert not where[:, 7].any()


def test_chunks_are_shared_by_channels_and_an_example_may_be_shorter_than_one():
    x = np.ones((500, 50, 2), "float32")
    length = np.tile([50, 3], 250)
    layer = DropChunk(min_chunks=2, max_chunks=2, min_length=5, max_length=9, seed=0)
    y = to_numpy(layer([x, length], training=True)[0])
    np.testing.assert_array_equal(y[..., 0], y[..., 1])
    dropped = (y[::2, :, 0] == 0).sum(axis=1)
    assert dropped.min() >= 5
    assert dropped.max() <= 18
    np.testing.assert_array_equal(y[1::2, :3], 0)


@pytest.mark.parametrize(
    ("layer", "bad"),
    [
        (TimeShift, {"max_shift_s": -0.5}),
        (TimeShift, {"mode": "mirror"}),
        (SpeedPerturb, {"min_speed": 0}),
        (SpeedPerturb, {"max_speed": 0.5}),
        (SpeedPerturb, {"max_speed": 5}),
        (SpeedPerturb, {"speeds": []}),
        (SpeedPerturb, {"speeds": [0.9, -1]}),
        (SpeedPerturb, {"keep_end": 1}),
        (PitchShift, {"max_semitones": -3}),
        (PitchShift, {"max_semitones": 30}),
        (PitchShift, {"min_semitones": -30}),
        (PitchShift, {"n_fft": 510}),
        (RandomCrop, {"samples": 0}),
        (DropChunk, {"min_chunks": -1}),
        (DropChunk, {"max_chunks": 0}),
        (DropChunk, {"min_length": 0}),
        (DropChunk, {"max_length": 10}),
    ],
    ids=str,
)
def test_bad_arguments_are_named_in_the_error(layer, bad):
    (name,) = bad
    needed = {RandomCrop: {"samples": 1}}.get(layer, {})
    with pytest.raises(ValueError, match=rf"^{layer.__name__}: `{name}` must be .* Received: "):
        layer(**{**needed, **bad})
