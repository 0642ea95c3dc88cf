"""`AddNoise`: the ratio, the spectra, and where recordings come from."""

import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.signal
import soundfile
from augment_cases import bank
from backend_tools import BACKEND, to_numpy
from random_tools import assert_evenly

from kapre_like.augment import AddNoise

RATE = 8000
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "noise"
RNG = np.random.default_rng(0)
CLIPS = (0.1 * RNG.standard_normal((3, 3000, 2))).astype("float32")
LENGTHS = np.array([3000, 1700, 40], "int32")


def changed(layer, x=CLIPS, lengths=LENGTHS):
    """Returns the result of one training call, and the input with silent padding."""
    x = x * (np.arange(x.shape[1]) < lengths[:, None])[..., None]
    return to_numpy(layer([x, lengths], training=True)[0]), x


def write(path, samples, rate=RATE):
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def ramp(samples):
    return np.linspace(0.1, 0.9, samples).astype("float32")


@pytest.mark.backends
@pytest.mark.parametrize("kind", ["white", "pink", "brown", "bank"])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_snr_is_the_argument_on_the_valid_samples(kind, channels):
    recordings = bank(3, 0.05) if kind == "bank" else None
    layer = AddNoise(
        kind=kind, bank=recordings, sample_rate=RATE, min_snr_db=7.0, max_snr_db=7.0
    )
    y, x = changed(layer, CLIPS[..., :channels])
    noise = (y.astype("float64") - x) ** 2
    snr = 10 * np.log10((x.astype("float64") ** 2).sum((1, 2)) / noise.sum((1, 2)))
    np.testing.assert_allclose(snr, 7.0, atol=0.1)


def test_ratios_are_uniform_over_the_range():
    x = np.repeat(CLIPS[:1, :200], 500, axis=0)
    y = to_numpy(AddNoise(min_snr_db=-5, max_snr_db=15, seed=1)(x, training=True))
    snr = 10 * np.log10((x**2).sum((1, 2)) / ((y - x) ** 2).sum((1, 2)))
    assert -5.05 < snr.min() < -4
    assert 14 < snr.max() < 15.05
    assert_evenly(np.histogram(snr, 5, (-5.1, 15.1))[0])


@pytest.mark.parametrize(("kind", "slope"), [("white", 0), ("pink", -10), ("brown", -20)])
def test_the_power_falls_by_so_many_decibels_per_decade(kind, slope):
    x = np.full((8, 40000, 1), 1e-3, "float32")
    layer = AddNoise(kind=kind, sample_rate=16000, min_snr_db=-60, max_snr_db=-60, seed=0)
    noise = to_numpy(layer(x, training=True))[..., 0] - x[..., 0]
    frequency, power = scipy.signal.welch(noise, 16000, nperseg=4000)
    band = (frequency > 100) & (frequency < 5000)
    level = 10 * np.log10(power.mean(0)[band])
    found = np.polyfit(np.log10(frequency[band]), level, 1)[0]
    assert abs(found - slope) < 0.5


def test_of_several_kinds_each_example_gets_one_at_its_ratio():
    x = np.full((60, 4000, 1), 1e-3, "float32")
    kinds = ["white", "brown", "pink"]
    layer = AddNoise(kind=kinds, sample_rate=16000, min_snr_db=-60, max_snr_db=-60, seed=0)
    noise = to_numpy(layer(x, training=True))[..., 0] - x[..., 0]
    np.testing.assert_allclose((noise**2).mean(1), 1.0, rtol=0.01)
    frequency, power = scipy.signal.welch(noise, 16000, nperseg=1000)
    band = (frequency > 200) & (frequency < 5000)
    levels = 10 * np.log10(power[:, band])
    slopes = np.polyfit(np.log10(frequency[band]), levels.T, 1)[0]
    # 0, -10 and -20 dB per decade; one second is too little for better than 4.
    assert (np.abs(slopes[:, None] - [0, -10, -20]).min(axis=1) < 4).all()
    assert_evenly(np.histogram(slopes, (-25, -15, -5, 5))[0])
    assert layer.get_config()["kind"] == kinds


@pytest.mark.parametrize("kind", ["pink", "brown"])
def test_noise_is_as_loud_at_its_beginning_as_at_its_end(kind):
    x = np.full((500, 200, 1), 1e-3, "float32")
    layer = AddNoise(kind=kind, sample_rate=16000, min_snr_db=-60, max_snr_db=-60, seed=0)
    power = ((to_numpy(layer(x, training=True)) - x) ** 2).mean((0, 2))
    assert 0.6 < power[:5].mean() / power[-5:].mean() < 1.6
    assert 0.6 < power[:5].mean() / power.mean() < 1.6


def test_the_power_of_long_noise_is_the_same_everywhere():
    x = np.full((200, 8192, 1), 1e-3, "float32")
    layer = AddNoise(kind="pink", sample_rate=8000, min_snr_db=-60, max_snr_db=-60, seed=0)
    noise = to_numpy(layer(x, training=True))[..., 0] - x[..., 0]
    # Parts of an overlap of two blocks: 256 of 2048 samples. Pink noise varies slowly, so each
    # mean has a deviation of about 2 %.
    power = (noise**2).reshape(200, 64, 128).mean((0, 2))
    np.testing.assert_allclose(power, 1.0, atol=0.12)


@pytest.mark.backends
def test_samples_of_white_noise_are_uniform_and_independent():
    x = np.full((64, 4000, 1), 1e-3, "float32")
    layer = AddNoise(min_snr_db=-60, max_snr_db=-60, seed=0)
    noise = to_numpy(layer(x, training=True))[..., 0] - x[..., 0]
    assert abs(noise.mean()) < 0.01
    assert_evenly(np.histogram(noise, 8, (-np.sqrt(3), np.sqrt(3)))[0][1:-1])
    spectrum = np.abs(np.fft.rfft(noise, 8000)) ** 2
    correlation = np.fft.irfft(spectrum.mean(0))[1:100] / 4000
    # 256,000 products have a deviation of 0.002.
    assert np.abs(correlation).max() < 0.01
    # Two samples may share one random number, so compare their squares, too.
    for lag in (1, 15, 16, 17, 32):
        a, b = noise[:, :-lag] ** 2 - 1, noise[:, lag:] ** 2 - 1
        assert abs((a * b).mean()) < 0.01


@pytest.mark.backends
def test_noise_is_a_stretch_of_one_recording_that_repeats_at_its_end():
    recordings = [ramp(320), ramp(4000), -ramp(70)]
    layer = AddNoise(
        kind="bank", bank=recordings, sample_rate=RATE, min_snr_db=0, max_snr_db=0, seed=3
    )
    x = np.repeat(CLIPS[:1, :1000, :1], 60, axis=0)
    noise = to_numpy(layer(x, training=True))[..., 0] - x[..., 0]
    counts, starts = np.zeros(3), set()
    for row in noise:
        fits = []
        for clip in recordings:
            whole = np.tile(clip, 2 + 1000 // len(clip))
            scores = np.correlate(whole, row, "valid")
            energy = np.convolve(whole**2, np.ones(1000), "valid")
            scores = scores / np.sqrt(energy * (row**2).sum())
            fits.append((scores.max(), scores.argmax()))
        best = max(range(3), key=lambda n: fits[n][0])
        assert fits[best][0] > 0.9999
        counts[best] += 1
        starts.add(fits[best][1])
    assert_evenly(counts)
    assert len(starts) > 20


def test_silence_gets_no_noise_and_a_silent_recording_changes_nothing():
    quiet = np.zeros((2, 500, 1), "float32")
    np.testing.assert_array_equal(to_numpy(AddNoise()(quiet, training=True)), 0)
    layer = AddNoise(kind="bank", bank=np.zeros((2, 90)), sample_rate=RATE)
    np.testing.assert_array_equal(to_numpy(layer(CLIPS, training=True)), CLIPS)


@pytest.mark.backends
def test_files_are_read_at_the_first_training_call_with_one_warning_of_resampling(tmp_path):
    folder = tmp_path / "noises"
    layer = AddNoise(kind="bank", bank=folder, sample_rate=RATE)
    np.testing.assert_array_equal(to_numpy(layer(CLIPS)), CLIPS)
    folder.mkdir()
    write(folder / "a.wav", ramp(900))
    write(folder / "b.wav", np.stack([ramp(2000), -0.5 * ramp(2000)], axis=1), 2 * RATE)
    with pytest.warns(UserWarning, match="1 of 2 files of `bank` from 16000 Hz to") as caught:
        layer(CLIPS, training=True)
    assert len(caught) == 1
    layer(CLIPS, training=True)
    assert layer.get_config()["bank"] == str(folder)
    blocks = to_numpy(layer._bank.tensors["blocks"])
    # 900 samples in 16 rounds, and the mean of both channels at half the rate.
    assert to_numpy(layer._bank.tensors["count"]).tolist() == [900, 1000]
    middle = blocks[900 + 20 : -20].ravel()
    np.testing.assert_allclose(middle, 0.25 * np.tile(ramp(2000)[::2], 16)[320:-320], atol=0.05)


def test_a_file_a_list_and_a_table_are_banks_too(tmp_path):
    file, other = (write(tmp_path / f"{n}.wav", ramp(2000)) for n in "ab")
    table = tmp_path / "noises.csv"
    table.write_text("path,label\na.wav,x\nb.wav,y\n")
    for source, count in ((file, 1), ([str(file), other], 2), (table, 2), (str(tmp_path), 2)):
        layer = AddNoise(kind="bank", bank=source, sample_rate=RATE)
        layer = AddNoise.from_config(layer.get_config())
        layer.prepare()
        assert to_numpy(layer._bank.tensors["count"]).tolist() == [125] * count


@pytest.mark.backends
def test_a_loaded_layer_needs_its_array_again(tmp_path):
    model = keras.Sequential(
        [keras.Input((None, 2)), AddNoise(kind="bank", bank=bank(2, 0.02), sample_rate=RATE)]
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(CLIPS, verbose=0), CLIPS)
    layer = loaded.layers[-1]
    with pytest.raises(ValueError, match=r"AddNoise: `bank` must be .* set `layer\.bank`"):
        layer(CLIPS, training=True)
    layer.bank = np.stack([ramp(64), ramp(64)])
    assert np.abs(to_numpy(layer(CLIPS, training=True)) - CLIPS).max() > 0
    assert not loaded.weights or all("bank" not in w.path for w in loaded.weights)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="graphs of TensorFlow")
def test_a_graph_holds_no_recording_and_may_be_the_first_call():
    import tensorflow as tf

    layer = AddNoise(kind="bank", bank=[ramp(200000)], sample_rate=RATE)
    data = tf.data.Dataset.from_tensor_slices(CLIPS).batch(3)
    (y,) = data.map(lambda x: layer(x, training=True))
    assert np.abs(y.numpy() - CLIPS).max() > 0
    graph = tf.function(lambda x: layer(x, training=True))
    graph(CLIPS)
    size = graph.get_concrete_function(tf.constant(CLIPS)).graph.as_graph_def().ByteSize()
    assert size < 100_000


def test_bad_files_are_named(tmp_path):
    broken = np.ones(200, "float32")
    broken[7] = np.nan
    path = write(tmp_path / "broken.wav", broken)
    layer = AddNoise(kind="bank", bank=str(path), sample_rate=RATE)
    with pytest.raises(ValueError, match=r"AddNoise: `bank` .*broken\.wav: holds NaN"):
        layer(CLIPS, training=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    for source, message in ((empty, "no audio file"), (tmp_path / "none.wav", "no such file")):
        layer = AddNoise(kind="bank", bank=source, sample_rate=RATE)
        with pytest.raises(ValueError, match=f"^AddNoise: `bank` .*{message}"):
            layer.prepare()


@pytest.mark.parametrize(
    "bad",
    [
        np.array([[0.0, np.nan]]),
        np.ones((2, 3), "int16"),
        [np.ones((2, 2))],
        np.ones(5, "float32"),
        np.zeros((0, 5)),
        [np.zeros(0)],
    ],
    ids=["nan", "integers", "a matrix in a list", "one clip", "no clip", "an empty clip"],
)
def test_bad_arrays_are_refused(bad):
    layer = AddNoise(kind="bank", bank=bad, sample_rate=RATE)
    with pytest.raises(ValueError, match=r"^AddNoise: `bank` must be .* Received: "):
        layer.prepare()


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("kind", {"kind": "blue"}),
        ("kind", {"kind": []}),
        ("kind", {"kind": ["pink", "bank"]}),
        ("max_snr_db", {"min_snr_db": 3, "max_snr_db": 2}),
        ("min_snr_db", {"min_snr_db": "loud"}),
        ("sample_rate", {"sample_rate": 16}),
        ("bank", {"kind": "bank"}),
        ("bank", {"kind": "bank", "bank": []}),
        ("bank", {"kind": "bank", "bank": 3}),
        ("bank", {"kind": "bank", "bank": ["a.wav", np.ones(3)]}),
        ("bank", {"bank": "folder"}),
    ],
    ids=str,
)
def test_bad_arguments_are_named(name, bad):
    with pytest.raises(ValueError, match=f"^AddNoise: `{name}` must be .* Received: {name}="):
        AddNoise(**bad)


def test_real_recordings():
    if not SHARED.exists():
        pytest.skip("noise is not beside this checkout (shared/data)")
    layer = AddNoise(kind="bank", bank=str(SHARED / "noise.csv"), min_snr_db=5, max_snr_db=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = to_numpy(layer(CLIPS, training=True))
    snr = 10 * np.log10((CLIPS**2).sum((1, 2)) / ((y - CLIPS) ** 2).sum((1, 2)))
    np.testing.assert_allclose(snr, 5, atol=0.1)
