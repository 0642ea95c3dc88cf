"""The facade against numbers of the real Kapre 0.4.1, committed in `kapre_reference`.

`make kapre-side-by-side` runs many more cases with both packages in one process.
"""

import functools
import pathlib

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from kapre_reference.cases import apart, check, configured, given, run, run_as_configured
from kapre_reference.errors import INSTEAD, SAME, TAKEN, raised
from kapre_reference.grid import committed
from tolerances import FLOAT32

from kapre_like import kapre

pytestmark = pytest.mark.backends

NUMBERS = np.load(pathlib.Path(__file__).parent / "kapre_reference" / "numbers.npz")
PLACES = {name: place for place, name in enumerate(NUMBERS["names"])}
TARGETS = sorted({one.target for one in committed()})


if BACKEND == "jax":

    @pytest.fixture(autouse=True)
    def small():
        """Clears the programs of hundreds of shapes, which JAX would keep in 4 GB."""
        import jax

        yield
        jax.clear_caches()


def cases(target):
    """Cases of one layer or function, without those that a backend cannot compute."""
    for one in committed():
        tflite = "Tflite" in one.target and BACKEND != "tensorflow"
        # JAX computes in float64 only if the whole program does.
        double = one.floatx == "float64" and BACKEND == "jax"
        first = "get_frequency_aware_conv2d" in one.target and "channels_first" in str(one)
        if first and not convolves_channels_first():
            continue
        if one.target == target and not tflite and not double:
            yield one


@functools.cache
def convolves_channels_first():
    """Whether TensorFlow does so here: on a CPU only with oneDNN, by the kind of processor."""
    try:
        keras.layers.Conv2D(1, 1, data_format="channels_first")(
            np.zeros((1, 1, 2, 2), "float32")
        )
    except Exception:
        return False
    return True


def expected(one):
    place = PLACES[str(one)]
    return [NUMBERS[f"{place}.{part}"] for part in range(1 + (one.use == "inverse"))]


def test_every_case_has_its_numbers():
    assert list(PLACES) == [str(one) for one in committed()]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.backends(full=True)
def test_kapre_s_numbers(target):
    for one in cases(target):
        try:
            check(one, run(kapre, one), expected(one))
        except Exception as error:
            error.add_note(str(one))
            raise


@pytest.mark.parametrize("target", [name for name in TARGETS if name[0].isupper()])
def test_the_declared_shape_and_dtype_are_those_of_the_result(target):
    for one in cases(target):
        result = expected(one)[0]
        with configured(one.image_format, one.floatx):
            layer = getattr(kapre, target)(**dict(one.arguments))
            x = given(one.source, one.shape, one.floatx)
            declared = layer.compute_output_spec(keras.KerasTensor(x.shape, str(x.dtype)))
        assert tuple(declared.shape) == result.shape, one
        assert declared.dtype == result.dtype, one


@pytest.mark.parametrize("target", [name for name in TARGETS if name[0].isupper()])
def test_the_configuration_creates_the_layer_again(target):
    for one in cases(target):
        with configured(one.image_format, one.floatx):
            layer = getattr(kapre, target)(**dict(one.arguments))
            config = layer.get_config()
            assert type(layer).from_config(config).get_config() == config, one


@pytest.mark.parametrize("call", SAME)
def test_an_error_of_kapre_s_type(call):
    kinds, message = raised(kapre, call)
    assert SAME[call] in kinds
    # Python's own message, of an argument that is missing or unknown, needs no other.
    assert "Received" in message or "argument" in message


@pytest.mark.parametrize("call", INSTEAD)
def test_an_error_where_kapre_has_another_or_none(call):
    if "Tflite" in call and BACKEND != "tensorflow":
        pytest.skip("a layer of TensorFlow")
    kinds, message = raised(kapre, call)
    assert INSTEAD[call][1] in kinds, message
    assert kinds == ["ok"] or "Received" in message


@pytest.mark.parametrize("call", TAKEN)
def test_arguments_that_kapre_accepts_are_accepted(call):
    assert raised(kapre, call) == (["ok"], "")


# Cases in which Kapre is wrong, and on which no program can depend.


def test_magnitude_and_phase_are_joined_as_channels_also_by_a_configured_format():
    x = given("audio", (2, 3, 60), "float32")
    options = {"input_shape": (3, 60), "n_fft": 16}
    with configured("channels_first"):
        chosen = kapre.get_stft_mag_phase(**options)(x)
    formats = {"input_data_format": "channels_first", "output_data_format": "channels_first"}
    explicit = kapre.get_stft_mag_phase(**options, **formats)(x)
    np.testing.assert_array_equal(to_numpy(chosen), to_numpy(explicit))
    assert chosen.shape == (2, 6, 12, 9)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_a_delta_of_each_channel_is_its_delta_alone(data_format):
    axis = 1 if data_format == "channels_first" else 3
    x = given("features", (2, 6, 6, 6), "float32")
    layer = kapre.Delta(data_format=data_format)
    alone = [to_numpy(layer(channel)) for channel in np.split(x, 6, axis)]
    # The sums round in another order.
    np.testing.assert_allclose(to_numpy(layer(x)), np.concatenate(alone, axis), atol=FLOAT32)


def test_a_clip_shorter_than_its_window_has_no_frames():
    stft = kapre.STFT(n_fft=16, win_length=12)
    assert to_numpy(stft(given("audio", (2, 11, 1), "float32"))).shape == (2, 0, 9, 1)


@pytest.mark.parametrize("name", [name for name in TARGETS if "backend" not in name])
def test_mixed_precision_returns_float32_s_numbers(name):
    # TensorFlow convolves no channels_first in float16 on a CPU.
    last = [one for one in cases(name) if one.image_format == "channels_last"]
    one = next(iter(last), None)
    if one is None:
        pytest.skip("a layer of TensorFlow")
    with configured(one.image_format):
        keras.config.set_dtype_policy("mixed_float16")
        half = run_as_configured(kapre, one)
    for got, wide in zip(half, expected(one), strict=True):
        assert got.shape == wide.shape
        if one.kind != "phase":
            # float16 has 11 bits: half a thousandth of a value that it holds.
            assert apart(got.astype(wide.dtype), wide) <= 4e-3
