"""`kapre_like.kapre.backend` against tf.signal's, librosa's and Kapre's formulas."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from tolerances import DECIBEL_STEP, FLOAT32, FLOAT32_SHORT

from kapre_like.kapre import backend

pytestmark = pytest.mark.backends(full=True)

NAMES = (
    "hamming_window",
    "hann_window",
    "kaiser_bessel_derived_window",
    "kaiser_window",
    "vorbis_window",
)


@pytest.mark.parametrize("name", NAMES)
def test_windows_are_those_of_tf_signal(name):
    tf = pytest.importorskip("tensorflow")
    ours, theirs = backend.get_window_fn(name), getattr(tf.signal, name)
    for length in (1, 2, 5, 8, 9, 64, 401, 1024):
        got = to_numpy(ours(length))
        assert got.dtype == np.float32
        # The Bessel function is NumPy's. All other windows equal TensorFlow's to the last bit.
        tolerance = 5e-7 if "kaiser" in name or BACKEND != "tensorflow" else 0
        np.testing.assert_allclose(got, theirs(length).numpy(), rtol=0, atol=tolerance)
    if BACKEND != "jax":
        wide = to_numpy(ours(8, dtype="float64"))
        np.testing.assert_allclose(wide, theirs(8, dtype=tf.float64).numpy(), atol=1e-7)
        assert wide.dtype == np.float64


def test_windows_have_tf_signal_s_arguments():
    tf = pytest.importorskip("tensorflow")
    for length in (8, 9):
        got = to_numpy(backend.get_window_fn("hamming_window")(length, False))
        np.testing.assert_allclose(
            got, tf.signal.hamming_window(length, False), atol=FLOAT32_SHORT
        )
    for name in ("kaiser_window", "kaiser_bessel_derived_window"):
        got = to_numpy(backend.get_window_fn(name)(8, 3.0))
        np.testing.assert_allclose(got, getattr(tf.signal, name)(8, 3.0), atol=FLOAT32_SHORT)


def test_no_name_is_a_hann_window_and_an_unknown_one_an_error():
    assert backend.get_window_fn() is backend.get_window_fn("hann_window")
    for name in ("hann", "", 3, []):
        with pytest.raises(NotImplementedError, match="Received: window_name="):
            backend.get_window_fn(name)


@pytest.mark.parametrize("shape", [(7,), (2, 7), (3, 4, 5), (3, 4, 5, 2)])
def test_decibels_are_the_formula_per_clip(shape):
    x = np.abs(np.random.default_rng(0).standard_normal(shape)).astype("float32") ** 8
    got = to_numpy(backend.magnitude_to_decibel(x, ref_value=0.5, amin=1e-4, dynamic_range=30))
    db = 10 * np.log10(np.maximum(x.astype("float64"), 1e-4) / 0.5)
    peak = db.max(axis=tuple(range(1, len(shape))) or None, keepdims=True)
    np.testing.assert_allclose(got, np.maximum(db, peak - 30), atol=DECIBEL_STEP)
    assert got.min() == pytest.approx(got.max() - 30, abs=1e-4) or got.ndim > 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_decibels_have_the_dtype_of_the_input(dtype):
    if BACKEND == "jax" and dtype == "float64":
        pytest.skip("JAX computes in float64 only if the whole process is configured for it")
    x = keras.ops.cast(np.array([[1e-7, 1e-3, 0.5, 9999.0]]), dtype)
    y = backend.magnitude_to_decibel(x, dynamic_range=120.0)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    # 0.2: two steps of bfloat16 at 50; its 9999 is 9984, and 1e-3 errs by 0.02 dB.
    tolerance = {"float16": 0.02, "bfloat16": 0.25}.get(dtype, 1e-4)
    got = to_numpy(keras.ops.cast(y, "float32"))
    np.testing.assert_allclose(got, [[-50, -30, -3.0103, 39.99957]], atol=tolerance)


def test_decibels_of_variables_lists_integers_and_with_numbers_in_arrays():
    variable = keras.Variable(np.array([[1.0, 10.0]], "float32"))
    for x in (variable, [[1.0, 10.0]], np.array([[1, 10]])):
        got = to_numpy(backend.magnitude_to_decibel(x, np.float32(1), np.array(1e-5)))
        np.testing.assert_allclose(got, [[0, 10]], atol=FLOAT32)
    assert float(backend.magnitude_to_decibel(np.float32(100))) == pytest.approx(20, abs=1e-5)
    np.testing.assert_allclose(
        to_numpy(backend.magnitude_to_decibel(np.zeros((1, 2), "float32"), amin=None)), -50
    )
    if BACKEND == "tensorflow":
        import tensorflow as tf

        got = backend.magnitude_to_decibel(tf.Variable([[1.0, 10.0]]), tf.constant(10.0))
        np.testing.assert_allclose(got.numpy(), [[-10, 0]], atol=FLOAT32)


@pytest.mark.parametrize("name", ["ref_value", "amin", "dynamic_range"])
@pytest.mark.parametrize("value", [0, -1.0, "x", float("nan")])
def test_numbers_of_decibels_must_be_above_0(name, value):
    with pytest.raises(ValueError, match=f"magnitude_to_decibel: `{name}` must be a number"):
        backend.magnitude_to_decibel(np.ones((1, 2)), **{name: value})


@pytest.mark.parametrize("norm", [None, "slaney", 1.0, 2, np.inf, 0])
@pytest.mark.parametrize("options", [{}, {"htk": True, "f_min": 200}, {"f_max": 3000.0}])
def test_mel_bands_are_librosa_s(norm, options):
    librosa = pytest.importorskip("librosa")
    theirs = {"fmin": options.get("f_min", 0.0), "fmax": options.get("f_max")}
    expected = librosa.filters.mel(
        sr=22050, n_fft=512, n_mels=32, htk=options.get("htk", False), norm=norm, **theirs
    ).T
    got = backend.filterbank_mel(22050, 257, 32, norm=norm, **options)
    assert keras.backend.standardize_dtype(got.dtype) == backend._get_floatx()
    np.testing.assert_allclose(to_numpy(got), expected, rtol=2e-7)


def test_mel_bands_may_end_above_half_the_rate_and_warn_if_empty():
    librosa = pytest.importorskip("librosa")
    with pytest.warns(UserWarning, match="filterbank_mel: .* bands contain no FFT bin"):
        got = backend.filterbank_mel(8000, 65, 20, f_max=8000)
    with pytest.warns(UserWarning, match="Empty filters"):
        expected = librosa.filters.mel(sr=8000, n_fft=128, n_mels=20, fmax=8000).T
    np.testing.assert_allclose(to_numpy(got), expected, rtol=2e-7)


@pytest.mark.parametrize("spread", [0.125, 0.5])
@pytest.mark.parametrize("f_min", [None, 100.0])
def test_log_bands_are_the_formula(f_min, spread):
    got = to_numpy(backend.filterbank_log(22050, 513, 60, 12, f_min, spread))
    lowest = 32.70319566 if f_min is None else f_min
    octave = np.log2(np.fft.rfftfreq(1024, 1 / 22050)[1:])[:, None]
    center = np.log2(lowest) + np.arange(60) / 12
    bands = np.exp(-0.5 * ((octave - center) * 12 / spread) ** 2 - octave)
    sums = bands.sum(axis=0)
    expected = bands / np.where(sums > 1e-300, sums, 1.0)
    np.testing.assert_allclose(got[1:], expected, rtol=1e-5, atol=1e-12)
    assert not got[0].any()


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"n_bins": 200}, RuntimeError, "Use n_bins=100"),
        ({"f_min": 0}, ValueError, "`f_min` must be"),
        ({"spread": -1}, ValueError, "`spread` must be"),
        ({"n_freq": 1}, ValueError, "`n_freq` must be at least 2"),
        ({"bins_per_octave": 0}, ValueError, "`bins_per_octave` must be"),
    ],
)
def test_bad_arguments_of_log_bands(bad, error, message):
    with pytest.raises(error, match=f"filterbank_log: .*{message}"):
        backend.filterbank_log(**{"sample_rate": 22050, "n_freq": 513, **bad})


@pytest.mark.parametrize(
    "bad",
    [
        {"sample_rate": 0},
        {"n_freq": 1.5},
        {"n_mels": 0},
        {"f_min": -1},
        {"f_min": 9000, "f_max": 8000},
        {"norm": "l2"},
        {"norm": -1},
        {"norm": []},
    ],
)
def test_bad_arguments_of_mel_bands(bad):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=f"filterbank_mel: `{name}` must be"):
        backend.filterbank_mel(**{"sample_rate": 22050, "n_freq": 513, **bad})


@pytest.mark.parametrize("codes", [2, 100, 256, 65536])
def test_mu_law_is_the_formula_also_outside_full_scale(codes):
    x, mu = np.linspace(-3, 3, 10001, dtype="float32"), codes - 1.0
    code = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(np.float32(mu))
    got = to_numpy(backend.mu_law_encoding(x, codes))
    assert got.dtype == np.int32
    # At the edge between two codes the last bit of the logarithm decides.
    assert np.abs(got - ((code + 1) / 2 * mu + 0.5).astype("int32")).max() <= 1
    every = np.arange(codes)
    back = to_numpy(backend.mu_law_encoding(backend.mu_law_decoding(every, codes), codes))
    assert np.abs(back - every).max() <= (0 if codes <= 256 else 1)


@pytest.mark.parametrize("codes", [1, 0, "x", None, float("nan")])
def test_mu_law_needs_two_codes(codes):
    for function in (backend.mu_law_encoding, backend.mu_law_decoding):
        with pytest.raises(ValueError, match="`quantization_channels` must be"):
            function(np.zeros(3, "float32"), codes)


def test_data_format_strings():
    for data_format in (
        backend._CH_FIRST_STR,
        backend._CH_LAST_STR,
        backend._CH_DEFAULT_STR,
    ):
        assert backend.validate_data_format_str(data_format) is None
    with pytest.raises(ValueError, match="Received: data_format='x'"):
        backend.validate_data_format_str("x")
    for value in (None, 3, ["default"], {"config": "default"}):
        with pytest.raises(TypeError, match="must be a string"):
            backend.validate_data_format_str(value)
    assert backend._get_image_data_format() == keras.config.image_data_format()
    assert backend._get_floatx() == keras.config.floatx()
