"""`Reverberate` and `SimulatedRoom` against SciPy, room acoustics and pyroomacoustics."""

import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.signal
import soundfile
from backend_tools import BACKEND, graph, to_numpy
from random_tools import assert_evenly
from tolerances import FLOAT32_LONG

from kapre_like.augment import Reverberate, SimulatedRoom
from kapre_like.ops import convolution, rooms

RATE = 16000
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "impulse_responses"
RNG = np.random.default_rng(0)
CLIPS = (0.1 * RNG.standard_normal((3, 3000, 2))).astype("float32")


def tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, "float32"))


def decaying(samples, peak):
    """An impulse response with its largest value at `peak`."""
    response = 0.2 * RNG.standard_normal(samples) * np.exp(-5 * np.arange(samples) / samples)
    response[peak] = 2.0
    return response


def level(x):
    return np.sqrt((np.asarray(x, "float64") ** 2).sum(axis=(1, 2)))


@pytest.mark.backends
@pytest.mark.parametrize("samples", [1, 50, 3000, 40000])
@pytest.mark.parametrize(("taps", "delay"), [(1, 0), (70, 9), (700, 0), (700, 699)])
def test_the_convolution_is_scipy_s(samples, taps, delay):
    x = RNG.standard_normal((2, samples, 2)).astype("float32")
    kernel = RNG.standard_normal((2, taps)).astype("float32")

    def convolve(x):
        return convolution.convolve(x, kernel=tensor(kernel), delay=delay)

    full = scipy.signal.fftconvolve(x, kernel[..., None], axes=1)
    full = np.pad(full, [(0, 0), (0, delay), (0, 0)])[:, delay : delay + samples]
    # Sums of up to 700 products of deviation 1.
    np.testing.assert_allclose(to_numpy(convolve(tensor(x))), full, atol=3e-4)
    if BACKEND == "tensorflow":
        mono = graph(convolve)(x[..., :1])
        np.testing.assert_allclose(to_numpy(mono), full[..., :1], atol=3e-4)


def test_sizes_of_transforms_are_even_and_have_small_factors():
    for least in (1, 3, 1000, 15361, 10**6 + 1):
        size = convolution.fft_size(least)
        assert least <= size < 1.2 * least + 2
        assert size % 2 == 0
        for factor in (2, 3, 5):
            while size % factor == 0:
                size //= factor
        assert size == 1


@pytest.mark.backends
@pytest.mark.parametrize(("taps", "peak"), [(40, 0), (900, 37), (9000, 400)])
def test_reverberation_is_scipy_s_with_the_level_and_place_of_the_example(taps, peak):
    response = decaying(taps, peak)
    y = to_numpy(Reverberate(bank=response[None], sample_rate=RATE)(CLIPS, training=True))
    full = scipy.signal.fftconvolve(CLIPS.astype("float64"), response[None, :, None], axes=1)
    expected = np.pad(full, [(0, 0), (0, peak), (0, 0)])[:, peak : peak + 3000]
    expected *= (level(CLIPS) / level(expected))[:, None, None]
    np.testing.assert_allclose(y, expected, atol=2e-5)


def test_responses_with_other_peaks_do_not_move_the_sound():
    x = np.zeros((60, 800, 1), "float32")
    x[:, 300] = 1.0
    bank = [decaying(500, 20), decaying(90, 0), decaying(700, 333)]
    y = to_numpy(Reverberate(bank=bank, sample_rate=RATE, seed=0)(x, training=True))
    np.testing.assert_array_equal(np.abs(y[..., 0]).argmax(axis=1), 300)
    np.testing.assert_allclose(level(y), 1.0, rtol=FLOAT32_LONG)
    kinds, counts = np.unique(np.round(y[:, 300, 0], 4), return_counts=True)
    assert len(kinds) == 3
    assert_evenly(counts)


def test_the_level_counts_the_valid_samples_alone():
    lengths = np.array([3000, 500, 0], "int32")
    layer = Reverberate(bank=decaying(900, 5)[None], sample_rate=RATE)
    y = to_numpy(layer([CLIPS, lengths], training=True)[0])
    for one, clip, end in zip(y, CLIPS, lengths, strict=True):
        np.testing.assert_allclose(
            level(one[None, :end]), level(clip[None, :end]), rtol=FLOAT32_LONG
        )


def test_each_channel_of_a_file_is_a_response(tmp_path):
    both = np.stack([decaying(2000, 10), decaying(2000, 10)], axis=1)
    soundfile.write(tmp_path / "a.wav", both, 2 * RATE, subtype="FLOAT")
    layer = Reverberate(bank=str(tmp_path), sample_rate=RATE)
    with pytest.warns(UserWarning, match="^Reverberate: resamples 1 of 1 files") as caught:
        layer(CLIPS, training=True)
    assert len(caught) == 1
    responses = to_numpy(layer._bank.tensors["responses"])
    assert len(responses) == 2
    np.testing.assert_allclose((responses**2).sum(axis=1), 1.0, atol=FLOAT32_LONG)
    assert Reverberate.from_config(layer.get_config()).bank == str(tmp_path)


def test_an_array_is_not_saved():
    layer = Reverberate(bank=decaying(90, 5)[None], sample_rate=RATE)
    loaded = Reverberate.from_config(layer.get_config())
    np.testing.assert_array_equal(to_numpy(loaded(CLIPS)), CLIPS)
    with pytest.raises(ValueError, match=r"^Reverberate: `bank` must be .* set `layer\.bank`"):
        loaded.prepare()


def test_real_responses():
    if not SHARED.exists():
        pytest.skip("impulse_responses is not beside this checkout (shared/data)")
    names = ["speechbrain_rir1.wav", "speechbrain_rir4.wav", "lhotse_real_8ch.wav"]
    layer = Reverberate(bank=[SHARED / name for name in names])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = to_numpy(layer(CLIPS, training=True))
    assert layer._bank.tensors["responses"].shape[0] == 10
    np.testing.assert_allclose(level(y), level(CLIPS), rtol=FLOAT32_LONG)


SIZES = [[3.0, 3.0, 2.5], [6.0, 5.0, 3.0], [10.0, 8.0, 4.0]]
SOURCES = [[1.0, 0.8, 1.2], [4.5, 1.0, 1.6], [2.0, 6.0, 1.5]]
MICROPHONES = [[2.2, 2.1, 1.0], [1.5, 3.7, 1.2], [7.0, 2.0, 1.8]]


def responses(rt60, sizes=SIZES, max_order=6, noise=1.0):
    taps = int(1.2 * max(rt60) * RATE)
    white = noise * np.random.default_rng(1).standard_normal((len(sizes), taps))
    return to_numpy(
        rooms.room_response(
            tensor(sizes), source=tensor(SOURCES), microphone=tensor(MICROPHONES),
            rt60=tensor(rt60), noise=tensor(white), sample_rate=RATE, max_order=max_order,
        )
    )  # fmt: skip


def measured_rt60(response):
    """Reverberation time from Schroeder's backward integral, -5 to -35 dB."""
    # The direct sound is not part of the decay.
    decay = np.cumsum(response[rooms.REACH + 40 :].astype("float64")[::-1] ** 2)[::-1]
    decibels = 10 * np.log10(decay / decay[0])
    part = (decibels < -5) & (decibels > -35)
    slope = np.polyfit(np.flatnonzero(part) / RATE, decibels[part], 1)[0]
    return -60 / slope


@pytest.mark.backends
@pytest.mark.parametrize("rt60", [0.15, 0.3, 0.6, 1.2])
def test_the_reverberation_time_is_the_argument(rt60):
    for response in responses([rt60] * 3):
        assert abs(measured_rt60(response) / rt60 - 1) < 0.1


def test_the_energy_of_images_and_of_noise_is_the_same_on_average():
    # Many reflections against few: noise takes over late and early. All images have the same
    # sign, so they add up near 0 Hz, which the formula of the energy leaves out.
    sos = scipy.signal.butter(4, 1000, "highpass", fs=RATE, output="sos")
    late, early = (
        scipy.signal.sosfilt(sos, responses([0.5] * 3, max_order=order)) for order in (14, 3)
    )
    window = slice(int(0.03 * RATE), int(0.06 * RATE))
    ratio = (late[:, window] ** 2).sum(axis=1) / (early[:, window] ** 2).sum(axis=1)
    assert (np.abs(10 * np.log10(ratio)) < 2.5).all()


def test_images_are_those_of_pyroomacoustics():
    pra = pytest.importorskip("pyroomacoustics")
    for size, source, microphone in zip(SIZES, SOURCES, MICROPHONES, strict=True):
        absorption = 0.3
        room = pra.ShoeBox(size, fs=RATE, materials=pra.Material(absorption), max_order=5)
        room.add_source(source)
        room.add_microphone(microphone)
        room.image_source_model()
        theirs = np.linalg.norm(room.sources[0].images.T - microphone, axis=1)
        loss = room.sources[0].damping[0]
        mine, amplitude = rooms.images(
            tensor([size]), source=tensor([source]), microphone=tensor([microphone]),
            reflection=tensor([np.sqrt(1 - absorption)]), max_order=5,
        )  # fmt: skip
        mine, amplitude = to_numpy(mine)[0], to_numpy(amplitude)[0]
        assert len(mine) == len(theirs) == 231
        np.testing.assert_allclose(np.sort(mine), np.sort(theirs), rtol=FLOAT32_LONG)
        expected = np.sort(loss / theirs) / (4 * np.pi)
        np.testing.assert_allclose(np.sort(amplitude), expected, rtol=1e-3)


def test_early_responses_are_those_of_pyroomacoustics():
    pra = pytest.importorskip("pyroomacoustics")
    rt60 = 0.4
    size, source, microphone = SIZES[2], SOURCES[2], MICROPHONES[2]
    reflection = float(to_numpy(rooms.wall_reflection(tensor([size]), rt60=tensor([rt60])))[0])
    pra.constants.set("rir_hpf_enable", False)
    material = pra.Material(1 - reflection**2)
    room = pra.ShoeBox(size, fs=RATE, materials=material, max_order=12)
    room.add_source(source)
    room.add_microphone(microphone)
    room.set_sound_speed(rooms.SPEED_OF_SOUND)
    room.compute_rir()
    theirs = room.rir[0][0]
    distance = np.linalg.norm(np.subtract(source, microphone))
    # They delay by half of their 81 taps; the shift between samples is left to a correlation.
    mine = responses([rt60] * 3, max_order=12, noise=0.0)[2]
    count = int(0.04 * RATE)
    start = round(distance / rooms.SPEED_OF_SOUND * RATE) + 40 - rooms.REACH
    energy = [np.sum(r**2) for r in (mine[:count], theirs[start : start + count] / 4 / np.pi)]
    ratio = 10 * np.log10(energy[0] / energy[1])
    # Older versions leave out 1 / (4 pi).
    assert min(abs(ratio), abs(ratio - 20 * np.log10(4 * np.pi))) < 0.5
    both = np.stack([mine[:count], theirs[start : start + count]], axis=1)
    lags = scipy.signal.resample(both, 8 * count)
    product = scipy.signal.correlate(lags[:, 0], lags[:, 1])
    assert product.max() / np.linalg.norm(lags[:, 0]) / np.linalg.norm(lags[:, 1]) > 0.97


def test_the_direct_sound_is_whole_however_late_it_is():
    distance = np.linalg.norm(np.subtract(SOURCES, MICROPHONES), axis=1)
    direct = responses([0.3] * 3, max_order=1, noise=0.0)[:, rooms.REACH]
    np.testing.assert_allclose(direct * 4 * np.pi * distance, 1.0, rtol=0.02)


def test_wall_reflection_is_eyring_s():
    size, rt60 = np.array(SIZES), np.array([0.2, 0.5, 2.0])
    reflection = to_numpy(rooms.wall_reflection(tensor(size), rt60=tensor(rt60)))
    volume = size.prod(axis=1)
    surface = 2 * (volume[:, None] / size).sum(axis=1)
    eyring = 24 * np.log(10) * volume / 343 / (-surface * np.log(reflection.astype(float) ** 2))
    np.testing.assert_allclose(eyring, rt60, rtol=FLOAT32_LONG)


@pytest.mark.backends
def test_places_have_the_distance_and_lie_inside_the_room():
    size = RNG.uniform(2, 9, (2000, 3))
    distance = RNG.uniform(0.3, 4, 2000)
    direction, position = RNG.standard_normal((2000, 3)), RNG.uniform(size=(2000, 3))
    source, microphone = (
        to_numpy(place)
        for place in rooms.places(
            tensor(size), distance=tensor(distance), direction=tensor(direction),
            position=tensor(position),
        )
    )  # fmt: skip
    for place in (source, microphone):
        assert (place > rooms.WALL_DISTANCE - 1e-4).all()
        assert (place < size - rooms.WALL_DISTANCE + 1e-4).all()
    found = np.linalg.norm(source - microphone, axis=1)
    assert (found < distance + 1e-3).all()
    roomy = size.min(axis=1) > distance + 0.7
    assert roomy.sum() > 500
    np.testing.assert_allclose(found[roomy], distance[roomy], rtol=FLOAT32_LONG)


def test_every_example_has_a_room_of_its_own_and_keeps_its_place_and_level():
    x = np.zeros((40, 4000, 1), "float32")
    x[:, 500] = 1.0
    layer = SimulatedRoom(min_distance=0.5, max_distance=1.0, seed=0)
    y = to_numpy(layer(x, training=True))[..., 0]
    np.testing.assert_allclose(level(y[..., None]), 1.0, rtol=FLOAT32_LONG)
    first = np.array([np.flatnonzero(np.abs(row) > 0.5 * np.abs(row).max())[0] for row in y])
    np.testing.assert_array_equal(first, 500)
    # Nothing comes before the direct sound but the sinc that places it.
    assert np.abs(y[:, : 500 - rooms.REACH]).max() < 1e-5
    assert len({row.tobytes() for row in y}) == 40


def test_the_layer_has_the_reverberation_time_of_its_arguments():
    x = np.zeros((6, 16000, 1), "float32")
    x[:, 0] = 1.0
    y = to_numpy(SimulatedRoom(min_rt60=0.5, max_rt60=0.5, seed=1)(x, training=True))[..., 0]
    y = np.pad(y, [(0, 0), (rooms.REACH, 0)])
    for response in y:
        assert abs(measured_rt60(response) / 0.5 - 1) < 0.1


@pytest.mark.parametrize("shape", [(0, 300, 1), (2, 0, 1), (1, 1, 1)])
def test_empty_batches_and_clips(shape):
    x = np.zeros(shape, "float32")
    for layer in (Reverberate(bank=np.ones((1, 9))), SimulatedRoom(max_order=2)):
        assert to_numpy(layer(x, training=True)).shape == shape


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("bank", {"bank": None}),
        ("bank", {"bank": []}),
        ("sample_rate", {"bank": "a", "sample_rate": 0}),
    ],
    ids=str,
)
def test_bad_arguments_of_reverberate_are_named(name, bad):
    with pytest.raises(
        ValueError, match=f"^Reverberate: `{name}` must be .* Received: {name}="
    ):
        Reverberate(**bad)


def test_a_silent_response_is_refused():
    message = r"^Reverberate: `bank` must be .* recording 1 of zeros"
    with pytest.raises(ValueError, match=message):
        Reverberate(bank=[np.ones(3), np.zeros(5)]).prepare()


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("min_size", {"min_size": [3, 3]}),
        ("min_size", {"min_size": [3, 3, 0.5]}),
        ("max_size", {"max_size": [2, 8, 4]}),
        (r"max_size\[1\]", {"max_size": [10, "8", 4]}),
        ("min_rt60", {"min_rt60": 0}),
        ("max_rt60", {"max_rt60": 0.1}),
        ("max_distance", {"max_distance": 0.1}),
        ("max_order", {"max_order": 0}),
        ("max_order", {"max_order": 21}),
        ("sample_rate", {"sample_rate": 16}),
    ],
    ids=str,
)
def test_bad_arguments_of_a_room_are_named(name, bad):
    with pytest.raises(ValueError, match=f"^SimulatedRoom: `{name}` must be .* Received: "):
        SimulatedRoom(**bad)
